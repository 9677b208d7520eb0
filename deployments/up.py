"""Everything an operator needs on this machine, until Ctrl-C: server, work pool, deployments, worker, sandbox, mail."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path

from rich.console import Console

from deployments import conductor
from deployments.backlog import HEARTBEAT_SECONDS
from deployments.catalog import DEPLOYMENTS
from deployments.data_directory import only_one
from deployments.doctor.values import missing_for_production
from deployments.environment import auth_file, free_port_near
from deployments.journal import Journal
from deployments.services import (
    Service,
    ServiceFailedError,
    Services,
    enter_services,
    local_services,
    open_notes,
    python_module,
)
from deployments.supervisor import Supervisor
from deployments.todays_season import FOLDER, open_todays_season
from deployments.watch import Watch
from schemas.contracts import CONTRACTS
from schemas.settings import ROOT, Settings, settings
from tasks.certificates.issuer_keys import key_problem
from tasks.core.migrations import migrate
from tasks.core.storage import local_root, open_storage
from tasks.intake.inbox import INBOX, shown_root
from tasks.season.seasons import seasons_with_policy

LOOK_SECONDS = 1.0
POOL = "cadre"
DISTRICTS = ROOT / "deployments" / "sample" / "districts_ct.csv"


@dataclass(frozen=True, slots=True)
class Installation:
    """What is started: the season of the deployments, the port that is preferred, and the file that is deployed."""

    season: str
    port: int
    deployments: Path = DEPLOYMENTS


def run_until_stopped(wanted: Installation) -> int:
    """Start everything, print where it is, and look after it until Ctrl-C or SIGTERM; nothing is left running."""
    stopped = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stopped.set())
    config = settings()
    require_ready(config.model_copy(update={"season": wanted.season}))
    with only_one(config.folder):
        return _run(wanted, config, Journal(Console(), config.folder / "logs" / "up.log"), stopped)


def require_ready(config: Settings) -> None:
    """Let nothing start in production on a sample's values.

    Raises:
        ServiceFailedError: with everything that is missing, each with its remedy.
    """
    problems = missing_for_production(config) if config.environment == "production" else []
    if problems:
        lines = (f"- {problem.name}: {problem.what}; {problem.remedy}" for problem in problems)
        raise ServiceFailedError("\n".join(["Nothing is started; for production this is missing:", *lines]))


def _run(wanted: Installation, config: Settings, journal: Journal, stopped: threading.Event) -> int:
    migrate()
    prepare_inbox(config)
    open_todays_season(config, journal.announce)
    if problem := key_problem():
        journal.announce(f"Letters with certificates will wait. {problem}")
    journal.announce("Starting the server ...")
    with Supervisor(journal.announce) as supervisor, ExitStack() as stack:
        where, services = local_services(config, faults="none", seed=1, port=free_port_near(wanted.port))
        if config.environment == "production":
            where, services = replace(where, has_sandbox=False), services[:1]
        supervisor.start(services)
        environment = enter_services(where, wanted.season)
        journal.announce("Deploying the flows ...")
        deploy(where, environment, wanted.deployments)
        stack.enter_context(conductor.talking_to(where.api_url, where.auth))
        watch = Watch(stack.enter_context(conductor.client()), config.folder, journal.announce, stopped)
        missed = watch.take_stock()
        supervisor.start([worker_service(config, environment)])
        stack.enter_context(open_notes(config, where))
        say_where(journal.console, _places(where, config))
        watch.catch_up(missed)
        while not stopped.wait(LOOK_SECONDS):
            supervisor.look()
            watch.look()
        journal.announce("Stopping ...")
    return 0


def prepare_inbox(config: Settings) -> None:
    """Make the folder of each kind of file, and one for the lists that a season opens with; the districts lie in it.

    What lies there is for the installation's own season; every other season that has a policy has folders of its own.
    """
    kinds = (*CONTRACTS, FOLDER)
    others = (f"{season}/{kind}" for season in seasons_with_policy() if season != config.season for kind in kinds)
    if root := local_root(config):
        for name in (*kinds, *others):
            (root / INBOX / name).mkdir(parents=True, exist_ok=True)
    store, districts = open_storage(config), f"{INBOX}/{FOLDER}/{DISTRICTS.name}"
    if store.look(districts) is None:
        with DISTRICTS.open("rb") as file:
            store.put(file, districts)


def deploy(services: Services, environment: Mapping[str, str], deployments: Path = DEPLOYMENTS) -> None:
    """Create the work pool, and deploy everything in prefect.yaml.

    Raises:
        ServiceFailedError: Prefect rejected a deployment; the message is its own.
    """
    _prefect(environment, "work-pool", "create", POOL, "--type", "process", "--overwrite")
    _prefect(environment, "deploy", "--all", "--prefect-file", str(deployments))
    with conductor.talking_to(services.api_url, services.auth), conductor.client() as api:
        conductor.free_provider_limit(api)


def _prefect(environment: Mapping[str, str], *arguments: str) -> None:
    command = python_module("prefect", "--no-prompt", *arguments)
    done = subprocess.run(  # noqa: S603 - our own command
        command, env={**os.environ, **environment}, cwd=ROOT, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise ServiceFailedError(f"prefect {' '.join(arguments)}:\n{done.stdout[-1500:]}{done.stderr[-1500:]}")


def worker_service(config: Settings, environment: Mapping[str, str]) -> Service:
    """One worker for all flows; its runs' heartbeats tell a killed run from a slow one."""
    log = config.folder / "logs" / "worker.log"
    command = python_module("prefect", "worker", "start", "--pool", POOL, "--type", "process", "--limit", "4")
    own = {"PREFECT_FLOWS_HEARTBEAT_FREQUENCY": str(HEARTBEAT_SECONDS), "PREFECT_WORKER_QUERY_SECONDS": "3"}
    return Service("worker", command, log, _has_started(log), {**environment, **own})


def _has_started(log: Path) -> Callable[[], bool]:
    """Whether the worker has said so since now; the log may hold earlier sessions."""
    before = log.stat().st_size if log.exists() else 0
    return lambda: b"started" in log.read_bytes()[before:]


def _places(services: Services, config: Settings) -> Sequence[str]:
    return (
        f"Prefect   {services.ui_url}",
        f"Sign in   The page asks once for a password: paste what stands in {auth_file(config)}",
        f"Provider  {services.provider_url}/docs",
        f"Inbox     {shown_root(config)}  (one folder for each kind of file)",
        f"Letters   {config.folder / 'mail'}",
    )


def say_where(console: Console, places: Sequence[str]) -> None:
    """Say where everything is, and how to stop it."""
    console.print("\n".join(["", *places, "", "Ctrl-C stops everything."]), highlight=False, soft_wrap=True)
    sys.stdout.flush()
