"""A sample season under random kills: ``python -m benchmarks.chaos --kills N --seed S [--database postgresql] [--json]``.

The season runs once undisturbed, and once while its own process (which is its worker too), the Prefect server, the credit
provider, the mail server, and PostgreSQL are killed at random, in a storm of faults of the provider. What everybody has in the
end is compared as in ``benchmarks.crash_points``. The seed says who is killed when, counted in seconds.
The limit: exit code 1 where anything was lost, made twice at the provider, or came out differently, or where more letters were
delivered twice than processes were killed.
"""

import argparse
import json
import os
import random
import signal
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil

from benchmarks.own_servers import OwnPostgres, own_environment, own_postgres
from benchmarks.season_state import Outcome, Outside, differences
from benchmarks.season_steps import WHOLE_SEASON, Ending, Sample, Steps, open_steps, steps_until
from deployments.environment import free_port
from deployments.services import Service, local_services
from deployments.supervisor import Supervisor
from schemas.settings import settings

PAUSE_SECONDS = (5.0, 40.0)  # between two kills
DOWN_SECONDS = (1.0, 5.0)  # how long PostgreSQL stays away
AGAIN_SECONDS = 1.0
GIVE_UP_SECONDS = 600.0
LOOK_SECONDS = 0.2


@dataclass(frozen=True, slots=True)
class Kill:
    """Who was killed, and when."""

    victim: str
    at: float


@dataclass(slots=True)
class Story:
    """What happened while the season ran."""

    kills: list[Kill] = field(default_factory=list)
    done: list[float] = field(default_factory=list)  # when each step was done
    repeated: Counter[str] = field(default_factory=Counter)  # steps that failed, and were run again

    def recovered_seconds_max(self) -> float:
        """The longest time from a kill until the step that was under way was done."""
        waits = [min((at for at in self.done if at > kill.at), default=kill.at) - kill.at for kill in self.kills]
        return round(max(waits, default=0.0), 1)


def run_to_the_end(steps: Steps, sample: Sample, until: str, story: Story) -> Mapping[str, str]:
    """Run every step until it succeeds; the tables by their digests.

    Raises:
        TimeoutError: a step does not succeed however often it is run.
    """
    tables: Mapping[str, str] = {}
    for step in steps_until(steps.open(sample), until):
        tables = _until_done(lambda step=step: steps.run(sample, step), step.name, story).tables  # type: ignore[misc]  # a default binds it
        story.done.append(time.monotonic())
    return tables


def _until_done(run: Callable[[], Ending], name: str, story: Story) -> Ending:
    give_up_at = time.monotonic() + GIVE_UP_SECONDS
    while (ending := run()).exit_code:
        story.repeated[name] += 1
        if time.monotonic() > give_up_at:
            raise TimeoutError(f"{name}: {ending.exit_code}: {ending.fault}")
        time.sleep(AGAIN_SECONDS)
    return ending


class Killer:
    """Kills one of the processes after the other, at moments that the seed decides, beside the season."""

    def __init__(self, seed: int, kills: int, story: Story, victims: Mapping[str, Callable[[], bool]]) -> None:
        """Each victim says whether there was anything to kill."""
        self._draw = random.Random(seed)  # noqa: S311 - a repeatable choice
        self._left, self._story, self._victims = kills, story, victims
        self._ended = threading.Event()

    @contextmanager
    def at_work(self) -> Iterator[None]:
        """Kill until the block ends, or enough were killed."""
        thread = threading.Thread(target=self._work, name="killer")
        thread.start()
        try:
            yield
        finally:
            self._ended.set()
            thread.join()

    def _work(self) -> None:
        while self._left and not self._ended.wait(self._draw.uniform(*PAUSE_SECONDS)):
            victim = self._draw.choice(sorted(self._victims))
            if self._victims[victim]():
                self._story.kills.append(Kill(victim, time.monotonic()))
                self._left -= 1


def _season(steps: Steps) -> bool:
    if steps.running is None:
        return False
    os.kill(steps.running, signal.SIGKILL)
    return True


def _service(service: Service) -> bool:
    """Kill a server itself, and not the process that watches it."""
    found = [process for process in psutil.process_iter(["cmdline"]) if process.info["cmdline"] == [*service.command]]
    for process in found:
        process.kill()
    return bool(found)


def _postgres(postgres: OwnPostgres, down: random.Random) -> bool:
    postgres.kill()
    time.sleep(down.uniform(*DOWN_SECONDS))
    postgres.start()
    return True


@contextmanager
def _kept_running(supervisor: Supervisor) -> Iterator[None]:
    """Start again what dies, beside the season, as ``cadre up`` does."""
    ended = threading.Event()

    def look() -> None:
        while not ended.wait(LOOK_SECONDS):
            supervisor.look()

    thread = threading.Thread(target=look, name="supervisor")
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


@dataclass(frozen=True, slots=True)
class Run:
    """One season of the harness: where it works, and who is killed in it."""

    folder: Path
    sample: Sample
    until: str
    database: str
    kills: int
    seed: int


def one_season(run: Run) -> tuple[Outcome, Story]:
    """Run a season with servers and a database of its own."""
    outside, story = own_environment(run.folder / "servers"), Story()
    (run.folder / "home").mkdir(parents=True)
    with ExitStack() as stack:
        where, services = local_services(settings(), faults="storm", seed=run.sample.seed, port=free_port())
        supervisor = stack.enter_context(Supervisor(lambda _sentence: None))
        supervisor.start(services)
        stack.enter_context(_kept_running(supervisor))
        environment = {**where.environment(), "CADRE_HOME": str(run.folder / "home")}
        victims: dict[str, Callable[[], bool]] = {item.name: lambda item=item: _service(item) for item in services}  # type: ignore[misc]  # a default binds it
        if run.database == "postgresql":
            postgres = stack.enter_context(own_postgres(run.folder / "postgres"))
            environment["CADRE_DATABASE_URL"] = postgres.url
            down = random.Random(run.seed)  # noqa: S311 - a repeatable choice
            victims["postgresql"] = lambda: _postgres(postgres, down)
        steps = stack.enter_context(open_steps(run.folder / "answers.json", environment))
        victims["season"] = lambda: _season(steps)
        with Killer(run.seed, run.kills, story, victims).at_work():
            tables = run_to_the_end(steps, run.sample, run.until, story)
    return _outcome(tables, outside), story


def _outcome(tables: Mapping[str, str], outside: Outside) -> Outcome:
    return Outcome(tables, outside.delivered(), outside.requests())


def figures(straight: Outcome, killed: Outcome, story: Story) -> dict[str, Any]:
    """What the kills have cost."""
    found = differences(straight, killed)
    return {
        "killed": len(story.kills),
        "victims": dict(Counter(kill.victim for kill in story.kills)),
        "digest_equal": not found.tables,
        "lost": len(found.lost),
        "duplicated_at_provider": len(found.duplicated_at_provider),
        "letters_duplicated": len(found.letters_duplicated),
        "unexpected": len(found.unexpected),
        "steps_run_again": story.repeated.total(),
        "recovered_seconds_max": story.recovered_seconds_max(),
        "holds": not found.breaks_a_promise(len(story.kills)),
        "differences": {"tables": found.tables, "lost": found.lost, "unexpected": found.unexpected},
    }


def main() -> int:
    """Print the figures; exit code 1 where a promise was broken."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--districts", type=int, default=12)
    parser.add_argument("--database", choices=("sqlite", "postgresql"), default="sqlite")
    parser.add_argument("--until", default=WHOLE_SEASON, help="the last day, as 2022-06-14")
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    what = (Sample(arguments.districts), arguments.until, arguments.database)
    with tempfile.TemporaryDirectory(prefix="cadre-chaos-") as folder:
        straight, _ = one_season(Run(Path(folder, "straight"), *what, 0, arguments.seed))
        run = Run(Path(folder, "killed"), *what, arguments.kills, arguments.seed)
        found = figures(straight, *one_season(run))
    print(json.dumps(found, indent=1) if arguments.json else found)
    return 0 if found["holds"] else 1


if __name__ == "__main__":
    raise SystemExit(main())
