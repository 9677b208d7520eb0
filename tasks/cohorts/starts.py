"""The start of each cohort, agreed with the leads: proposed, moved, and confirmed by silence."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from rules.cohorts.sessions import term_of
from rules.cohorts.start_answers import StartCalendar, confirm_in_silence, confirm_start_by
from rules.cohorts.start_parties import close_agreement, include_district
from rules.cohorts.starts import suits, why_outside, window_in_words
from rules.portfolios import portfolio_window
from rules.wording import as_told
from schemas.kinds import ConfirmedBy, SubjectKind
from schemas.policy import Policy
from schemas.records import Ruling, StartWindow, Term
from schemas.statuses import Outcome, StartStatus
from schemas.tables import Application, Cohort, CohortSession, District, StartAgreement
from tasks.cohorts.agreements import agreements, facts_of, kind_for, may_move_until, told_so_far
from tasks.cohorts.meetings import meetings_ahead
from tasks.cohorts.members import districts_in, local_spans, meeting_of, members_of, put_sessions, sessions_to_come
from tasks.cohorts.planning import closed_for, windows_of
from tasks.core.step import step
from tasks.ledger.unit_of_work import Work, unit_of_work
from tasks.letters.write import send_invitation, write_letter


@step
def propose_starts(season: str, as_of: datetime) -> int:
    """Propose each cohort's start to the leads of the districts in it, once; the leads written to."""
    with unit_of_work(season, as_of) as work:
        query = select(Cohort.cohort_id).where(Cohort.season == season)
        return follow_members(work, work.db.scalars(query).all())


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


def follow_members(work: Work, cohort_ids: Iterable[str]) -> int:
    """Let the starts of cohorts be agreed with each district that has people there, and no other; the leads written to.

    Whatever brings people into cohorts, or takes them out, calls this when all of them are where they go.
    """
    told = 0
    for cohort_id in sorted({*cohort_ids} - {""}):
        cohort = work.db.get_one(Cohort, (work.season, cohort_id))
        inside = districts_in(work.db, work.season, cohort_id)
        current = {item.lea_id: item for item in agreements(work, cohort_id)}
        for lea_id in sorted(current.keys() - inside):
            work.decide(SubjectKind.COHORT, f"{cohort_id}/{lea_id}", close_agreement(facts_of(cohort)))
            current[lea_id].status = StartStatus.WITHDRAWN
        work.db.flush()
        for lea_id in sorted(inside - current.keys()):
            _include(work, cohort, lea_id)
            told += 1
    return told


def _include(work: Work, cohort: Cohort, lea_id: str) -> None:
    others = [told_so_far(work, item) for item in agreements(work, cohort.cohort_id)]
    ruling = include_district(facts_of(cohort), others, work.today)
    work.decide(SubjectKind.COHORT, f"{cohort.cohort_id}/{lea_id}", ruling)
    (propose_start if ruling.outcome == Outcome.PROPOSED else _tell_start)(work, cohort, lea_id)


def calendar_of(db: Session, policy: Policy, cohort: Cohort, as_of: datetime) -> StartCalendar:
    """When a cohort can meet, besides the other meetings of its facilitator."""
    mine = select(CohortSession).where(CohortSession.season == policy.season)
    own = list(db.scalars(mine.where(CohortSession.cohort_id == cohort.cohort_id)))
    lea_ids = districts_in(db, policy.season, cohort.cohort_id)
    busy = meetings_ahead(db, as_of, of=cohort.facilitator_id, besides=own)
    return StartCalendar(cohort.slot, closed_for(policy, lea_ids), busy.get(cohort.facilitator_id, ()))


def propose_start(work: Work, cohort: Cohort, lea_id: str, reason: str = "") -> None:
    """Propose the start of a cohort to a lead, anew where it has been moved for a ``reason``, and write the letter."""
    confirm_by = confirm_start_by(cohort.starts_on, work.today, work.policy.cohorts)
    status, nobody = StartStatus.PROPOSED, ConfirmedBy.NOBODY
    _put(work, cohort, lea_id, status=status, confirmed_by=nobody, confirm_by=confirm_by)
    letter_key = f"start/{lea_id}/{cohort.cohort_id}/{cohort.starts_on}/{work.cause}"
    context = {**_letter_about(work, cohort, lea_id), "confirm_by": confirm_by, "reason": as_told(reason)}
    write_letter(work, letter_key, "start_proposed", context["application"].lead_email, **context)


def _put(
    work: Work, cohort: Cohort, lea_id: str, *, status: StartStatus, confirmed_by: ConfirmedBy, confirm_by: date
) -> None:
    """Put in the books what a lead is told of a start; what was asked for and answered before does not count for it."""
    item = work.db.get(StartAgreement, (work.season, cohort.cohort_id, lea_id))
    if item is None:
        key = {"season": work.season, "cohort_id": cohort.cohort_id, "lea_id": lea_id}
        told = {"starts_on": cohort.starts_on, "proposed_at": work.as_of, "confirm_by": confirm_by}
        item = StartAgreement(**key, **told, status=StartStatus.PROPOSED)
        work.db.add(item)
        work.db.flush()
    item.status, item.confirmed_by = status, confirmed_by
    item.asked_for, item.answered_on = None, None
    item.starts_on, item.proposed_at, item.confirm_by = cohort.starts_on, work.as_of, confirm_by
    work.db.flush()


def _tell_start(work: Work, cohort: Cohort, lea_id: str) -> None:
    """Tell a lead the start of a cohort that was agreed before people of the district came to it."""
    status, staff = StartStatus.CONFIRMED, ConfirmedBy.OPERATOR
    _put(work, cohort, lea_id, status=status, confirmed_by=staff, confirm_by=work.today)
    context = dict(_letter_about(work, cohort, lea_id))
    context["sessions"] = [(item.starts_at, item.ends_at) for item in sessions_to_come(work.db, cohort, work.as_of)]
    context["has_begun"] = cohort.starts_on <= work.today
    key = f"start-joined/{lea_id}/{cohort.cohort_id}/{work.cause}"
    write_letter(work, key, "start_joined", context["application"].lead_email, **context)


def _letter_about(work: Work, cohort: Cohort, lea_id: str) -> Mapping[str, Any]:
    """What a lead is told of a cohort and its start."""
    people = [person.lea_id for person in members_of(work.db, work.season, cohort.cohort_id)]
    windows = windows_of(work.db, work.policy, set(people))
    window = windows[lea_id]
    is_inside = suits(cohort.starts_on, window)
    sessions = select(CohortSession).filter_by(season=work.season, cohort_id=cohort.cohort_id)
    return {
        "application": work.db.get_one(Application, (work.season, lea_id)),
        "district": work.db.get_one(District, lea_id).name,
        "cohort_id": cohort.cohort_id,
        "kind": kind_for(work, cohort, lea_id),
        "slot": cohort.slot,
        "starts_on": cohort.starts_on,
        "people": people.count(lea_id),
        "days": [
            work.policy.local_day(s.starts_at) for s in work.db.scalars(sessions.order_by(CohortSession.session_number))
        ],
        "preferred": window_in_words(window) if window.is_named else "",
        "is_inside": is_inside,
        "why_outside": "" if is_inside else _why_outside(work, cohort, lea_id, windows),
    }


def _why_outside(work: Work, cohort: Cohort, lea_id: str, windows: Mapping[str, StartWindow]) -> str:
    closed, cohorts = closed_for(work.policy, windows.keys()), work.policy.cohorts
    given: dict[str, Any] = {"closed": closed, "windows": windows, "cohorts": cohorts, "today": work.today}
    return why_outside(lea_id, cohort.starts_on, cohort.slot, **given)


def move_cohort(work: Work, cohort: Cohort, days: Sequence[date]) -> None:
    """Let a cohort that has not met start on other days; ``tell_start_moved`` tells its people, once the leads are asked."""
    mine = {"season": work.season, "cohort_id": cohort.cohort_id}
    query = select(CohortSession.sequence).filter_by(**mine)
    sequence = max(work.db.scalars(query), default=0) + 1
    term = term_of(days[0], work.policy.cohorts)
    work.db.execute(delete(CohortSession).filter_by(**mine))
    cohort.starts_on, cohort.ends_on = term.starts_on, term.ends_on
    work.db.flush()
    put_sessions(work, cohort.cohort_id, cohort.slot, days, sequence)


def tell_start_moved(work: Work, cohort: Cohort, ruling: Ruling) -> None:
    """Put the new days of a cohort in everybody's calendar."""
    query = select(CohortSession).filter_by(season=work.season, cohort_id=cohort.cohort_id)
    sessions = list(work.db.scalars(query.order_by(CohortSession.session_number)))
    meetings, spans = [meeting_of(item) for item in sessions], local_spans(work, sessions)
    term, open_until = Term(cohort.starts_on, cohort.ends_on), may_move_until(work, cohort)
    for person in members_of(work.db, work.season, cohort.cohort_id):
        key = f"cohort/{cohort.cohort_id}/{person.email}/{work.as_of.isoformat()}/{work.cause}"
        context: dict[str, Any] = {"person": person, "cohort_id": cohort.cohort_id}
        context |= {
            "sessions": spans,
            "term": term,
            "open_until": open_until,
            "submit_by": portfolio_window(term, work.policy.portfolio).ends_on,
        }
        send_invitation(work, key, "start_moved", person.email, meetings=meetings, ruling=ruling, **context)
