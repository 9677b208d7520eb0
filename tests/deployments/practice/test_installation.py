"""A practice as a newcomer has it: started, moved on, approved, stopped, gone on with, and never outside of this machine."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from ipaddress import ip_address
from pathlib import Path
from threading import Event, Thread
from typing import Any

import httpx
import psutil
import pytest

from deployments.data_directory import SeasonBusyError, only_one
from deployments.environment import auth_file, free_port
from deployments.practice.deploying import ADVANCE
from deployments.practice.installation import PracticeError, Wanted, prepare
from deployments.practice.record import PracticeRecord
from schemas.settings import PRACTICE_CLOCK, ROOT, Settings, settings
from tests.deployments.installations import faults_in, wait_for
from tests.signed_in import signed_in

pytestmark = pytest.mark.xdist_group("installation")
DISTRICTS = 12
ANSWER = {"decision": "approve", "approved_by": "agency staff", "note": ""}
TO_REST = ("COMPLETED", "FAILED", "CRASHED", "CANCELLED", "PAUSED")


@dataclass
class PracticeProcess:
    """A running ``cadre practice``, used as its pages use it: through Prefect's API and the pages of letters."""

    home: Path
    port: int = field(default_factory=free_port)
    letters_port: int = field(default_factory=free_port)
    process: "subprocess.Popen[bytes] | None" = None
    seen: set[str] = field(default_factory=set)

    def start(self, *options: str) -> None:
        before = self.said()
        inherited = {key: value for key, value in os.environ.items() if not key.startswith(("PREFECT_", "CADRE_"))}
        ports = ("--port", str(self.port), "--letters-port", str(self.letters_port))
        with (self.home / "console.txt").open("ab") as console:
            process = self.process = subprocess.Popen(
                [sys.executable, "-m", "deployments.cli.start", "practice", *ports, *options],
                cwd=ROOT,
                env={**inherited, "CADRE_HOME": str(self.home / "practice"), "COLUMNS": "200"},
                stdout=console,
                stderr=subprocess.STDOUT,
            )
        wait_for(lambda: "Ready after" in self.said()[len(before) :] or process.poll() is not None, 300, "the start")
        assert process.poll() is None, self.said()

    def stop(self) -> None:
        assert self.process is not None
        self.process.send_signal(signal.SIGTERM)
        assert self.process.wait(90) == 0, self.said()[-2000:]

    def said(self) -> str:
        console = self.home / "console.txt"
        return console.read_text(encoding="utf-8") if console.exists() else ""

    def with_http(self, act: Callable[[httpx.Client], Any]) -> Any:
        auth = auth_file(Settings(home=self.home / "practice")).read_text(encoding="ascii")
        with signed_in(f"http://127.0.0.1:{self.port}/api", auth) as http:
            return act(http)

    def begin(self, name: str, **parameters: Any) -> str:
        """Start a deployment's run as its form does; the run's id."""

        def create(http: httpx.Client) -> str:
            found = http.post("/deployments/filter", json={"limit": 200}).raise_for_status().json()
            (deployment,) = [item["id"] for item in found if item["name"] == name]
            given = {"parameters": parameters, "state": {"type": "SCHEDULED"}}
            made = http.post(f"/deployments/{deployment}/create_flow_run", json=given).raise_for_status().json()
            return str(made["id"])

        return str(self.with_http(create))

    def state(self, run: str) -> Mapping[str, Any]:
        found: Mapping[str, Any] = self.with_http(lambda http: http.get(f"/flow_runs/{run}").raise_for_status().json())
        state: Mapping[str, Any] = found["state"]
        return state

    def run(self, name: str, seconds: float = 300, **parameters: Any) -> Mapping[str, Any]:
        """Start a run and wait until it has come to rest; its state."""
        run = self.begin(name, **parameters)
        wait_for(lambda: self.state(run)["type"] in TO_REST, seconds, name)
        return self.state(run)

    def waiting(self) -> list[Mapping[str, Any]]:
        """The runs that wait for the agency."""
        paused = {"flow_runs": {"state": {"type": {"any_": ["PAUSED"]}}}}
        found: list[Mapping[str, Any]] = self.with_http(lambda http: http.post("/flow_runs/filter", json=paused).json())
        return found

    def approve(self) -> None:
        """Answer for the agency as the form of *Resume* does, and wait until the runs have gone on."""
        for run in self.waiting():
            self.with_http(partial(_answer, run["id"]))
            wait_for(partial(self.is_completed, run["id"]), 180, "the approved run")

    def is_completed(self, run: str) -> bool:
        return bool(self.state(run)["type"] == "COMPLETED")

    def letters(self, words: str) -> str:
        """The page of letters with these words."""
        return httpx.get(f"http://127.0.0.1:{self.letters_port}/", params={"q": words}, timeout=30).text

    def watch_sockets(self, ended: Event) -> None:
        """Note every address of every socket that a process of this practice has, until it is told to end."""
        while not ended.wait(0.2):
            for process in self.processes():
                with suppress(psutil.Error):
                    ends = [end for item in process.net_connections("inet") for end in (item.laddr, item.raddr)]
                    self.seen |= {end.ip for end in ends if end}

    def processes(self) -> list[psutil.Process]:
        if self.process is None:
            return []
        with suppress(psutil.Error):
            return [psutil.Process(self.process.pid), *psutil.Process(self.process.pid).children(recursive=True)]
        return []


def _answer(run: str, http: httpx.Client) -> None:
    http.post(f"/flow_runs/{run}/resume", json={"run_input": ANSWER}).raise_for_status()


@pytest.fixture
def practice(tmp_path: Path) -> Iterator[PracticeProcess]:
    """A practice that is not yet started; whatever becomes of the test, nothing of it goes on."""
    found, ended = PracticeProcess(tmp_path), Event()
    watcher = Thread(target=found.watch_sockets, args=(ended,))
    watcher.start()
    try:
        yield found
    finally:
        ended.set()
        watcher.join()
        if found.process is not None and found.process.poll() is None:
            found.process.terminate()
            found.process.wait(90)


def check_that_nothing_left_the_machine(practice: PracticeProcess) -> None:
    """No socket had an address elsewhere, no process even tried, and no log tells of a fault."""
    assert practice.seen
    assert {address for address in practice.seen if not ip_address(address).is_loopback} == set()
    logs = practice.home / "practice" / "logs"
    assert not (logs / "refused-connections.log").exists()
    assert {path.name: faults for path in logs.glob("*.log") if (faults := faults_in(path))} == {}


@pytest.mark.exhaustive  # 40 s and more, which the ten minutes of make test do not have
def test_an_approval_waits_on_the_next_day_and_its_letters_come_on_the_day_after(practice: PracticeProcess) -> None:
    practice.start("--districts", "6")
    assert "It is Tuesday, June 14, 2022, 12:00" in practice.said()
    assert practice.run(ADVANCE)["message"].startswith("It is Wednesday, June 15, 2022, 12:00.")
    assert [run["parameters"]["as_of"] for run in practice.waiting()] == ["2022-06-15T13:00:00+00:00"]
    assert "Your seats" not in practice.letters("seats")
    practice.approve()
    moved = practice.run(ADVANCE, days=1)
    assert moved["message"].startswith("It is Thursday, June 16, 2022, 12:00.")
    assert "waits" not in moved["message"]
    assert "Wednesday, June 15, 2022, 12:" in practice.letters("seats confirmed")
    practice.stop()
    check_that_nothing_left_the_machine(practice)


@pytest.mark.exhaustive
def test_a_practice_goes_from_the_approval_to_cohort_letters_and_on_where_it_was_stopped(
    practice: PracticeProcess,
) -> None:
    practice.start("--districts", str(DISTRICTS))
    assert practice.run(ADVANCE)["type"] == "COMPLETED"
    practice.approve()
    run = practice.begin(ADVANCE, days=60)
    wait_for(lambda: "2022-06-2" in (practice.home / "practice" / PRACTICE_CLOCK).read_text(), 300, "some days")
    practice.stop()
    practice.start()
    wait_for(lambda: practice.is_completed(run), 1_800, "the run that was stopped")
    assert practice.state(run)["message"].startswith("It is Sunday, August 14, 2022, 12:00.")
    practice.approve()
    assert practice.run(ADVANCE)["message"].startswith("It is Monday, August 15, 2022, 12:00.")
    assert "Monday, August 15, 2022" in practice.letters("cohort")
    assert practice.run(ADVANCE, until="2022-08-15")["type"] == "FAILED", "the day has come"
    practice.stop()
    assert not (practice.home / "practice" / "logs" / "refused-connections.log").exists()
    assert {address for address in practice.seen if not ip_address(address).is_loopback} == set()


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setenv("CADRE_HOME", str(tmp_path))
    monkeypatch.setenv("CADRE_ENVIRONMENT", "practice")
    settings.cache_clear()
    yield tmp_path
    settings.cache_clear()


def wanted(districts: int | None = None, *, is_reset: bool = False) -> Wanted:
    return Wanted(4200, 4201, districts, is_reset=is_reset)


def test_a_practice_goes_on_with_what_it_was_begun_with(home: Path) -> None:
    begun = prepare(settings(), wanted(6))
    assert prepare(settings(), wanted()) == begun == PracticeRecord.read(home)
    with pytest.raises(PracticeError, match="begun with other districts"):
        prepare(settings(), wanted(7))


def test_starting_over_removes_everything_and_begins_anew(home: Path) -> None:
    prepare(settings(), wanted(6)).ready().write(home)
    for name in ("mail", "inbox"):
        (home / name).mkdir()
        (home / name / "letter.eml").write_text("To: somebody", encoding="utf-8")
    assert prepare(settings(), wanted(7, is_reset=True)) == PracticeRecord("2022", 7, 2022, is_ready=False)
    assert sorted(path.name for path in home.iterdir()) == ["practice-clock.txt", "practice.json", "prefect"]


def test_the_data_of_another_installation_is_left_alone_also_when_starting_over(home: Path) -> None:
    (home / "cadre.db").write_bytes(b"a season of real people")
    for is_reset in (False, True):
        with pytest.raises(PracticeError, match="holds another installation"):
            prepare(settings(), wanted(is_reset=is_reset))
    assert [path.name for path in home.iterdir()] == ["cadre.db"]


def test_a_survey_tool_elsewhere_is_refused(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    policies = home / "policies"
    policies.mkdir()
    text = (ROOT / "deployments" / "seasons" / "2022.toml").read_text(encoding="utf-8")
    assert 'url = ""' in text
    elsewhere = text.replace('url = ""', 'url = "https://survey.agency.example/responses"', 1)
    (policies / "2022.toml").write_text(elsewhere, encoding="utf-8")
    monkeypatch.setenv("CADRE_POLICY_FOLDER", str(policies))
    settings.cache_clear()
    with pytest.raises(PracticeError, match=r"2022.toml: survey.source.url is elsewhere"):
        prepare(settings(), wanted())
    assert not (home / PRACTICE_CLOCK).exists()


def test_nothing_but_one_process_works_on_a_practice(home: Path) -> None:
    with only_one(home), pytest.raises(SeasonBusyError, match="make practice"), only_one(home):
        pass


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("CADRE_SMTP_HOST", "mail.agency.example"),
        ("CADRE_PROVIDER_URL", "https://credits.example.edu"),
        ("CADRE_DATABASE_URL", "postgresql+psycopg://cadre@db.agency.example/cadre"),
    ],
)
def test_the_command_refuses_settings_that_lead_elsewhere_and_starts_nothing(
    tmp_path: Path, name: str, value: str
) -> None:
    home = tmp_path / "practice"
    done = command({"CADRE_HOME": str(home), name: value})
    assert done.returncode == 1
    assert f"a practice reaches nothing but its own servers on this machine; unset {name}" in done.stderr
    assert not home.exists()


def test_the_command_refuses_the_environment_of_another_installation(tmp_path: Path) -> None:
    done = command({"CADRE_HOME": str(tmp_path), "CADRE_ENVIRONMENT": "sample"})
    assert done.returncode == 1
    assert "CADRE_ENVIRONMENT is sample; unset it to practice." in done.stderr
    assert not (tmp_path / PRACTICE_CLOCK).exists()


def command(environment: Mapping[str, str]) -> "subprocess.CompletedProcess[str]":
    inherited = {key: value for key, value in os.environ.items() if not key.startswith(("PREFECT_", "CADRE_"))}
    line = [sys.executable, "-m", "deployments.cli.start", "practice", "--port", str(free_port())]
    return subprocess.run(
        line, cwd=ROOT, env={**inherited, **environment}, capture_output=True, text=True, timeout=120, check=False
    )
