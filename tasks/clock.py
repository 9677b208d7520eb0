"""The one place where the clock is read: the moment that a run decides for."""

from datetime import UTC, datetime

from prefect.runtime import flow_run


def moment_of_run(as_of: datetime | None) -> datetime:
    """``as_of`` where the operator gave one, else when the run was scheduled, so that a late run decides the same.

    Raises:
        ValueError: ``as_of`` has no time zone.
    """
    if as_of is None:
        scheduled: datetime | None = flow_run.scheduled_start_time
        return (scheduled or datetime.now(UTC)).astimezone(UTC)
    if as_of.tzinfo is None:
        raise ValueError(f"as_of ({as_of}) needs a time zone, as in 2022-06-15T09:00:00-04:00")
    return as_of.astimezone(UTC)
