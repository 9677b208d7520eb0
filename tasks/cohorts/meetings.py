"""The meetings that facilitators have ahead, of all seasons: sessions of the cohorts they lead, and office hours they host."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from rules.meetings import Meeting, WeeklyMeeting, weekly
from schemas.policy import Policy
from schemas.tables import Cohort, CohortSession, OfficeHour


def meetings_ahead(
    db: Session, as_of: datetime, *, of: str | None = None, besides: Collection[object] = ()
) -> Mapping[str, list[Meeting]]:
    """Every facilitator's meetings that have not ended, or those ``of`` one, without what is named ``besides``."""
    found: dict[str, list[Meeting]] = defaultdict(list)
    for facilitator_id, item in _meetings(db, as_of, of):
        if item not in besides:
            found[facilitator_id].append(Meeting(item.starts_at, item.ends_at))
    return found


def weekly_meetings(
    db: Session, policy: Policy, as_of: datetime, planned_again: Collection[str] = ()
) -> Mapping[str, set[WeeklyMeeting]]:
    """When in the week facilitators have meetings ahead, without those of the season's cohorts that are planned again."""
    found: dict[str, set[WeeklyMeeting]] = defaultdict(set)
    for facilitator_id, item in _meetings(db, as_of, None):
        if isinstance(item, CohortSession) and item.season == policy.season and item.cohort_id in planned_again:
            continue
        found[facilitator_id].add(weekly(_local(item, policy)))
    return found


def sessions_ahead(db: Session, policy: Policy, as_of: datetime, cohort_id: str) -> tuple[Meeting, ...]:
    """A cohort's sessions that have not ended, in local time."""
    query = select(CohortSession).where(CohortSession.season == policy.season, CohortSession.cohort_id == cohort_id)
    ahead = db.scalars(query.where(CohortSession.ends_at > as_of).order_by(CohortSession.starts_at))
    return tuple(_local(item, policy) for item in ahead)


def _local(item: CohortSession | OfficeHour, policy: Policy) -> Meeting:
    return Meeting(item.starts_at.astimezone(policy.zone), item.ends_at.astimezone(policy.zone))


def _meetings(db: Session, as_of: datetime, of: str | None) -> Iterator[tuple[str, CohortSession | OfficeHour]]:
    sessions = (
        select(Cohort.facilitator_id, CohortSession)
        .join(Cohort, (Cohort.season == CohortSession.season) & (Cohort.cohort_id == CohortSession.cohort_id))
        .where(Cohort.merged_into == "", CohortSession.ends_at > as_of)
    )
    hours = select(OfficeHour.host_id, OfficeHour).where(
        OfficeHour.host_id.is_not(None), OfficeHour.is_canceled.is_(False), OfficeHour.ends_at > as_of
    )
    if of is not None:
        sessions, hours = sessions.where(Cohort.facilitator_id == of), hours.where(OfficeHour.host_id == of)
    yield from db.execute(sessions).tuples()
    for host_id, item in db.execute(hours).tuples():
        if host_id is not None:
            yield host_id, item
