"""The one place where the clock is read: the moment that a run decides for.

A practice installation has a clock of its own (``practice_clock``). What is about machines and not about the program (a claim
that runs out, the next try, a file at rest) goes by the machine's time there too.
"""

from datetime import UTC, datetime, timedelta

from prefect.runtime import flow_run

from schemas.settings import settings
from tasks.core.practice_clock import moment_at

CLOCK_SKEW = timedelta(minutes=5)


class MomentError(ValueError):
    """A run cannot decide for this moment; the message says for which it can."""


def machine_time() -> datetime:
    """The time on the machine's clock, in UTC: for claims, tries, files, and processes, and never for a decision."""
    return datetime.now(UTC)


def now() -> datetime:
    """The time on the program's clock, in UTC: the machine's, or that of the practice."""
    return moment_at(machine_time()) if _is_practice() else machine_time()


def timeout_seconds(days: int) -> int | None:
    """How long a run that waits for a person waits by itself; None in practice, where days pass on its own clock only."""
    return None if _is_practice() else int(timedelta(days=days).total_seconds())


def _is_practice() -> bool:
    return settings().environment == "practice"


def moment_of_run(as_of: datetime | None) -> datetime:
    """``as_of`` where the operator gave one, else when the run was scheduled, so that a late run decides the same.

    It is a plain ``datetime`` in UTC: Prefect's own type loses its zone in arithmetic. Outside of a run it is now. In
    practice it is what the practice clock showed when the run was scheduled.

    Raises:
        MomentError: ``as_of`` has no time zone, or lies in the future: what is decided for a day to come cannot be undone.
            Only where the clock is simulated (sample season, practice) may a run decide for a later day.
    """
    if as_of is None:
        scheduled = flow_run.scheduled_start_time
        if scheduled is None:
            return now()
        return moment_at(_plain(scheduled)) if _is_practice() else _plain(scheduled)
    if as_of.tzinfo is None:
        raise MomentError(f"as_of ({as_of}) needs a time zone, as in 2022-06-15T09:00:00-04:00")
    if settings().clock == "real" and as_of > now() + CLOCK_SKEW:
        raise MomentError(f"as_of ({as_of}) lies in the future; leave it empty, or name a moment that has passed")
    return _plain(as_of)


def moment_of_action(as_of: datetime) -> datetime:
    """When a person did what a run has just learned, or can first know of what it does: now, whenever the run was scheduled.

    In a simulated season it is ``as_of``. It is kept with what was done, so that a repeated run decides the same.
    """
    return as_of if settings().clock == "simulated" else now()


def _plain(moment: datetime) -> datetime:
    utc = moment.astimezone(UTC)
    return datetime.combine(utc.date(), utc.time(), UTC)
