"""Everything an operator needs on this machine, until Ctrl-C: server, work pool, deployments, worker, sandbox, mail."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from pathlib import Path

from prefect.settings import PREFECT_API_URL, temporary_settings
from rich.console import Console

from deployments import conductor
from deployments.environment import free_port, is_free, server_note
from deployments.season_run import only_one
from deployments.services import ServiceFailedError, Services, leashed, python_module, running, wait_until
from schemas.contracts import CONTRACTS
from schemas.settings import ROOT, Settings, settings
from tasks.database import migrate

POOL = "cadre"
QUEUES = ("intake", "decisions", "letters")


def run_until_stopped(season: str, port: int) -> int:
    """Start everything, print where it is, and wait for Ctrl-C or SIGTERM; nothing is left running."""
    console = Console()
    stopped = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stopped.set())
    config = settings()
    with only_one(config.folder):
        return _run(console, config, season, port, stopped)


def _run(console: Console, config: Settings, season: str, port: int, stopped: threading.Event) -> int:
    migrate()
    for kind in CONTRACTS:
        (config.folder / "inbox" / kind).mkdir(parents=True, exist_ok=True)
    chosen = port if is_free(port) else free_port()
    console.print("Starting the server ...")
    with ExitStack() as stack:
        services = stack.enter_context(running(config, faults="none", seed=1, prefect_port=chosen))
        environment = {**services.environment(), "CADRE_SEASON": season, "CADRE_ROOT": str(ROOT)}
        os.environ.update(environment)
        settings.cache_clear()
        console.print("Deploying the flows ...")
        deploy(services, environment)
        _start_worker(stack, config, environment)
        note = server_note(config)
        note.write_text(services.api_url, encoding="utf-8")
        stack.callback(note.unlink)
        _say_where(console, services, config)
        stopped.wait()
        console.print("Stopping ...")
    return 0


def deploy(services: Services, environment: Mapping[str, str]) -> None:
    """Create the work pool and its queues, and deploy everything in prefect.yaml.

    Raises:
        ServiceFailedError: Prefect refused a deployment; the message is its own.
    """
    _prefect(environment, "work-pool", "create", POOL, "--type", "process", "--overwrite")
    _prefect(environment, "deploy", "--all")
    with temporary_settings({PREFECT_API_URL: services.api_url}), conductor.client() as api:
        conductor.free_provider_limit(api)


def _prefect(environment: Mapping[str, str], *arguments: str) -> None:
    command = python_module("prefect", "--no-prompt", *arguments)
    done = subprocess.run(  # noqa: S603 - our own command
        command, env={**os.environ, **environment}, cwd=ROOT, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise ServiceFailedError(f"prefect {' '.join(arguments)}:\n{done.stdout[-1500:]}{done.stderr[-1500:]}")


def _start_worker(stack: ExitStack, config: Settings, environment: Mapping[str, str]) -> None:
    """One worker for all queues; its heartbeats tell a killed run from a slow one."""
    log = config.folder / "logs" / "worker.log"
    beat = {"PREFECT_FLOWS_HEARTBEAT_FREQUENCY": "30"}
    queues = [part for queue in QUEUES for part in ("--work-queue", queue)]
    command = python_module("prefect", "worker", "start", "--pool", POOL, "--type", "process", "--limit", "4", *queues)
    has_started = _has_started(log)
    worker = stack.enter_context(leashed(command, log, {**environment, **beat}))
    wait_until(has_started, worker, "worker", log)


def _has_started(log: Path) -> Callable[[], bool]:
    """Whether the worker has said so since now; the log may hold earlier sessions."""
    before = log.stat().st_size if log.exists() else 0
    return lambda: b"started" in log.read_bytes()[before:]


def _say_where(console: Console, services: Services, config: Settings) -> None:
    lines = (
        "",
        f"Prefect   {services.ui_url}",
        f"Provider  {services.provider_url}/docs",
        f"Inbox     {config.folder / 'inbox'}  (one folder for each kind of file)",
        f"Letters   {config.folder / 'mail'}",
        "",
        "Ctrl-C stops everything.",
    )
    console.print("\n".join(lines), highlight=False, soft_wrap=True)
    sys.stdout.flush()
