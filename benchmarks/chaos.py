"""A sample season under random kills: ``python -m benchmarks.chaos --kills N --seed S [S ...] [--database ...] [--json]``.

The season runs once undisturbed, and once for each seed while its own process (which is its worker too), the Prefect server,
the credit provider, and the mail server are killed or stopped for some seconds at random, and PostgreSQL is killed every 5 to
40 s beside that, while the provider fails in every way that it knows. What everybody has in the end is compared as in
``benchmarks.crash_points``. The seed says who is killed when, counted in seconds.
The limit: exit code 1 where anything was lost, made twice at the provider, or came out differently, where more letters were
delivered twice than processes were killed or stopped, or where the season ended before there were as many kills as wanted.
"""

import argparse
import json
import math
import random
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field, replace
from functools import partial
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

PAUSE_SECONDS = (3.0, 12.0)  # between two kills
POSTGRES_PAUSE_SECONDS = (5.0, 40.0)  # between two of its own
DOWN_SECONDS = (1.0, 5.0)  # how long PostgreSQL stays away, or a process that is stopped
AGAIN_SECONDS = 1.0
GIVE_UP_SECONDS = 600.0
LOOK_SECONDS = 0.2
Victims = Mapping[str, Callable[[], bool]]  # each says whether there was anything to kill


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

    def __init__(
        self, draw: random.Random, kills: float, pause: tuple[float, float], story: Story, victims: Victims
    ) -> None:
        """``draw`` decides who is killed when."""
        self._draw, self._left, self._pause, self._story, self._victims = draw, kills, pause, story, victims
        self._ended = threading.Event()

    @contextmanager
    def at_work(self) -> Iterator[None]:
        """Kill until the block ends, or enough were killed; a killer that fails, fails the whole: it would count as mercy."""
        with ThreadPoolExecutor(1, "killer") as pool:
            killing = pool.submit(self._work)
            try:
                yield
            finally:
                self._ended.set()
            killing.result()

    def _work(self) -> None:
        while self._left and not self._ended.wait(self._draw.uniform(*self._pause)):
            victim = self._draw.choice(sorted(self._victims))
            if self._victims[victim]():
                self._story.kills.append(Kill(victim, time.monotonic()))
                self._left -= 1


def _of_season(steps: Steps) -> list[psutil.Process]:
    return [psutil.Process(steps.running)] if steps.running is not None else []


def _of_service(service: Service) -> list[psutil.Process]:
    """A server itself, and not the process that watches it."""
    return [process for process in psutil.process_iter(["cmdline"]) if process.info["cmdline"] == [*service.command]]


def _both_ways(name: str, find: Callable[[], list[psutil.Process]], draw: random.Random) -> Victims:
    """A process can be killed, or stopped for some seconds."""

    def to_each(act: Callable[[psutil.Process], None]) -> bool:
        try:
            found = find()
            for process in found:
                act(process)
        except psutil.NoSuchProcess:  # it has ended in this moment
            return False
        return bool(found)

    def stop(process: psutil.Process) -> None:
        process.suspend()
        time.sleep(draw.uniform(*DOWN_SECONDS))
        with suppress(psutil.NoSuchProcess):
            process.resume()

    return {name: lambda: to_each(psutil.Process.kill), f"{name}, stopped": lambda: to_each(stop)}


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
class Plan:
    """A season, and how many processes are killed in it; ``seed`` says which, and when."""

    sample: Sample
    until: str
    database: str
    kills: int
    seed: int = 0


def one_season(plan: Plan, folder: Path) -> tuple[Outcome, Story]:
    """Run a season with servers and a database of its own in ``folder``."""
    outside, story = own_environment(folder / "servers"), Story()
    (folder / "home").mkdir(parents=True)
    with ExitStack() as stack:
        where, services = local_services(settings(), faults="chaos", seed=plan.sample.seed, port=free_port())
        supervisor = stack.enter_context(Supervisor(lambda _sentence: None))
        supervisor.start(services)
        stack.enter_context(_kept_running(supervisor))
        environment = {**where.environment(), "CADRE_HOME": str(folder / "home")}
        killers, draw = ExitStack(), random.Random(plan.seed)  # noqa: S311 - a repeatable choice
        if plan.database == "postgresql":
            postgres = stack.enter_context(own_postgres(folder / "postgres"))
            environment["CADRE_DATABASE_URL"] = postgres.url
            own = random.Random(plan.seed)  # noqa: S311 - see above
            down: Victims = {"postgresql": lambda: _postgres(postgres, own)}
            killer = Killer(own, math.inf if plan.kills else 0, POSTGRES_PAUSE_SECONDS, story, down)
            killers.enter_context(killer.at_work())
        steps = stack.enter_context(open_steps(folder / "answers.json", environment))
        victims = dict(_both_ways("season", lambda: _of_season(steps), draw))
        for item in services:
            victims |= _both_ways(item.name, partial(_of_service, item), draw)
        killers.enter_context(Killer(draw, plan.kills, PAUSE_SECONDS, story, victims).at_work())
        with killers:
            tables = run_to_the_end(steps, plan.sample, plan.until, story)
    return _outcome(tables, outside), story


def _outcome(tables: Mapping[str, str], outside: Outside) -> Outcome:
    return Outcome(tables, outside.delivered(), outside.requests())


def figures(wanted: int, straight: Outcome, killed: Outcome, story: Story) -> dict[str, Any]:
    """What the kills of one season have cost."""
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
        "holds": len(story.kills) >= wanted and not found.breaks_a_promise(len(story.kills)),
        "differences": {"tables": found.tables, "lost": found.lost, "unexpected": found.unexpected},
    }


def measure(plan: Plan, seeds: Sequence[int], folder: Path) -> Iterator[dict[str, Any]]:
    """The figures of each seed when its season has ended, against one season that nobody disturbs."""
    straight, _ = one_season(replace(plan, kills=0), folder / "straight")
    for seed in seeds:
        yield {"seed": seed, **figures(plan.kills, straight, *one_season(replace(plan, seed=seed), folder / f"{seed}"))}


def main() -> int:
    """Print the figures of each seed; exit code 1 where a promise was broken."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=20, help="in each season; PostgreSQL's own come on top")
    parser.add_argument("--seed", type=int, default=[1], nargs="+")
    parser.add_argument("--districts", type=int, default=12)
    parser.add_argument("--database", choices=("sqlite", "postgresql"), default="sqlite")
    parser.add_argument("--until", default=WHOLE_SEASON, help="the last day, as 2022-06-14")
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    plan = Plan(Sample(arguments.districts), arguments.until, arguments.database, arguments.kills)
    holds = True
    with tempfile.TemporaryDirectory(prefix="cadre-chaos-") as folder:
        for item in measure(plan, arguments.seed, Path(folder)):
            print(json.dumps(item) if arguments.json else item, flush=True)
            holds = holds and item["holds"]
    return 0 if holds else 1


if __name__ == "__main__":
    raise SystemExit(main())
