"""A practice as one process keeps it: servers on loopback, the spring played once, and the clock that a person moves.

What is imported inside of functions is imported while the server starts: together they take longer than either.
"""

import importlib
import shutil
import signal
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console

from deployments.data_directory import only_one
from deployments.environment import auth_file, free_port_near
from deployments.journal import Journal
from deployments.practice.record import PracticeRecord, first_day, noon, told_moment
from deployments.services import Services, enter_services, letter_pages, local_services, open_notes
from deployments.supervisor import Started, Supervisor
from schemas.loopback import host_of, is_loopback
from schemas.settings import Settings, settings
from tasks.core.clock import machine_time
from tasks.core.policies import policy_of
from tasks.core.practice_clock import clock_path, set_to

if TYPE_CHECKING:
    from prefect.client.orchestration import SyncPrefectClient

LOOK_SECONDS = 1.0
WARM = ("deployments.practice.advances", "great_expectations.expectations.row_conditions", "deployments.watch")
FOREIGN = ("cadre.db", "keys", "inbox")


class PracticeError(RuntimeError):
    """No practice can be started here; the message says why, and what to do."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a person asks for: the ports that are preferred, how many districts (none: all), and whether to start over."""

    port: int
    letters_port: int
    districts: int | None
    is_reset: bool


def run_until_stopped(wanted: Wanted) -> int:
    """Start or go on with the practice of this data directory, until Ctrl-C or SIGTERM; nothing is left running.

    Raises:
        PracticeError: the data directory is none of a practice, or is one of others.
    """
    begun, stopped, config = time.monotonic(), threading.Event(), settings()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stopped.set())
    with only_one(config.folder):
        record = prepare(config, wanted)
        journal = Journal(Console(), config.folder / "logs" / "practice.log")
        journal.announce("Starting the server ...")
        with Supervisor(journal.announce) as supervisor:
            where, services = local_services(config, faults="none", seed=1, port=free_port_near(wanted.port))
            pages = letter_pages(config, free_port_near(wanted.letters_port))
            started = supervisor.begin((*services, pages.service))
            _Session(record, config, journal, supervisor, where, pages.url, begun).run(started, stopped)
    return 0


def prepare(config: Settings, wanted: Wanted) -> PracticeRecord:
    """The record of this practice, begun if it was not; its clock is made, and nothing else.

    Raises:
        PracticeError: the data directory is none of a practice, or the practice has other districts, or reaches elsewhere.
    """
    _require_practice(config)
    if wanted.is_reset:
        _start_over(config.folder)
    new = PracticeRecord(config.season, wanted.districts, seed=2022)
    record = PracticeRecord.read(config.folder) or new
    if wanted.districts is not None and record.districts != wanted.districts:
        raise PracticeError("This practice was begun with other districts; `make practice-reset` starts over.")
    _require_own_surveys(record.season)
    if not clock_path().exists():
        set_to(noon(policy_of(record.season), first_day(policy_of(record.season))), machine_time())
    record.write(config.folder)
    return record


def _require_practice(config: Settings) -> None:
    if config.environment != "practice":
        raise PracticeError(f"CADRE_ENVIRONMENT is {config.environment}; unset it to practice.")
    is_begun = clock_path().exists() or PracticeRecord.read(config.folder) is not None
    if not is_begun and any((config.folder / name).exists() for name in FOREIGN):
        raise PracticeError(f"{config.folder} holds another installation; name another CADRE_HOME, or none.")


def _require_own_surveys(season: str) -> None:
    url = policy_of(season).survey.source.url
    if url and not is_loopback(host_of(url)):
        raise PracticeError(f"{season}.toml: survey.source.url is elsewhere; a practice reaches only this machine.")


def _start_over(folder: Path) -> None:
    """Remove everything of the practice but the file that holds the data directory for us; the clock goes last."""
    kept = {"season.lock", clock_path().name}
    for path in sorted(folder.iterdir()):
        if path.name not in kept:
            shutil.rmtree(path) if path.is_dir() else path.unlink()
    clock_path().unlink(missing_ok=True)
    (folder / "prefect").mkdir()


@dataclass(frozen=True, slots=True)
class _Session:
    """A practice from its start to its stop."""

    record: PracticeRecord
    config: Settings
    journal: Journal
    supervisor: Supervisor
    where: Services
    letters_url: str
    begun: float

    def run(self, started: Sequence[Started], stopped: threading.Event) -> None:
        """Everything until it is stopped."""
        for name in WARM:
            importlib.import_module(name)
        from deployments import conductor, up  # noqa: PLC0415 - see above
        from deployments.practice.advances import Advances  # noqa: PLC0415 - see above
        from deployments.watch import Watch  # noqa: PLC0415 - see above
        from tasks.core.migrations import migrate  # noqa: PLC0415 - see above

        environment = enter_services(self.where, self.record.season)
        migrate()
        up.prepare_inbox(self.config)
        advances = Advances(self.record.world(self.config.folder), self.config.folder, self.journal.announce)
        self.supervisor.wait_for(started)
        with ExitStack() as stack:
            stack.enter_context(conductor.talking_to(self.where.api_url, self.where.auth))
            api = stack.enter_context(conductor.client())
            deployed = advances.deploy(api)
            watch = Watch(api, self.config.folder, self.journal.announce, stopped)
            watch.take_stock()
            worker = self.supervisor.begin([up.worker_service(self.config, environment)])
            self._play_spring(api)
            self.supervisor.wait_for(worker)
            stack.enter_context(open_notes(self.config, self.where))
            stack.callback(conductor.drain)
            stack.callback(advances.begin(deployed).stop)
            self._say(up.say_where)
            while not stopped.wait(LOOK_SECONDS):
                self.supervisor.look()
                watch.look()
            self.journal.announce("Stopping ...")

    def _play_spring(self, api: "SyncPrefectClient") -> None:
        """Play the season up to the day before seats are confirmed, once."""
        if self.record.is_ready:
            return
        from deployments.season_run import progress_bars, run_season  # noqa: PLC0415 - see above

        world = self.record.world(self.config.folder)
        self.journal.announce(f"Playing the spring of {len(world.districts)} districts ...")
        with progress_bars(self.journal.console) as bars:
            run_season(world, api, bars, first_day(world.policy))
        self.record.ready().write(self.config.folder)

    def _say(self, say_where: Callable[[Console, Sequence[str]], None]) -> None:
        places = (
            f"Practice  It is {told_moment(policy_of(self.record.season))}, until you run *Advance to next day*",
            f"Prefect   {self.where.ui_url}",
            f"Sign in   The page asks once for a password: paste what stands in {auth_file(self.config)}",
            f"Letters   {self.letters_url}",
            f"Inbox     {self.config.folder / 'inbox'}  (one folder for each kind of file)",
            "How to    docs/practice.md",
        )
        say_where(self.journal.console, places)
        self.journal.announce(f"Ready after {time.monotonic() - self.begun:.0f} s.")
