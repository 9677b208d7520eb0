"""An installation as an operator has it, for tests: ``cadre up`` as a process of its own, with schedules that fire soon."""

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import psutil
import pytest
import yaml
from prefect.client.schemas.objects import FlowRun

from deployments import conductor, run_queries
from deployments.environment import auth_string, free_port, prefect_environment
from deployments.sandbox.mail import DELIVERIES
from deployments.services import guarded_process, local_services, wait_until
from deployments.up import deploy
from schemas.settings import ROOT, Settings, settings
from tests.factories.letters.written import commitment_letter, queue_letters
from tests.factories.season import use_database
from tests.signed_in import signed_in

FAULTS = re.compile(r"ERROR|CRITICAL|Traceback")
LOOPS = 2
SHORT_LOOPS = {
    f"PREFECT_SERVER_SERVICES_{name}_LOOP_SECONDS": "4"
    for name in ("SCHEDULER", "LATE_RUNS", "PAUSE_EXPIRATIONS", "CANCELLATION_CLEANUP", "FOREMAN", "REPOSSESSOR")
} | {"PREFECT_LOGGING_SERVER_LEVEL": "INFO", "PREFECT_SERVER_LOGGING_LEVEL": "INFO"}
READY_SECONDS = 120


def wait_for(condition: Callable[[], Any], seconds: float, what: str) -> Any:
    """What the condition gives once it is true."""
    end = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < end, f"{what}: not within {seconds:.0f} s"
        time.sleep(1.5)
    return found


def faults_in(log: Path) -> list[str]:
    """The lines of a log that tell of an error."""
    return [line for line in log.read_text(encoding="utf-8", errors="replace").splitlines() if FAULTS.search(line)]


@contextmanager
def server_with_everything(home: Path) -> Iterator[SimpleNamespace]:
    """A server alone with everything in prefect.yaml, whose services loop every few seconds: its address, log, and loops."""
    where, (service, *_) = local_services(Settings(home=home), faults="none", seed=1, port=free_port())
    own = {**prefect_environment(home), **service.environment, **SHORT_LOOPS}
    with guarded_process(service.command, service.log, own) as process:
        wait_until(service.is_ready, process, service.name, service.log)
        deploy(where, {**own, **where.environment(), "CADRE_SEASON": "2022", "CADRE_ROOT": str(ROOT)})
        looped = "prefect.server.services.scheduler - Scheduled"
        yield SimpleNamespace(
            api_url=where.api_url,
            auth=where.auth,
            log=service.log,
            loops=lambda: service.log.read_text(encoding="utf-8").count(looped),
        )


def write_letters(season: str, count: int, moment: datetime) -> None:
    """Letters that wait to be sent, each to somebody else."""
    letters = (commitment_letter(f"many/{n}", f"p{n}@lea.example") for n in range(count))
    assert queue_letters(*letters, as_of=moment, season=season) == count


def write_deployments(path: Path, seasons: Mapping[str, Sequence[str] | None]) -> Sequence[str]:
    """prefect.yaml's scheduled flows, once for each season with the flows that are named, or all; the deployments' names."""
    content = yaml.safe_load((ROOT / "prefect.yaml").read_text(encoding="utf-8"))
    scheduled = [item for item in content["deployments"] if item["schedules"]]
    content["deployments"] = [
        {
            **item,
            "name": f"{item['name']} {season}",
            "parameters": {**item["parameters"], "season": season},
        }
        for season, chosen in seasons.items()
        for item in scheduled
        if chosen is None or item["name"] in chosen
    ]
    path.write_text(yaml.safe_dump(content), encoding="utf-8")
    return [item["name"] for item in content["deployments"]]


def set_schedules(path: Path, schedule: Mapping[str, Any]) -> None:
    """Give every deployment of a file the same schedule."""
    content = yaml.safe_load(path.read_text(encoding="utf-8"))
    for item in content["deployments"]:
        item["schedules"] = [{**schedule, "slug": "soon"}]
    path.write_text(yaml.safe_dump(content), encoding="utf-8")


def once_at(moment: datetime) -> Mapping[str, Any]:
    """A schedule that fires a single time."""
    return {"rrule": f"DTSTART:{moment:%Y%m%dT%H%M%S}\nRRULE:FREQ=DAILY;COUNT=1", "timezone": "UTC", "active": True}


@dataclass
class Installation:
    """A running ``cadre up``: what it says, its runs, its letters, its processes."""

    home: Path
    deployments: Path
    environment: Mapping[str, str]
    port: int = field(default_factory=free_port)
    process: "subprocess.Popen[bytes] | None" = None

    @property
    def api_url(self) -> str:
        return f"http://127.0.0.1:{self.port}/api"

    @property
    def auth(self) -> str:
        return auth_string(Settings(home=self.home))

    def start(self) -> None:
        before = self.said()
        options = ("--port", str(self.port), "--deployments", str(self.deployments))
        with (self.home / "console.txt").open("ab") as console:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "deployments.cli.main", "up", *options],
                cwd=ROOT,
                env=self.environment,
                stdout=console,
                stderr=subprocess.STDOUT,
            )
        wait_for(lambda: "Ctrl-C stops everything." in self.said()[len(before) :], READY_SECONDS, "the start")

    def stop(self) -> None:
        assert self.process is not None
        self.process.send_signal(signal.SIGTERM)
        assert self.process.wait(60) == 0, self.said()[-2000:]

    @contextmanager
    def stopped_at_the_end(self) -> Iterator["Installation"]:
        """Whatever becomes of the test: one that failed would leave all its schedules running beside the next test."""
        try:
            yield self
        finally:
            if self.process is not None and self.process.poll() is None:
                self.process.terminate()
                self.process.wait(60)

    def said(self) -> str:
        console = self.home / "console.txt"
        return console.read_text(encoding="utf-8") if console.exists() else ""

    def faults(self) -> list[str]:
        """Every line of any log, and of the console, that tells of an error."""
        return [
            f"{path.name}: {line}"
            for path in (*sorted((self.home / "logs").glob("*.log")), self.home / "console.txt")
            for line in faults_in(path)
        ]

    def deployments_by_id(self) -> Mapping[str, Any]:
        with signed_in(self.api_url, self.auth) as http:
            found = http.post("/deployments/filter", json={"limit": 200}).json()
        return {item["id"]: item for item in found}

    def runs(self, name: str = "") -> list[FlowRun]:
        """The runs that should have begun by now, of all deployments or of one, the oldest first."""
        names = {identity: item["name"] for identity, item in self.deployments_by_id().items()}
        with conductor.talking_to(self.api_url, self.auth), conductor.client() as api:
            now = datetime.now(UTC)
            return [
                run
                for run in run_queries.runs_of(api)
                if run.expected_start_time
                and run.expected_start_time <= now
                and (not name or names.get(str(run.deployment_id)) == name)
            ]

    def letters(self, kind: str = "*") -> list[Path]:
        return list((self.home / "mail").glob(f"{kind}/*.eml"))

    def deliveries(self) -> list[str]:
        """The Message-ID of each letter that the mail server accepted, as often as it did."""
        note = self.home / "mail" / DELIVERIES
        return note.read_text(encoding="utf-8").splitlines() if note.exists() else []

    def find(self, *words: str) -> psutil.Process:
        """The process whose command line holds the words, and not the one that watches it."""
        if found := self.found(*words):
            return found
        raise LookupError(words)

    def found(self, *words: str) -> psutil.Process | None:
        """The same, or none where it has not begun, or is gone."""
        assert self.process is not None
        for child in psutil.Process(self.process.pid).children(recursive=True):
            with suppress(psutil.Error):  # one that has just ended
                line = " ".join(child.cmdline())
                if all(word in line for word in words) and "deployments.process_watchdog" not in line:
                    return child
        return None

    def process_of(self, run: FlowRun) -> psutil.Process:
        """The process that a run goes on in: it has the run's id in its environment."""
        assert self.process is not None
        for child in psutil.Process(self.process.pid).children(recursive=True):
            with suppress(psutil.Error):  # one that has just ended
                if "prefect.engine" in child.cmdline() and child.environ().get("PREFECT__FLOW_RUN_ID") == str(run.id):
                    return child
        raise LookupError(run.name)


@contextmanager
def prepared(home: Path, policies: Path) -> Iterator[Mapping[str, str]]:
    """This process works on the installation's data; the environment of its processes."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CADRE_POLICY_FOLDER", str(policies))
        use_database(patch, home)
        patch.setenv("CADRE_CLOCK", "real")
        settings.cache_clear()
        yield {
            **{name: value for name, value in os.environ.items() if not name.startswith("PREFECT_")},
            "CADRE_HOME": str(home),
            "COLUMNS": "200",
        }
    settings.cache_clear()


def soon(seconds: float) -> datetime:
    return datetime.now(UTC).replace(microsecond=0) + timedelta(seconds=seconds)
