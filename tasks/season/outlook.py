"""Where one thing stands, what comes next and by when, and what would help where it is stuck: for ``cadre explain``.

What belongs here: reading, in sentences for whoever it is about. Others are counted and never named.
"""

from collections.abc import Iterable, Iterator
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from rules.cohorts.choices import choices_of, end_without_cohort
from rules.enrollment import learns_in_cohort
from rules.rule_ids import RuleId
from rules.wording import count, listed
from schemas.kinds import SubjectKind
from schemas.policy import Policy
from schemas.records import COMPONENT_NAMES, Component
from schemas.statuses import EnrollmentStatus, Outcome
from schemas.tables import (
    Application,
    Assignment,
    CertificationProof,
    Cohort,
    CohortMember,
    CohortSession,
    Decision,
    Educator,
    Enrollment,
    Evaluator,
    ReviewRound,
    SeatBlock,
)
from tasks.cohorts.members import cohort_facts, movers_of
from tasks.cohorts.merged import merged_at
from tasks.cohorts.planning import who_waits
from tasks.season.history_events import Event, of_person, rows_of
from tasks.season.outlook_results import of_certificate, of_portfolio, of_requests, of_results
from tasks.season.outlook_seats import seats_of_district
from tasks.season.outlook_starts import start_of_cohort, starts_of_district

__all__ = ["of_certificate", "of_cohort", "of_district", "of_educator", "of_evaluator", "of_portfolio", "undelivered"]


def undelivered(letters: Iterable[Event]) -> Iterator[str]:
    """That letters did not arrive, and what would help."""
    failed = sum(event.what == "failed" for event in letters)
    if failed:
        what = count(failed, "letter could", "letters could")
        yield f"{what} not be delivered. An e-mail address that works would help; program staff change it."


def of_district(db: Session, policy: Policy, lea_id: str, moment: datetime) -> Iterator[str]:
    """A district's seats by component: confirmed, filled, offered, waitlisted; and its people who have no cohort."""
    application = db.get(Application, (policy.season, lea_id))
    if application is None:
        yield f"The district has not answered the survey, which closes on {policy.survey.closes_on}."
    elif application.is_information_request:
        yield "The district asked for information only; it holds no seats."
    today = policy.local_day(moment)
    for component in Component:
        yield from seats_of_district(db, policy, lea_id, component, today)
    yield from starts_of_district(db, policy, lea_id, today)
    unplaced = len(who_waits(db, policy.season, moment).get(lea_id, ()))
    if unplaced:
        people = count(unplaced, "participant has", "participants have")
        yield f"{people} no cohort. {_why_unplaced(db, policy, lea_id)}{what_helps_to_be_placed(db, policy, lea_id, moment)}"


def of_educator(db: Session, policy: Policy, educator: Educator, moment: datetime) -> Iterator[str]:
    """A participant's seats, cohort, portfolios, certificates, and credits."""
    email, today = educator.email, policy.local_day(moment)
    seats = list(db.scalars(rows_of(Enrollment, *of_person(Enrollment, policy, email))))
    for seat in seats:
        yield from _seat(db, policy, seat, today)
    enrolled = {seat.component for seat in seats if seat.status == EnrollmentStatus.ENROLLED}
    if any(learns_in_cohort(Component(component)) for component in enrolled):
        yield from _cohort_of(db, policy, educator, moment)
    yield from of_results(db, policy, educator, enrolled, moment)
    yield from of_requests(db, policy, email)


def _seat(db: Session, policy: Policy, seat: Enrollment, today: date) -> Iterator[str]:
    name = COMPONENT_NAMES[Component(seat.component)]
    ended = {
        EnrollmentStatus.LAPSED: f"The seat in {name} was released because no signed form came in time; "
        "the district lead can say whether another one is free.",
        EnrollmentStatus.REPLACED: f"Somebody else has taken the seat in {name}.",
        EnrollmentStatus.WITHDRAWN: f"The participation in {name} has ended.",
    }
    if seat.status in ended:
        yield ended[EnrollmentStatus(seat.status)]
        yield from _why_ended(db, policy, seat)
    elif seat.status == EnrollmentStatus.AWAITING_FORM:
        block = db.get_one(SeatBlock, (policy.season, seat.lea_id, seat.component))
        yield _unsigned(name, block.enroll_by, today)
    elif seat.component == Component.LIBRARIAN:
        yield from _proven(db, policy, seat.email)
    elif seat.component == Component.ACADEMY:
        yield _window("Courses of the academy", policy.academy.opens_on, policy.academy.closes_on, today)
    elif seat.component == Component.EXFRL and seat.session in policy.exfrl.sessions:
        session = policy.exfrl.sessions[seat.session]
        yield _window(f"The {seat.session} session of {name}", session.opens_on, session.closes_on, today)


def _why_ended(db: Session, policy: Policy, seat: Enrollment) -> Iterator[str]:
    """The decision that ended a seat for which there was no cohort, and what can be done."""
    key = f"{seat.email}/{seat.component}"
    mine = select(Decision).filter_by(season=policy.season, subject_kind=SubjectKind.ENROLLMENT, subject_key=key)
    ended = db.scalars(
        mine.where(Decision.rule == RuleId.COHORT_TOO_LATE).order_by(Decision.decided_at.desc()).limit(1)
    ).first()
    if ended and seat.status == EnrollmentStatus.WITHDRAWN:
        again = "The district can request seats again in the survey of the next season."
        yield f"On {policy.local_day(ended.decided_at)}: {ended.reason} {again}"


def _proven(db: Session, policy: Policy, email: str) -> Iterator[str]:
    proof = db.get(CertificationProof, (policy.season, email))
    if proof:
        until = f"The educator certificate was proven; it is valid until {proof.valid_until}."
        yield f"{until} The librarian portfolio needs no cohort."


def _unsigned(name: str, enroll_by: date, today: date) -> str:
    told = f"A seat in {name} is held, and the signed commitment form is missing."
    if today > enroll_by:
        return f"{told} It was due by {enroll_by}; ask the district lead whether the seat can still be used."
    return f"{told} Sign it by {enroll_by}; after that day the seat may be released."


def _window(what: str, opens_on: date, closes_on: date, today: date) -> str:
    verb = "run" if what.startswith("Courses") else "runs"
    if today > closes_on:
        return f"{what} ended on {closes_on}."
    return f"{what} {verb} from {opens_on} through {closes_on}."


def _cohort_of(db: Session, policy: Policy, educator: Educator, moment: datetime) -> Iterator[str]:
    member = db.get(CohortMember, (policy.season, educator.email))
    if member is None:
        helps = what_helps_to_be_placed(db, policy, educator.lea_id, moment)
        yield f"There is no cohort for this person. {_why_unplaced(db, policy, educator.lea_id)}{helps}"
        return
    cohort = db.get_one(Cohort, (policy.season, member.cohort_id))
    yield from of_cohort(db, policy, cohort, moment)


def _why_unplaced(db: Session, policy: Policy, lea_id: str) -> str:
    """Why the newest plan had no place for a district, as it was decided then; an empty text where it was in none."""
    waits = select(Decision).filter_by(season=policy.season, subject_kind=SubjectKind.DISTRICT, subject_key=lea_id)
    found = db.scalars(
        waits.where(Decision.outcome == Outcome.WAITING).order_by(Decision.decided_at.desc()).limit(1)
    ).first()
    return f"On {policy.local_day(found.decided_at)}: {found.reason} " if found else ""


def what_helps_to_be_placed(db: Session, policy: Policy, lea_id: str, moment: datetime) -> str:
    """What would help a district's people who have no cohort, by when, or that it is over: what their letter says."""
    today = policy.local_day(moment)
    if today in policy.cohorts.planned_on:
        return f"Cohorts are planned on {today}; a letter with the dates follows."
    mover = movers_of(db, policy, {lea_id})[lea_id]
    found = choices_of(mover, cohort_facts(db, policy, moment), policy.cohorts, today)
    ended = end_without_cohort(found, today)
    if ended:
        return f"{ended.reason} Seats can be requested again in the survey of the next season."
    times = [f"{item.slot} (next on {item.next_session_on})" for item in found.open_slots]
    room = (
        f"Cohorts with room meet on {listed(times)}; the district lead can tell program staff which of them works. "
        if times
        else ""
    )
    if found.next_plan_on:
        return f"{room}Cohorts are planned on {found.next_plan_on}; a letter with the dates follows."
    return f"{room}A place can become free until {found.placed_until}; after that day the seat ends."


def of_cohort(db: Session, policy: Policy, cohort: Cohort, moment: datetime) -> Iterator[str]:
    """A cohort's next session, that it is over, or which cohort it has joined."""
    ended = merged_at(db, cohort)
    if ended:
        into, on = cohort.merged_into, policy.local_day(ended)
        yield f"Cohort {cohort.cohort_id} joined cohort {into} on {on}; its sessions after that day were not held."
        return
    mine = CohortSession.season == policy.season, CohortSession.cohort_id == cohort.cohort_id
    coming = select(CohortSession).where(*mine, CohortSession.starts_at > moment).order_by(CohortSession.starts_at)
    session = db.scalars(coming.limit(1)).first()
    if session is None:
        yield f"All sessions of cohort {cohort.cohort_id} have been held; phase 1 ends on {cohort.ends_on}."
        return
    yield from start_of_cohort(db, policy, cohort, policy.local_day(moment))
    day = policy.local_day(session.starts_at)
    yield f"The next session of cohort {cohort.cohort_id} is session {session.session_number}, on {day}."


def of_evaluator(db: Session, policy: Policy, evaluator: Evaluator, moment: datetime) -> Iterator[str]:
    """An evaluator's open reviews with their days, and what keeps new ones away."""
    query = (
        select(Assignment.portfolio_id, ReviewRound.due_at)
        .join(
            ReviewRound,
            (ReviewRound.portfolio_id == Assignment.portfolio_id)
            & (ReviewRound.round_number == Assignment.round_number),
        )
        .where(Assignment.evaluator_id == evaluator.evaluator_id, ReviewRound.season == policy.season)
        .where(Assignment.scored_at.is_(None), Assignment.withdrawn_at.is_(None), ReviewRound.decided_at.is_(None))
        .where(Assignment.assigned_at <= moment)
    )
    rows = db.execute(query.order_by(ReviewRound.due_at, Assignment.portfolio_id)).tuples()
    for portfolio_id, due_at in rows:
        yield f"Your score for portfolio {portfolio_id} is missing. Its result is due by {policy.local_day(due_at)}."
    if evaluator.left_at:
        yield f"You left the panel on {policy.local_day(evaluator.left_at)}; you get no further reviews."
    if evaluator.conflicts:
        districts = count(len(evaluator.conflicts), "district")
        yield f"You get no reviews of participants of {districts} with which you declared a conflict."
