"""The environment of every process that we start: everything under one folder, on loopback, nothing reported outside."""

import json
import os
import re
import secrets
import shlex
import socket
import sys
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from deployments.practice.guard.sitecustomize import NOTE, stay_on_this_machine
from schemas.settings import ROOT, Settings, settings
from tasks.core.durable_files import keep_folder, write_durably

# Measured: the defaults drop task-run rows of a burst; telemetry and the V2 page's outside look-up are off.
PREFECT = {
    "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
    "PREFECT_SERVER_UI_V2_ENABLED": "false",
    "PREFECT_SERVER_UI_SHOW_PROMOTIONAL_CONTENT": "false",
    "PREFECT_SERVER_SERVICES_TASK_RUN_RECORDER_BATCH_SIZE": "200",
    "PREFECT_SERVER_SERVICES_TASK_RUN_RECORDER_READ_BATCH_SIZE": "200",
    "PREFECT_SERVER_SERVICES_TASK_RUN_RECORDER_FLUSH_INTERVAL": "1",
    "PREFECT_SERVER_SERVICES_EVENT_PERSISTER_BATCH_SIZE": "200",
    "PREFECT_SERVER_SERVICES_EVENT_PERSISTER_READ_BATCH_SIZE": "200",
    "PREFECT_CLIENT_MAX_RETRIES": "10",
    # Upcoming shows a whole year and not 100 days; a slot that a run holds is known after a restart of the server too.
    "PREFECT_SERVER_SERVICES_SCHEDULER_MAX_SCHEDULED_TIME": "P400D",
    "PREFECT_SERVER_CONCURRENCY_LEASE_STORAGE": "prefect.server.concurrency.lease_storage.filesystem",
    "PREFECT_API_BLOCKS_REGISTER_ON_START": "true",
    "PREFECT_LOGGING_TO_API_WHEN_MISSING_FLOW": "ignore",
    "PREFECT_CLI_PROMPT": "false",
    "PREFECT_WORKER_WEBSERVER_HOST": "127.0.0.1",  # its health page would answer everybody
    "DO_NOT_TRACK": "1",
    "GX_ANALYTICS_ENABLED": "false",
}


GUARD = ROOT / "deployments" / "practice" / "guard"
AUTH_STRING = re.compile(r"[!-9;-~]+:[!-~]{16,}")


class AuthFileError(RuntimeError):
    """The file with the sign-in is damaged; the message says what to do, and nothing of what it holds."""


class DataDirectoryError(RuntimeError):
    """The data directory cannot be made or written; the message names it and says what to do."""


def free_port() -> int:
    """A port of loopback that is free now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def is_free(port: int) -> bool:
    """Whether nobody listens on the port."""
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) != 0


def free_port_near(wanted: int) -> int:
    """The port that is wanted, if nobody listens on it; else one that is free."""
    return wanted if is_free(wanted) else free_port()


def prefect_environment(home: Path) -> Mapping[str, str]:
    """Prefect's own files under the data directory, and its settings."""
    folder = home / "prefect"
    return {
        **PREFECT,
        "PREFECT_HOME": str(folder),
        "PREFECT_PROFILES_PATH": str(folder / "profiles.toml"),
        "PREFECT_LOCAL_STORAGE_PATH": str(folder / "storage"),
        "PREFECT_SERVER_DATABASE_CONNECTION_URL": f"sqlite+aiosqlite:///{folder / 'prefect.db'}",
        "CADRE_ROOT": str(ROOT),
        "CADRE_PYTHON": shlex.quote(sys.executable),
    }


def run_command() -> str:
    """What a worker starts for a run, as ``prefect.yaml`` has it."""
    return f"{shlex.quote(sys.executable)} -m prefect.engine"


def server_note(config: Settings) -> Path:
    """Where `make up` notes the address of its server, so that the other commands find it."""
    return config.folder / "server.url"


def sandbox_note(config: Settings) -> Path:
    """Where `make up` notes the servers to try against, whose ports are others at each start."""
    return config.folder / "sandbox.json"


def auth_file(config: Settings) -> Path:
    """Where the string lies by which people and processes sign in to the Prefect server; only its owner may read it."""
    return config.folder / "server.auth"


def auth_string(config: Settings) -> str:
    """The string (``user:password``) by which everything signs in to this installation's server; made at the first start.

    Raises:
        AuthFileError: the file holds no such string; with an empty one the server would let everybody in.
    """
    path = auth_file(config)
    if not path.exists():
        _make_auth_file(path)
    path.chmod(0o600)
    found = path.read_text(encoding="ascii", errors="replace").strip()
    if not AUTH_STRING.fullmatch(found):
        raise AuthFileError(f"{path} holds no sign-in for the server. Stop `make up`, delete it, and start again.")
    return found


def _make_auth_file(path: Path) -> None:
    """Put a new string in its place, on the disk and whole; that of another process that was first counts."""
    path.parent.mkdir(parents=True, exist_ok=True)
    whole = path.with_name(f"{path.name}.{os.getpid()}.draft")
    write_durably(whole, f"cadre:{secrets.token_urlsafe(24)}".encode("ascii"), 0o600)
    with suppress(FileExistsError):
        os.link(whole, path)
    whole.unlink()
    keep_folder(path.parent)


def server_settings(ui_url: str, auth: str) -> Mapping[str, str]:
    """What keeps strangers out of a Prefect server: a sign-in, no other page's requests, and none without its own token."""
    return {
        "PREFECT_SERVER_UI_API_URL": f"{ui_url}/api",
        "PREFECT_SERVER_API_AUTH_STRING": auth,
        "PREFECT_SERVER_CORS_ALLOWED_ORIGINS": ui_url,
        "PREFECT_SERVER_CSRF_PROTECTION_ENABLED": "true",
    }


def enter(config: Settings) -> None:
    """Set this process's environment, before Prefect is imported; what the operator has set stays.

    Raises:
        DataDirectoryError: there is no data directory, and none can be made.
    """
    try:
        (config.folder / "prefect").mkdir(parents=True, exist_ok=True)
    except OSError as error:
        what = f"CADRE_HOME: the data directory {config.folder} cannot be made or written ({error.strerror})"
        raise DataDirectoryError(f"{what}; name a folder that the program's user may write to.") from error
    for name, value in prefect_environment(config.folder).items():
        os.environ.setdefault(name, value)
    os.environ.setdefault("CADRE_HOME", str(config.folder))
    if config.environment == "practice":
        _enter_practice(config)
    if sandbox_note(config).exists() and config.environment != "production":
        for name, value in json.loads(sandbox_note(config).read_text(encoding="utf-8")).items():
            os.environ.setdefault(name, value)
        settings.cache_clear()
    note = server_note(config)
    if note.exists():
        ours = note.read_text(encoding="utf-8").strip()
        if os.environ.setdefault("PREFECT_API_URL", ours) == ours:  # another server is not told by what ours is opened
            os.environ.setdefault("PREFECT_API_AUTH_STRING", auth_string(config))


def _enter_practice(config: Settings) -> None:
    """Keep this process, and every Python that it starts, on this machine."""
    os.environ["CADRE_ENVIRONMENT"] = config.environment
    (config.folder / "logs").mkdir(parents=True, exist_ok=True)
    os.environ[NOTE] = str(config.folder / "logs" / "refused-connections.log")
    paths = [str(GUARD), *filter(None, os.environ.get("PYTHONPATH", "").split(os.pathsep))]
    os.environ["PYTHONPATH"] = os.pathsep.join(dict.fromkeys(paths))
    stay_on_this_machine()
