"""An object store on loopback that speaks S3, as a process of its own."""

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from typing import Any
from urllib.request import urlopen

import boto3
import pytest

from deployments.environment import free_port
from schemas.settings import settings

SECRET = "the-secret-of-the-bucket"
NUMBERS = count(1)


@contextmanager
def object_store() -> Iterator[str]:
    """Its address, until the block ends."""
    port = free_port()
    command = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        try:
            url = f"http://127.0.0.1:{port}"
            _wait(f"{url}/moto-api/", process)
            yield url
        finally:
            process.kill()


def _wait(url: str, process: "subprocess.Popen[bytes]") -> None:
    until = time.monotonic() + 60
    while process.poll() is None and time.monotonic() < until:
        try:
            with urlopen(url, timeout=5):  # noqa: S310 - our own server
                return
        except OSError:
            time.sleep(0.1)
    raise AssertionError("the object store did not start")


def client(url: str) -> Any:
    """The store as others use it who drop files into it."""
    key = {"aws_access_key_id": "cadre", "aws_secret_access_key": SECRET}
    return boto3.client("s3", endpoint_url=url, region_name="us-east-1", **key)


def use_bucket(monkeypatch: pytest.MonkeyPatch, url: str) -> str:
    """Let the inbox be in a new bucket of the store from here on; its name."""
    bucket = f"bucket-{next(NUMBERS)}"
    client(url).create_bucket(Bucket=bucket)
    for name, value in bucket_settings(url, bucket).items():
        monkeypatch.setenv(name, value)
    settings.cache_clear()
    return bucket


def bucket_settings(url: str, bucket: str) -> dict[str, str]:
    """The settings of an installation whose inbox is in a bucket."""
    return {
        "CADRE_INBOX_URL": f"s3://{bucket}/cadre",
        "CADRE_INBOX_ENDPOINT": url,
        "CADRE_INBOX_REGION": "us-east-1",
        "CADRE_INBOX_KEY_ID": "cadre",
        "CADRE_INBOX_SECRET": SECRET,
    }
