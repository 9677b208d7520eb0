"""Sessions that a facilitator cannot hold on their day: one goes to a time that every district marked, one is an exception."""

from collections.abc import Iterator, Mapping
from datetime import date, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from deployments.sample.phase_one import MOST_MERGES, merge
from deployments.sample.world import World
from rules.cohorts.membership import CohortCalendar, reschedule
from rules.cohorts.sessions import slot_start
from rules.meetings import WEEKDAYS, Meeting, slot_of
from schemas.statuses import Outcome
from schemas.tables import Cohort, CohortSession
from tasks.cohorts.moved_sessions import session_calendar
from tasks.core.database import reading

SKIP: Mapping[str, object] = {"skip": True}
MOST_DAYS_LATER = 4  # two weeks and four days after the session before is still about two weeks
WHY = "no other time is free before the cohort's last day, and the leads agree"


def moved_session(world: World, day: date) -> Mapping[str, object]:
    """The last session of a cohort goes to another time that every district of the cohort marked."""
    return _moved(world, day, "the facilitator is ill", "")


def excepted_session(world: World, day: date) -> Mapping[str, object]:
    """The last session of a cohort goes to a time that a district did not mark, which an operator allows with a reason."""
    return _moved(world, day, "the facilitator is in court", WHY)


def _moved(world: World, day: date, reason: str, exception_reason: str) -> Mapping[str, object]:
    with reading() as db:
        for session, calendar in _last_sessions(db, world, day):
            starts_at = _time_for(world, day, session, calendar, exception_reason)
            if starts_at is not None:
                which = {"cohort_id": session.cohort_id, "session_number": session.session_number, "reason": reason}
                when = {"starts_at": starts_at.replace(tzinfo=None).isoformat()}
                return which | when | ({"exception_reason": exception_reason} if exception_reason else {})
    return SKIP


def _last_sessions(db: Session, world: World, day: date) -> Iterator[tuple[CohortSession, CohortCalendar]]:
    """The last session of each cohort that goes on, where it is ahead and in the slot of the cohort, and when it can be held.

    What operators do on a day is chosen in its morning: a cohort that they merge on that day meets no more.
    """
    season, number = world.policy.season, world.policy.cohorts.sessions
    ends_today = {merge(world, day, n).get("cohort_id") for n in range(MOST_MERGES)}
    for cohort in db.scalars(select(Cohort).filter_by(season=season, merged_into="").order_by(Cohort.cohort_id)):
        if cohort.cohort_id in ends_today:
            continue
        session = db.get_one(CohortSession, (season, cohort.cohort_id, number))
        is_ahead = session.starts_at > world.at(day + timedelta(days=2))
        if is_ahead and slot_of(session.starts_at.astimezone(world.policy.zone)) == cohort.slot:
            yield session, session_calendar(db, world.policy, cohort, number, world.at(day))


def _time_for(
    world: World, day: date, session: CohortSession, calendar: CohortCalendar, exception_reason: str
) -> datetime | None:
    """The first time in the days after a session to which it can be moved; with an exception, one that needs it."""
    cohorts = world.policy.cohorts
    for starts_at in _times_after(world, session):
        wanted = Meeting(starts_at, starts_at + timedelta(hours=cohorts.session_hours))
        plain = reschedule(session.session_number, wanted, calendar, day, cohorts)
        ruling = reschedule(session.session_number, wanted, calendar, day, cohorts, exception_reason=exception_reason)
        if ruling.outcome == Outcome.MOVED and (plain.outcome == Outcome.REJECTED) is bool(exception_reason):
            return starts_at
    return None


def _times_after(world: World, session: CohortSession) -> Iterator[datetime]:
    """The times of the season's slots in the days after a session."""
    for days in range(1, MOST_DAYS_LATER + 1):
        day = world.policy.local_day(session.starts_at) + timedelta(days=days)
        for slot in world.policy.cohorts.slots:
            if slot.startswith(WEEKDAYS[day.weekday()]):
                yield slot_start(slot, day, world.policy)
