"""What has happened to one thing, as the database has it: asked, done, decided, and written, in words for whoever it is about.

What belongs here: reading. Names of components are written out, and days are those of the program's time zone.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time
from typing import Any

from sqlalchemy import Select, func, or_, select
from sqlalchemy.orm import Session

from rules.rule_ids import RuleId
from rules.wording import count, money
from schemas.policy import Policy
from schemas.records import COMPONENT_NAMES, Component
from schemas.statuses import OutboxKind, OutboxStatus, RoundKind
from schemas.tables import (
    Activity,
    Assignment,
    Attendance,
    CertificateTerm,
    Cohort,
    CohortSession,
    CreditRequest,
    Decision,
    Enrollment,
    Outbox,
    ReviewRound,
    Selection,
    Submission,
)
from tasks.cohorts.merged import merged_at

ROUNDS: Mapping[str, str] = {
    RoundKind.FIRST: "The review",
    RoundKind.RESUBMISSION: "The review of the improved portfolio",
    RoundKind.RE_REVIEW: "A second look at the portfolio",
}
LETTERS: Mapping[str, str] = {
    OutboxStatus.SENT: "was sent",
    OutboxStatus.FAILED: "could not be delivered",
    OutboxStatus.WITHDRAWN: "was withdrawn before it was sent",
    OutboxStatus.PENDING: "waits to be sent",
    OutboxStatus.SENDING: "is being sent",
}


@dataclass(frozen=True, slots=True)
class Event:
    """What happened: ``requested``, ``decided``, ``done``, ``written``, ``sent``, or ``failed``, and the rule that decided.

    ``is_day`` where only the day is known.
    """

    at: datetime
    what: str
    text: str
    rule: str = ""
    outcome: str = ""
    policy_version: str = ""
    inputs: Mapping[str, Any] = field(default_factory=dict)
    is_day: bool = False


def on_day(day: date, policy: Policy, what: str, text: str) -> Event:
    """Something of which only the day is known, at its beginning."""
    return Event(datetime.combine(day, time(), policy.zone), what, text, is_day=True)


def enrollments(db: Session, policy: Policy, email: str) -> Iterator[Event]:
    """The seats for which a person was named, and the forms that were signed."""
    for seat in db.scalars(rows_of(Enrollment, *of_person(Enrollment, policy, email))):
        name = COMPONENT_NAMES[Component(seat.component)]
        session = f", in the {seat.session} session" if seat.session else ""
        text = f"District {seat.lea_id} named this person for a seat in {name}{session}."
        yield Event(seat.enrolled_at, "requested", text)
        if seat.signed_at:
            yield Event(seat.signed_at, "done", f"The commitment form for {name} was signed.")


def courses(db: Session, policy: Policy, email: str) -> Iterator[Event]:
    """The courses of the academy that a person chose and completed."""
    for item in db.scalars(rows_of(Selection, *of_person(Selection, policy, email))):
        known = policy.academy.courses.get(item.course)
        title = f'The course "{known.title if known else item.course}"'
        yield on_day(item.selected_on, policy, "requested", f"{title} was chosen.")
        if item.completed_on:
            yield on_day(item.completed_on, policy, "done", f"{title} was completed.")


def credit_requests(db: Session, policy: Policy, email: str) -> Iterator[Event]:
    """A person's requests for graduate credits, each a line of its own, and what the provider answered."""
    for request in db.scalars(rows_of(CreditRequest, *of_person(CreditRequest, policy, email))):
        what = count(request.credits, "graduate credit")
        number = f" (request {request.request_number})" if request.request_number > 1 else ""
        name = COMPONENT_NAMES[Component(request.component)]
        text = f"{what} for {name} requested{number}; the participant pays {money(request.fee_cents)}."
        yield Event(request.requested_at, "requested", f"{text[0].upper()}{text[1:]}")
        if request.answered_at:
            answer = request.reason or f"Its reference is {request.provider_reference}."
            text = f"The credit provider has answered: {request.status.replace('_', ' ')}. {answer}"
            yield Event(request.answered_at, "done", text)


def portfolio_events(db: Session, policy: Policy, portfolio_id: str) -> list[Event]:
    """What was submitted, the rounds of review with their days, and the scores."""
    events = []
    for sent in db.scalars(rows_of(Submission, Submission.portfolio_id == portfolio_id)):
        lacks = f"; still missing: {', '.join(sent.missing)}" if sent.missing else ""
        text = f"The portfolio was submitted with {count(len(sent.artifacts), 'artifact')}{lacks}."
        events.append(Event(sent.submitted_at, "requested", text))
    for round_ in db.scalars(rows_of(ReviewRound, ReviewRound.portfolio_id == portfolio_id)):
        due, limit = policy.local_day(round_.due_at), policy.local_day(round_.breach_at)
        text = f"{ROUNDS[round_.kind]} began. The result is due by {due}, and by {limit} at the latest. {round_.reason}"
        events.append(Event(round_.opened_at, "done", text.strip()))
    for review in db.scalars(rows_of(Assignment, Assignment.portfolio_id == portfolio_id)):
        if review.scored_at and review.score_hundredths is not None:
            text = f"An evaluator gave {review.score_hundredths / 100:.2f}%: {review.feedback}"
            events.append(Event(review.scored_at, "done", text))
    return events


def certificate_events(db: Session, policy: Policy, certificate_id: str) -> list[Event]:
    """The terms of a certificate, what was paid for them and refunded, and the points."""
    events = []
    for term in db.scalars(rows_of(CertificateTerm, CertificateTerm.certificate_id == certificate_id)):
        text = f"Term {term.term_number} of certificate {certificate_id} begins; it ends on {term.ends_on}."
        events.append(on_day(term.starts_on, policy, "done", text))
        if term.paid_on:
            text = f"{money(term.paid_cents)} was paid for term {term.term_number}; the fee is {money(term.fee_cents)}"
            back = f", and {money(term.refunded_cents)} was refunded" if term.refunded_cents else ""
            events.append(on_day(term.paid_on, policy, "done", f"{text}{back}."))
    for activity in db.scalars(rows_of(Activity, Activity.certificate_id == certificate_id)):
        points, what = count(activity.points, "point"), activity.activity.replace("-", " ")
        text = f"{points} toward the renewal of {certificate_id}: {what}."
        events.append(on_day(activity.done_on, policy, "done", text))
    return events


def session_events(db: Session, policy: Policy, cohort: Cohort, moment: datetime) -> Iterator[Event]:
    """The sessions of a cohort: held, with who was there, to come, or never held because the cohort had joined another."""
    mine = Attendance.season == policy.season, Attendance.cohort_id == cohort.cohort_id, Attendance.is_present
    seen_by = select(Attendance.session_number, func.count()).where(*mine).group_by(Attendance.session_number)
    present = dict(db.execute(seen_by).tuples().all())
    ended = merged_at(db, cohort)
    sessions = rows_of(
        CohortSession, CohortSession.season == policy.season, CohortSession.cohort_id == cohort.cohort_id
    )
    for item in db.scalars(sessions):
        if ended and item.starts_at > ended:
            continue
        there = present.get(item.session_number)
        seen = f"; {count(there, 'participant was', 'participants were')} there" if there else ""
        held = f"was held{seen}" if item.starts_at <= moment else "is planned"
        yield Event(item.starts_at, "done", f"Session {item.session_number} {held}.")


def placements(db: Session, policy: Policy, cohort_id: str) -> Iterator[Event]:
    """Who was placed in a cohort when it was planned, whoever is in it now."""
    query = rows_of(Decision, Decision.season == policy.season, Decision.rule == RuleId.COHORT_PLAN)
    yield from (decided(item) for item in db.scalars(query) if item.inputs.get("cohort_id") == cohort_id)


def evaluator_events(db: Session, policy: Policy, evaluator_id: str) -> Iterator[Event]:
    """The reviews that an evaluator was given, took, or gave back."""
    query = (
        select(Assignment, ReviewRound)
        .join(
            ReviewRound,
            (ReviewRound.portfolio_id == Assignment.portfolio_id)
            & (ReviewRound.round_number == Assignment.round_number),
        )
        .where(Assignment.evaluator_id == evaluator_id, ReviewRound.season == policy.season)
        .order_by(Assignment.portfolio_id, Assignment.round_number)
    )
    for item, round_ in db.execute(query).tuples():
        which = f"the review of portfolio {item.portfolio_id}, round {item.round_number}"
        due = policy.local_day(round_.due_at)
        yield Event(item.assigned_at, "requested", f"You were given {which}; the result is due by {due}.")
        if item.withdrawn_at:
            yield Event(item.withdrawn_at, "done", f"Somebody else was given {which}; you do not need to do it.")
        if item.scored_at and item.score_hundredths is not None:
            yield Event(item.scored_at, "done", f"You gave {item.score_hundredths / 100:.2f}% in {which}.")


def decisions(db: Session, season: str, names: Sequence[str]) -> Iterator[Event]:
    """The decisions about the subject, and about its parts, whose keys begin with its own."""
    mine = [Decision.subject_key == name for name in names]
    parts = [Decision.subject_key.startswith(f"{name}/", autoescape=True) for name in names]
    yield from map(decided, db.scalars(rows_of(Decision, Decision.season == season, or_(*mine, *parts))))


def decided(decision: Decision) -> Event:
    """A decision as something that happened."""
    why = decision.rule, decision.outcome, decision.policy_version, decision.inputs
    return Event(decision.decided_at, "decided", decision.reason, *why)


def letters(db: Session, season: str, names: Sequence[str], addresses: Sequence[str]) -> Iterator[Event]:
    """The letters to the addresses, and those that name the subject in their key, each with what became of it."""
    named = [Outbox.message_key.contains(f"/{name}", autoescape=True) for name in names]
    to = Outbox.payload["to"].as_string().in_(addresses)
    query = rows_of(Outbox, Outbox.season == season, Outbox.kind == OutboxKind.MAIL, or_(to, *named))
    is_final = OutboxStatus.SENT, OutboxStatus.FAILED
    for row in db.scalars(query.order_by(Outbox.created_at, Outbox.message_key)):
        why = f" The reason: {row.answer.rstrip('.')}." if row.status == OutboxStatus.FAILED else ""
        text = f'The letter "{row.payload["subject"]}" to {row.payload["to"]} {LETTERS[row.status]}.{why}'
        yield Event(row.created_at, row.status if row.status in is_final else "written", text)


def rows_of(table: type[Any], *conditions: Any) -> Select[Any]:
    """All rows of a table that meet the conditions, in the order of their keys."""
    return select(table).where(*conditions).order_by(*table.__table__.primary_key)


def of_person(table: type[Any], policy: Policy, email: str) -> tuple[Any, Any]:
    """The conditions for a person's rows of the season."""
    return table.season == policy.season, table.email == email
