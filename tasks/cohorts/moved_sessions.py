"""Sessions that an operator holds at another time: asked of every district of the cohort, and told to everybody."""

from collections import Counter
from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from rules.cohorts.membership import CohortCalendar, reschedule, session_exceptions
from rules.meetings import Meeting, slot_of
from rules.rule_ids import RuleId
from rules.wording import as_told
from schemas.kinds import SubjectKind
from schemas.policy import Policy
from schemas.records import Term
from schemas.tables import Application, Cohort, CohortSession, District
from tasks.cohorts.meetings import meetings_ahead
from tasks.cohorts.members import districts_in, meeting_of, members_of, movers_of
from tasks.cohorts.planning import closed_for
from tasks.core.step import step
from tasks.ledger.unit_of_work import OperatorError, Work, unit_of_work
from tasks.letters.write import send_invitation, write_letter


@step
def move_session(
    season: str,
    cohort_id: str,
    number: int,
    starts_at: datetime,
    *,
    reason: str,
    as_of: datetime,
    exception_reason: str = "",
) -> str:
    """Hold a session of a cohort at another time (local without a zone), and tell everybody; the reason as recorded.

    Raises:
        OperatorError: there is no such session, it has been held, its cohort has joined another, the day does not fit, the
            facilitator is not free; or it is a time that a district of the cohort did not mark, and no ``exception_reason`` is
            given.
    """
    with unit_of_work(season, as_of) as work:
        cohort = work.db.get(Cohort, (season, cohort_id))
        if cohort is None:
            raise OperatorError(f"There is no cohort {cohort_id}; check its number.")
        local = work.policy.at(starts_at).astimezone(work.policy.zone)
        item = work.db.get(CohortSession, (season, cohort_id, number))
        is_done = work.was_decided(SubjectKind.COHORT, cohort_id, RuleId.SESSION_MOVED)
        is_then = item is not None and item.starts_at == local and not cohort.merged_into
        if is_done or is_then:  # a repeated run
            return f"Session {number} is held then."
        at = Meeting(local, local + timedelta(hours=work.policy.cohorts.session_hours))
        calendar = session_calendar(work.db, work.policy, cohort, number, as_of)
        cohorts = work.policy.cohorts
        ruling = reschedule(number, at, calendar, work.today, cohorts, exception_reason=exception_reason)
        facts = {"session_number": number, "asked_because": reason, "exception_reason": exception_reason}
        work.require_allowed(SubjectKind.COHORT, cohort_id, ruling, **facts)
        assert item is not None, "the rule rejects a session that is not there"
        was_at, excepted = item.starts_at, session_exceptions(slot_of(local), calendar)
        _hold_at(item, local, as_told(exception_reason) if excepted else "")
        _tell(work, item, was_at, {mover.lea_id for mover in excepted}, reason)
    return ruling.reason


def session_calendar(db: Session, policy: Policy, cohort: Cohort, number: int, as_of: datetime) -> CohortCalendar:
    """What decides when a session of a cohort can be held."""
    query = select(CohortSession).filter_by(season=policy.season, cohort_id=cohort.cohort_id)
    sessions = {item.session_number: item for item in db.scalars(query)}
    days = {n: policy.local_day(item.starts_at) for n, item in sessions.items()}
    lea_ids = districts_in(db, policy.season, cohort.cohort_id)
    busy = meetings_ahead(db, as_of, of=cohort.facilitator_id, besides=[sessions.get(number)])
    movers = [mover for _, mover in sorted(movers_of(db, policy, lea_ids).items())]
    term, closed = Term(cohort.starts_on, cohort.ends_on), closed_for(policy, lea_ids)
    meetings, joined = busy.get(cohort.facilitator_id, ()), cohort.merged_into
    return CohortCalendar(cohort.slot, days, closed, term, meetings, movers, joined)


def _hold_at(item: CohortSession, starts_at: datetime, exception_reason: str) -> None:
    item.ends_at, item.starts_at = starts_at + (item.ends_at - item.starts_at), starts_at
    item.exception_reason = exception_reason
    item.sequence += 1


def _tell(work: Work, item: CohortSession, was_at: datetime, excepted: Collection[str], reason: str) -> None:
    """Write to everybody in a cohort and to their leads that a session was moved; ``excepted`` did not mark the time."""
    people = members_of(work.db, work.season, item.cohort_id)
    told: dict[str, Any] = {"session": item, "was_at": was_at, "reason": reason}
    key = f"{item.cohort_id}/{item.session_number}"
    for person in people:
        mine = told | {"person": person, "is_excepted": person.lea_id in excepted, "meetings": [meeting_of(item)]}
        person_key = f"session-moved/{key}/{item.sequence}/{person.email}"
        send_invitation(work, person_key, "session_moved", person.email, **mine)
    for lea_id, number in sorted(Counter(person.lea_id for person in people).items()):
        lead = work.db.get_one(Application, (work.season, lea_id))
        theirs = told | {"application": lead, "district": work.db.get_one(District, lea_id).name, "people": number}
        lead_key = f"session-moved-lead/{key}/{lea_id}/{item.sequence}"
        is_excepted = lea_id in excepted
        write_letter(work, lead_key, "session_moved_lead", lead.lead_email, **theirs, is_excepted=is_excepted)
