"""Kill a sample season before and after each of its effects (the method of SQLite's fault tests), and compare.

``python -m benchmarks.crash_points [--districts 12] [--every N | --places first|edges] [--database postgresql] [--json]``

Each step of the season runs once undisturbed. Then everything is put back to what it was before the step (data directory,
database, the provider's book), the step's process is killed at one point, the step runs again, and what everybody has in the
end is compared: every table by its digest, every file, each letter at the mail server, each request at the provider.
The limit: exit code 1 where anything was lost, made twice at the provider, or came out differently, or where one kill had more
than one letter delivered twice. ``benchmarks.killed_season`` is cheaper by far, and less exact about which kill does what.
"""

import argparse
import json
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from benchmarks.effects import Point
from benchmarks.own_servers import own_environment, own_postgres
from benchmarks.season_state import Difference, Outcome, Outside, PostgresCopies, SeasonState, differences
from benchmarks.season_steps import WHOLE_SEASON, Ending, Sample, Step, Steps, open_steps, steps_until
from deployments.services import running
from schemas.settings import settings

Choice = Callable[[Point], bool]


@dataclass(frozen=True, slots=True)
class Finding:
    """What differed after a kill at one point."""

    step: str
    point: Point
    difference: Difference


@dataclass(slots=True)
class Report:
    """The figures of a harness."""

    points: int = 0
    killed: int = 0
    places: set[Point] = field(default_factory=set)
    findings: list[Finding] = field(default_factory=list)

    def as_dict(self) -> dict[str, Any]:
        """The figures for machines."""
        found = [item.difference for item in self.findings]
        return {
            "points": self.points,
            "places": len(self.places),
            "killed": self.killed,
            "digest_equal": not any(item.tables for item in found),
            "lost": sum(len(item.lost) for item in found),
            "duplicated_at_provider": sum(len(item.duplicated_at_provider) for item in found),
            "letters_duplicated": sum(len(item.letters_duplicated) for item in found),
            "unexpected": sum(len(item.unexpected) for item in found),
            "findings": [asdict(item) for item in self.findings],
        }

    @property
    def holds(self) -> bool:
        """Whether every promise was kept; each kill may cost one letter a second copy."""
        return not any(item.difference.breaks_a_promise(kills=1) for item in self.findings)


class Harness:
    """Walks through a season step by step, and kills it on the way at the points that are chosen."""

    def __init__(self, steps: Steps, state: SeasonState, sample: Sample) -> None:
        """``state`` is where the steps work."""
        self._steps, self._state, self._sample = steps, state, sample
        self.report = Report()

    def walk(self, choose: Choice, until: str = WHOLE_SEASON) -> Report:
        """Go through the whole season, or to the day ``until``."""
        for step in steps_until(self._steps.open(self._sample), until):
            self._step(step, choose)
        return self.report

    def _step(self, step: Step, choose: Choice) -> None:
        self._state.keep("before")
        straight, points = self._undisturbed(step)
        self.report.points += len(points)
        self.report.places.update(point.where for point in points)
        chosen = [point for point in points if choose(point)]
        print(f"{step.name}: {len(points)} points, {len(chosen)} of them are killed", file=sys.stderr)
        if not chosen:
            return
        self._state.keep("after")
        for point in chosen:
            self._state.put_back("before")
            self._note(step, point, self._killed(step, point, straight))
        self._state.put_back("after")

    def _undisturbed(self, step: Step) -> tuple[Outcome, Sequence[Point]]:
        """What comes of a step that nobody interrupts.

        Raises:
            RuntimeError: it fails by itself.
        """
        before = self._state.outside.delivered()
        ending = self._steps.run(self._sample, step)
        if ending.exit_code:
            raise RuntimeError(f"{step.name} ended with {ending.exit_code}: {ending.fault}")
        return self._outcome(ending, before), ending.points

    def _outcome(self, ending: Ending, before: Counter[str]) -> Outcome:
        letters = self._state.outside.delivered() - before
        return Outcome(ending.tables, letters, self._state.outside.requests(), self._state.files())

    def _killed(self, step: Step, point: Point, straight: Outcome) -> Difference:
        """What differs when the step is killed at a point and runs again."""
        before = self._state.outside.delivered()
        first = self._steps.run(self._sample, step, kill_at=point)
        self.report.killed += first.was_killed
        last = self._steps.run(self._sample, step) if first.was_killed else first
        found = differences(straight, self._outcome(last, before))
        if last.exit_code:
            found.unexpected.append(f"ended with {last.exit_code}: {last.fault}")
        if not first.was_killed:
            found.unexpected.append("the point was not reached again")
        return found

    def _note(self, step: Step, point: Point, found: Difference) -> None:
        if found != Difference():
            self.report.findings.append(Finding(step.name, point, found))


def every(number: int) -> Choice:
    """Each ``number``-th point, counted over the season."""
    seen = Counter[str]()

    def choose(_point: Point) -> bool:
        seen[""] += 1
        return seen[""] % number == 0

    return choose


def first_of_each_place() -> Choice:
    """The first point of each place in the code, before its effect and after it."""
    seen = set[Point]()

    def choose(point: Point) -> bool:
        is_new = point.where not in seen
        seen.add(point.where)
        return is_new

    return choose


def edges_of_each_place(totals: Mapping[Point, int]) -> Choice:
    """The first, the middle, and the last point of each place; ``totals`` is how often a season comes to each."""
    seen = Counter[Point]()

    def choose(point: Point) -> bool:
        seen[point.where] += 1
        last = totals.get(point.where, 1)
        return seen[point.where] in {1, (last + 1) // 2, last}

    return choose


def count(totals: Counter[Point]) -> Choice:
    """Nothing is killed; how often the season comes to each place is added to ``totals``."""

    def choose(point: Point) -> bool:
        totals[point.where] += 1
        return False

    return choose


@contextmanager
def harness(folder: Path, environment: Mapping[str, str], outside: Outside, sample: Sample) -> Iterator[Harness]:
    """A harness that works in ``folder`` against servers that are up; ``environment`` names them and the database."""
    home, url = folder / "home", environment.get("CADRE_DATABASE_URL", "")
    home.mkdir(parents=True)
    state = SeasonState(home, folder / "kept", outside, PostgresCopies(url) if url else None)
    with open_steps(folder / "answers.json", {**environment, "CADRE_HOME": str(home)}) as steps:
        yield Harness(steps, state, sample)


def measure(arguments: argparse.Namespace, folder: Path) -> Report:
    """Start the servers, walk through the season, and say what came of it."""
    outside = own_environment(folder / "servers")
    sample = Sample(arguments.districts)
    with ExitStack() as stack:
        found = stack.enter_context(running(settings(), faults="sample", seed=sample.seed))
        environment = dict(found.environment())
        choose = every(arguments.every) if arguments.places == "all" else first_of_each_place()
        if arguments.places == "edges":  # counted on SQLite: the season to be killed begins in an empty database
            totals = Counter[Point]()
            with harness(folder / "count", environment, outside, sample) as straight:
                straight.walk(count(totals), arguments.until)
            outside.forget()
            choose = edges_of_each_place(totals)
        if arguments.database == "postgresql":
            environment["CADRE_DATABASE_URL"] = stack.enter_context(own_postgres(folder / "postgres")).url
        with harness(folder / "season", environment, outside, sample) as one:
            return one.walk(choose, arguments.until)


def main() -> int:
    """Print the figures; exit code 1 where a promise was broken."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--districts", type=int, default=12)
    parser.add_argument("--every", type=int, default=1)
    parser.add_argument("--places", choices=("all", "first", "edges"), default="all")
    parser.add_argument("--database", choices=("sqlite", "postgresql"), default="sqlite")
    parser.add_argument("--until", default=WHOLE_SEASON, help="the last day, as 2022-06-14")
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="cadre-crash-points-") as folder:
        report = measure(arguments, Path(folder))
    if arguments.json:
        print(json.dumps(report.as_dict(), indent=1))
    else:
        print({name: value for name, value in report.as_dict().items() if name != "findings"})
        for item in report.findings:
            print(f"  {item.step}: {item.point.moment} {item.point.kind} no. {item.point.number} of {item.point.place}")
            print(f"    {item.difference}")
    return 0 if report.holds else 1


if __name__ == "__main__":
    raise SystemExit(main())
