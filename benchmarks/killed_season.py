"""Kill one sample season once at each place in the code, before its effect and after it, and let it go on after each kill.

``python -m benchmarks.killed_season [--districts 12] [--database postgresql] [--until DAY] [--beside] [--json]``

With ``--beside`` the season after it runs beside it, and only that one is killed: of the first one nothing may differ.

Nothing is put back, and no step runs undisturbed before: what a kill costs is another process, forked, and a part of one step.
What everybody has in the end is compared with a season that nobody killed, as in ``benchmarks.crash_points``.
The limit: exit code 1 where anything was lost, made twice at the provider, or came out differently, or where more letters were
delivered twice than senders of letters were killed.
"""

import argparse
import json
import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from benchmarks.effects import Point
from benchmarks.own_servers import own_environment, own_postgres
from benchmarks.season_state import Difference, Outcome, Outside, SeasonState, differences
from benchmarks.season_steps import WHOLE_SEASON, Sample, open_steps, steps_until
from deployments.services import running
from schemas.settings import settings

VICTIM = "2023"
SENDERS = "tasks/letters/"  # only of who is killed here nobody can know whether the letter on its way has arrived


@dataclass(frozen=True, slots=True)
class Crash:
    """Where a season was killed, and in which step."""

    step: str
    point: Point


@dataclass(frozen=True, slots=True)
class KilledSeason:
    """What came of a season, and where it was killed on its way, if anywhere."""

    outcome: Outcome
    crashes: Sequence[Crash] = ()

    @property
    def places(self) -> set[Point]:
        """Every place where it was killed, before or after its effect."""
        return {crash.point.where for crash in self.crashes}

    @property
    def letters_in_doubt(self) -> int:
        """How many letters may have come twice: one for each kill of a sender."""
        return sum(crash.point.place.startswith(SENDERS) for crash in self.crashes)

    def differs_from(self, straight: Outcome) -> Difference:
        """What is different in a season that nobody killed."""
        return differences(straight, self.outcome)

    def holds(self, straight: Outcome) -> bool:
        """Whether every promise was kept."""
        return not self.differs_from(straight).breaks_a_promise(self.letters_in_doubt)

    def as_dict(self, straight: Outcome) -> dict[str, Any]:
        """The figures for machines."""
        found = asdict(self.differs_from(straight))
        counts = {name: len(items) for name, items in found.items()}
        return {"killed": len(self.crashes), **counts, "holds": self.holds(straight), "differences": found}


@dataclass(frozen=True, slots=True)
class Place:
    """Where a season works: its data directory, the environment that names servers and database, and what others receive."""

    home: Path
    environment: Mapping[str, str]
    outside: Outside

    def outcome(self, tables: Mapping[str, str], before: Counter[str]) -> Outcome:
        """What came of the season that ran here; ``before`` is what was delivered before it."""
        files = SeasonState(self.home, self.home, self.outside, None).files()
        return Outcome(tables, self.outside.delivered() - before, self.outside.requests(), files)


def run_season(
    place: Place, sample: Sample, *, is_killed: bool, until: str = WHOLE_SEASON, victim: str = ""
) -> KilledSeason:
    """Run a season to its end, or to the day ``until``; ``is_killed``: through a kill at each place on the way.

    Where several run side by side, only the ``victim`` is killed, if one is named.

    Raises:
        RuntimeError: a process failed by itself.
    """
    before, crashes = place.outside.delivered(), list[Crash]()
    place.home.mkdir(parents=True, exist_ok=True)
    with open_steps(place.home.with_suffix(".json"), {**place.environment, "CADRE_HOME": str(place.home)}) as steps:
        left = steps_until(steps.open(sample), until)
        while True:
            spared = [crash.point for crash in crashes] if is_killed else None
            ending = steps.go_on(sample, left, spared, victim)
            if ending.killed_at is None:
                break
            left = left[ending.done :]
            crashes.append(Crash(left[0].name, ending.killed_at))
    if ending.exit_code:
        raise RuntimeError(f"after {len(crashes)} kills a process ended with {ending.exit_code}: {ending.fault}")
    return KilledSeason(place.outcome(ending.tables, before), crashes)


def _policies(folder: Path, years: int) -> Path:
    """The policies of the seasons side by side, which their processes read as they start."""
    from deployments.sample.years import write_policies  # noqa: PLC0415 - Prefect reads the environment first

    write_policies(folder, years)
    return folder


def measure(arguments: argparse.Namespace, folder: Path) -> dict[str, Any]:
    """One season that nobody disturbs, and one that is killed on its way; what differs."""
    outside, found = own_environment(folder / "servers"), list[KilledSeason]()
    sample = Sample(arguments.districts, years=2 if arguments.beside else 1)
    victim = VICTIM if arguments.beside else ""
    with running(settings(), faults="sample", seed=sample.seed) as services:
        for name in ("straight", "killed"):
            with own_database(arguments.database, folder / f"{name}-postgres") as url:
                environment = {**services.environment(), "CADRE_DATABASE_URL": url}
                if victim:
                    environment["CADRE_POLICY_FOLDER"] = str(_policies(folder / "policies", sample.years))
                place = Place(folder / name, environment, outside)
                found.append(
                    run_season(place, sample, is_killed=name == "killed", until=arguments.until, victim=victim)
                )
            outside.forget()
    straight, killed = found
    return killed.as_dict(straight.outcome)


@contextmanager
def own_database(kind: str, folder: Path) -> Iterator[str]:
    """The URL of an empty database until the block ends; none for SQLite, which lies in the data directory."""
    with own_postgres(folder) if kind == "postgresql" else nullcontext() as found:
        yield found.url if found else ""


def main() -> int:
    """Print the figures; exit code 1 where a promise was broken."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--districts", type=int, default=12)
    parser.add_argument("--database", choices=("sqlite", "postgresql"), default="sqlite")
    parser.add_argument("--until", default=WHOLE_SEASON, help="the last day, as 2022-06-14")
    parser.add_argument("--beside", action="store_true", help="kill only the season after it, side by side with it")
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="cadre-killed-season-") as folder:
        found = measure(arguments, Path(folder))
    print(json.dumps(found, indent=1) if arguments.json else found)
    return 0 if found["holds"] else 1


if __name__ == "__main__":
    raise SystemExit(main())
