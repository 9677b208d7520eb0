"""The start of each cohort, agreed with the leads: proposed, moved, and confirmed by silence."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from rules.cohorts.sessions import term_of
from rules.cohorts.start_answers import (
    Agreement,
    StartCalendar,
    StartFacts,
    confirm_in_silence,
    confirm_start_by,
)
from rules.cohorts.starts import suits, window_in_words
from schemas.kinds import ConfirmedBy, SubjectKind
from schemas.policy import Policy
from schemas.records import Ruling, Term
from schemas.statuses import CohortKind, StartStatus
from schemas.tables import Application, Cohort, CohortSession, District, StartAgreement
from tasks.cohorts.meetings import meetings_ahead
from tasks.cohorts.members import cohort_facts, meeting_of, members_of, put_sessions
from tasks.cohorts.planning import closed_for, windows_of
from tasks.core.step import step
from tasks.ledger.unit_of_work import Work, unit_of_work
from tasks.letters.write import send_invitation, write_letter


@step
def propose_starts(season: str, as_of: datetime) -> int:
    """Propose each cohort's start to the leads of its districts, once, before it begins; the leads written to."""
    with unit_of_work(season, as_of) as work:
        known = {(item.cohort_id, item.lea_id) for item in agreements(work)}
        done = 0
        for facts in cohort_facts(work.db, work.policy, as_of):
            cohort = work.db.get_one(Cohort, (season, facts.cohort_id))
            new = [lea_id for lea_id in sorted(facts.lea_ids) if (facts.cohort_id, lea_id) not in known]
            for lea_id in new if cohort.starts_on > work.today else ():
                propose_start(work, cohort, lea_id)
                done += 1
    return done


@step
def confirm_silent_starts(season: str, as_of: datetime) -> int:
    """Confirm the starts for which nobody asked for another in time; how many."""
    with unit_of_work(season, as_of) as work:
        done = 0
        for item in agreements(work):
            facts = facts_of(work.db.get_one(Cohort, (season, item.cohort_id)))
            ruling = confirm_in_silence(facts, told_so_far(work, item), work.today)
            if ruling:
                work.decide(SubjectKind.COHORT, f"{item.cohort_id}/{item.lea_id}", ruling)
                item.status, item.confirmed_by = StartStatus.CONFIRMED, ConfirmedBy.SILENCE
                done += 1
    return done


def agreements(work: Work, cohort_id: str | None = None) -> Sequence[StartAgreement]:
    """What was agreed with the leads about the starts of the season's cohorts, or of one."""
    query = select(StartAgreement).where(StartAgreement.season == work.season)
    mine = query if cohort_id is None else query.where(StartAgreement.cohort_id == cohort_id)
    return list(work.db.scalars(mine.order_by(StartAgreement.cohort_id, StartAgreement.lea_id)))


def facts_of(cohort: Cohort) -> StartFacts:
    """A cohort as the rules about its start take it."""
    return StartFacts(
        cohort.cohort_id, CohortKind(cohort.kind), cohort.slot, cohort.starts_on, is_over=cohort.merged_into != ""
    )


def told_so_far(work: Work, item: StartAgreement) -> Agreement:
    """What a lead was told and has said, as the rules take it."""
    proposed_on = work.policy.local_day(item.proposed_at)
    status, confirmed_by = StartStatus(item.status), ConfirmedBy(item.confirmed_by)
    return Agreement(status, proposed_on, item.confirm_by, confirmed_by, item.answered_on)


def calendar_of(db: Session, policy: Policy, cohort: Cohort, as_of: datetime) -> StartCalendar:
    """When a cohort can meet, besides the other meetings of its facilitator."""
    mine = select(CohortSession).where(CohortSession.season == policy.season)
    own = list(db.scalars(mine.where(CohortSession.cohort_id == cohort.cohort_id)))
    lea_ids = {person.lea_id for person in members_of(db, policy.season, cohort.cohort_id)}
    busy = meetings_ahead(db, as_of, of=cohort.facilitator_id, besides=own)
    return StartCalendar(cohort.slot, closed_for(policy, lea_ids), busy.get(cohort.facilitator_id, ()))


def propose_start(work: Work, cohort: Cohort, lea_id: str, reason: str = "") -> None:
    """Propose the start of a cohort to a lead, anew where it has been moved for a ``reason``, and write the letter."""
    confirm_by = confirm_start_by(cohort.starts_on, work.today, work.policy.cohorts)
    item = work.db.get(StartAgreement, (work.season, cohort.cohort_id, lea_id))
    if item is None:
        key = {"season": work.season, "cohort_id": cohort.cohort_id, "lea_id": lea_id}
        item = StartAgreement(**key, status=StartStatus.PROPOSED)
        work.db.add(item)
    item.status, item.confirmed_by = StartStatus.PROPOSED, ConfirmedBy.NOBODY
    item.asked_for, item.answered_on = None, None
    item.starts_on, item.proposed_at, item.confirm_by = cohort.starts_on, work.as_of, confirm_by
    work.db.flush()
    letter_key = f"start/{lea_id}/{cohort.cohort_id}/{cohort.starts_on}/{work.cause}"
    context = {**_letter_about(work, cohort, lea_id), "confirm_by": confirm_by, "reason": reason.strip().rstrip(".")}
    write_letter(work, letter_key, "start_proposed", context["application"].lead_email, **context)


def _letter_about(work: Work, cohort: Cohort, lea_id: str) -> Mapping[str, Any]:
    """What a lead is told of a cohort and its start."""
    window = windows_of(work.db, work.policy, [lea_id])[lea_id]
    sessions = select(CohortSession).filter_by(season=work.season, cohort_id=cohort.cohort_id)
    return {
        "application": work.db.get_one(Application, (work.season, lea_id)),
        "district": work.db.get_one(District, lea_id).name,
        "cohort_id": cohort.cohort_id,
        "kind": cohort.kind,
        "slot": cohort.slot,
        "starts_on": cohort.starts_on,
        "people": sum(person.lea_id == lea_id for person in members_of(work.db, work.season, cohort.cohort_id)),
        "days": [
            work.policy.local_day(s.starts_at) for s in work.db.scalars(sessions.order_by(CohortSession.session_number))
        ],
        "preferred": window_in_words(window) if window.is_named else "",
        "is_inside": suits(cohort.starts_on, window),
    }


def move_cohort(work: Work, cohort: Cohort, days: Sequence[date], ruling: Ruling) -> None:
    """Let a cohort that has not met start on other days, in its books and in everybody's calendar."""
    mine = {"season": work.season, "cohort_id": cohort.cohort_id}
    query = select(CohortSession.sequence).filter_by(**mine)
    sequence = max(work.db.scalars(query), default=0) + 1
    term = term_of(days[0], work.policy.cohorts)
    work.db.execute(delete(CohortSession).filter_by(**mine))
    cohort.starts_on, cohort.ends_on = term.starts_on, term.ends_on
    work.db.flush()
    put_sessions(work, cohort.cohort_id, cohort.slot, days, sequence)
    _tell_moved(work, cohort, term, ruling)


def _tell_moved(work: Work, cohort: Cohort, term: Term, ruling: Ruling) -> None:
    query = select(CohortSession).filter_by(season=work.season, cohort_id=cohort.cohort_id)
    sessions = list(work.db.scalars(query.order_by(CohortSession.session_number)))
    spans = [(s.starts_at.astimezone(work.policy.zone), s.ends_at.astimezone(work.policy.zone)) for s in sessions]
    meetings = [meeting_of(item) for item in sessions]
    for person in members_of(work.db, work.season, cohort.cohort_id):
        key = f"cohort/{cohort.cohort_id}/{person.email}/{work.as_of.isoformat()}/{work.cause}"
        context: dict[str, Any] = {"person": person, "cohort_id": cohort.cohort_id, "term": term, "sessions": spans}
        send_invitation(work, key, "start_moved", person.email, meetings=meetings, ruling=ruling, **context)
