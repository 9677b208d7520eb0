"""Putting what comes by other ways into the watched folder: fetched over HTTP, or pasted into the run form."""

import base64
import binascii
import hashlib
import os
from collections.abc import Iterable
from pathlib import Path

from tasks.core.step import step
from tasks.intake.pipeline import inbox

BASE64_MARKS = ("UEsDB", "data:")


def put_into_inbox(kind: str, name: str, suffix: str, blocks: Iterable[bytes]) -> Path:
    """Write a file into the watched folder, whole or not at all; the same content is the same file."""
    folder = inbox(kind)
    folder.mkdir(parents=True, exist_ok=True)
    draft = folder / f".{name}.{os.getpid()}.draft"
    digest = hashlib.sha256()
    with draft.open("wb") as file:
        for block in blocks:
            digest.update(block)
            file.write(block)
    path = folder / f"{name}-{digest.hexdigest()[:16]}{suffix}"
    draft.replace(path)
    return path


@step
def keep_upload(kind: str, upload: str) -> Path | None:
    """Keep what was pasted into the run form as a file in the watched folder; nothing where nothing was pasted.

    A table is pasted as its text; a workbook or an archive as base64.
    """
    if not upload.strip():
        return None
    content = _content(upload)
    return put_into_inbox(kind, "upload", _suffix(content), [content])


def _content(upload: str) -> bytes:
    text = upload.strip()
    if not text.startswith(BASE64_MARKS):
        return upload.encode()
    try:
        return base64.b64decode("".join(text.rpartition(",")[2].split()), validate=True)
    except binascii.Error:
        return upload.encode()


def _suffix(content: bytes) -> str:
    if content.startswith(b"PK\x03\x04"):
        return ".xlsx" if b"[Content_Types].xml" in content else ".zip"
    return ".jsonl" if content.lstrip()[:1] in {b"{", b"["} else ".csv"
