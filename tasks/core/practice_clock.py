"""The clock of a practice installation: it stands until a person moves it on.

It is a file in the data directory. Each line is a time of the machine and the moment that the practice has had since then, so
that the moment of a run follows from when it was scheduled, however often it is started again.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from schemas.settings import PRACTICE_CLOCK, settings
from tasks.core.durable_files import write_durably

MOST_READINGS = 2_000
SLOWNESS = 10_000  # what is done later has a later moment, also while the clock stands: a second is 100 microseconds
LONGEST = timedelta(minutes=5)


class PracticeClockError(RuntimeError):
    """The practice clock cannot be read, or not be set so; the message says why."""


@dataclass(frozen=True, slots=True)
class _Reading:
    """The moment that the practice has had since a time of the machine."""

    since: datetime
    moment: datetime


def clock_path() -> Path:
    """Where the clock of this installation lies, if it has one."""
    return settings().folder / PRACTICE_CLOCK


def moment_at(machine_time: datetime) -> datetime:
    """The moment of the practice at a time of the machine: while the clock stands, the later is later by a trifle.

    Raises:
        PracticeClockError: there is no such clock.
    """
    found = _readings()
    reading = next((item for item in reversed(found) if item.since <= machine_time), found[0])
    return reading.moment + min(max(machine_time - reading.since, timedelta()) / SLOWNESS, LONGEST)


def standing_at() -> datetime:
    """The moment that the clock was last set to.

    Raises:
        PracticeClockError: there is no such clock.
    """
    return _readings()[-1].moment


def set_to(moment: datetime, machine_time: datetime) -> None:
    """Let the practice have a moment from a time of the machine on; the first time makes the clock.

    Raises:
        PracticeClockError: the moment is before the one that it has.
    """
    before = _readings() if clock_path().exists() else []
    if before and moment < before[-1].moment:
        raise PracticeClockError(
            f"The practice is at {before[-1].moment:%Y-%m-%d %H:%M} UTC; its clock never goes back."
        )
    lines = (
        f"{item.since.isoformat()} {item.moment.isoformat()}\n" for item in [*before, _Reading(machine_time, moment)]
    )
    clock_path().parent.mkdir(parents=True, exist_ok=True)
    write_durably(clock_path(), "".join(list(lines)[-MOST_READINGS:]).encode("ascii"))


def _readings() -> list[_Reading]:
    try:
        lines = clock_path().read_text(encoding="ascii").splitlines()
        return [_Reading(*map(datetime.fromisoformat, line.split())) for line in lines] or _no_clock()
    except (OSError, ValueError, TypeError) as error:
        raise PracticeClockError(f"{clock_path()} is no practice clock; `make practice-reset` starts over.") from error


def _no_clock() -> list[_Reading]:
    raise ValueError("no reading")
