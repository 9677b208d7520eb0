"""The servers that a season needs on this machine: started on free ports, awaited, stopped with us whatever happens."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from deployments.environment import auth_string, free_port, is_free, sandbox_note, server_note, server_settings
from schemas.settings import ROOT, Settings, settings
from tasks.core.durable_files import write_durably
from tasks.core.page_rendering import write_page

READY_SECONDS = 120.0
SANDBOX_TOKEN = "sandbox-token"  # noqa: S105 - opens nothing but the sandbox on loopback


class ServiceFailedError(RuntimeError):
    """A server did not come up; the message names its log."""


@dataclass(frozen=True, slots=True)
class Services:
    """Where the servers of this run answer."""

    api_url: str
    ui_url: str
    provider_url: str
    smtp_port: int
    auth: str = field(repr=False)  # by which our own processes sign in to the server
    has_sandbox: bool = True  # in production provider and mail server are those of the settings

    def environment(self) -> Mapping[str, str]:
        """What a process needs in its environment to find them."""
        server = {"PREFECT_API_URL": self.api_url, "PREFECT_API_AUTH_STRING": self.auth}
        return {**server, **self.sandbox()} if self.has_sandbox else server

    def sandbox(self) -> Mapping[str, str]:
        """Where the servers to try against are, and the token of the provider among them."""
        return {
            "CADRE_PROVIDER_URL": self.provider_url,
            "CADRE_PROVIDER_TOKEN": os.environ.get("CADRE_PROVIDER_TOKEN", SANDBOX_TOKEN),
            "CADRE_SMTP_PORT": str(self.smtp_port),
        }


@contextmanager
def guarded_process(
    command: Sequence[str], log: Path, environment: Mapping[str, str]
) -> "Iterator[subprocess.Popen[bytes]]":
    """A command that runs until the block ends, or until this process does, even by kill -9."""
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("ab") as output:
        process = subprocess.Popen(  # noqa: S603 - our own commands
            [sys.executable, "-m", "deployments.process_watchdog", *command],
            stdin=subprocess.PIPE,
            stdout=output,
            stderr=subprocess.STDOUT,
            env={**os.environ, **environment},
            start_new_session=True,
        )
    try:
        yield process
    finally:
        process.terminate()
        process.wait()
        if process.stdin:
            process.stdin.close()


def wait_until(is_ready: Callable[[], bool], process: "subprocess.Popen[bytes]", name: str, log: Path) -> None:
    """Wait for a server.

    Raises:
        ServiceFailedError: it ended, or did not answer in time.
    """
    deadline = time.monotonic() + READY_SECONDS
    while not is_ready():
        if process.poll() is not None or time.monotonic() > deadline:
            tail = log.read_text(errors="replace")[-800:] if log.exists() else ""
            raise ServiceFailedError(f"the {name} did not start; its log {log} ends with:\n{tail}")
        time.sleep(0.1)


def _answers(url: str) -> Callable[[], bool]:
    """Whether a server answers; the certificates of TLS, loaded for each question, would slow down what we wait for."""

    def ask() -> bool:
        try:
            return httpx.get(url, timeout=2, verify=False).is_success  # noqa: S501 - plain HTTP on loopback
        except httpx.HTTPError:
            return False

    return ask


def python_module(module: str, *arguments: str) -> list[str]:
    """The command that runs one of our modules, or an installed one, in this environment."""
    return [sys.executable, "-m", module, *arguments]


@dataclass(frozen=True, slots=True)
class Service:
    """A process of this installation: how it is started, where it writes, and how to tell that it answers."""

    name: str
    command: Sequence[str]
    log: Path
    is_ready: Callable[[], bool]
    environment: Mapping[str, str] = field(default_factory=dict)


def local_services(config: Settings, *, faults: str, seed: int, port: int) -> tuple[Services, tuple[Service, ...]]:
    """Where the Prefect server, the credit-provider sandbox and the mail server will answer, and how to start them."""
    provider_port, smtp_port = free_port(), free_port()
    ui = f"http://127.0.0.1:{port}"
    found = Services(f"{ui}/api", ui, f"http://127.0.0.1:{provider_port}", smtp_port, auth_string(config))
    provider = ("sandbox", "credit-provider", "--port", str(provider_port), "--faults", faults, "--seed", str(seed))
    server = python_module("deployments.prefect_server", "start", "--host", "127.0.0.1", "--port", str(port))
    mail = python_module("deployments.cli.main", "sandbox", "mail", "--port", str(smtp_port))
    own = server_settings(ui, found.auth)
    token = {"CADRE_PROVIDER_TOKEN": found.environment()["CADRE_PROVIDER_TOKEN"]}
    logs = config.folder / "logs"

    def service(name: str, command: list[str], is_ready: Callable[[], bool], own: Mapping[str, str]) -> Service:
        return Service(name, command, logs / f"{name}.log", is_ready, own)

    return found, (
        service("prefect-server", server, _answers(f"{ui}/api/health"), own),
        service(
            "credit-provider",
            python_module("deployments.cli.main", *provider),
            _answers(f"{found.provider_url}/health"),
            token,
        ),
        service("mail-server", mail, lambda: not is_free(smtp_port), {}),
    )


@contextmanager
def open_notes(config: Settings, where: Services) -> Iterator[None]:
    """Note where the servers of an installation are, for as long as it is up."""
    server, sandbox = server_note(config), sandbox_note(config)
    write_page(server, where.api_url)
    if where.has_sandbox:
        write_durably(sandbox, json.dumps(where.sandbox()).encode(), 0o600)
    try:
        yield
    finally:
        server.unlink()
        sandbox.unlink(missing_ok=True)


def enter_services(where: Services, season: str) -> Mapping[str, str]:
    """Let this process, and those that it starts, find the servers of an installation; the environment of the others."""
    environment = {**where.environment(), "CADRE_SEASON": season, "CADRE_ROOT": str(ROOT)}
    os.environ.update(environment)
    settings.cache_clear()
    return environment


@dataclass(frozen=True, slots=True)
class LetterPages:
    """The pages on which letters can be read: where they are, and how to start them."""

    url: str
    service: Service


def letter_pages(config: Settings, port: int) -> LetterPages:
    """The pages of the letters that the mail server has received."""
    url = f"http://127.0.0.1:{port}"
    command = python_module("deployments.cli.main", "sandbox", "letters", "--port", str(port))
    log = config.folder / "logs" / "letter-pages.log"
    return LetterPages(url, Service("letter-pages", command, log, _answers(url)))


@contextmanager
def running(config: Settings, *, faults: str, seed: int) -> Iterator[Services]:
    """The Prefect server, the credit provider and the mail server, on loopback, until the block ends."""
    found, services = local_services(config, faults=faults, seed=seed, port=free_port())
    with ExitStack() as stack:
        started = [
            (item, stack.enter_context(guarded_process(item.command, item.log, item.environment))) for item in services
        ]
        for item, process in started:
            wait_until(item.is_ready, process, item.name, item.log)
        yield found
