"""The whole history of one thing, in the order in which it happened: what was asked, decided, sent, and by which policy.

What belongs here: reading. The kinds are those that an operator is asked about: a district, an educator, a portfolio, a
cohort, a certificate.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time
from typing import Any

from sqlalchemy import Select, or_, select
from sqlalchemy.orm import Session

from rules.rule_ids import RuleId
from schemas.kinds import SubjectKind
from schemas.policy import Policy
from schemas.records import COMPONENT_NAMES, Component
from schemas.statuses import OutboxKind, OutboxStatus
from schemas.tables import (
    Activity,
    Application,
    Assignment,
    Certificate,
    CertificateTerm,
    Cohort,
    CohortMember,
    CohortSession,
    CreditRequest,
    Decision,
    District,
    Educator,
    Enrollment,
    Outbox,
    Portfolio,
    ReviewRound,
    SeatRequestRow,
    Selection,
    Submission,
)
from tasks.core.database import reading
from tasks.core.policies import policy_of
from tasks.ledger.persons import email_of, person_ids


class NothingKnownError(LookupError):
    """Nothing is on record under this name; the message says what the name should look like."""


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happened: ``requested``, ``decided``, ``done``, ``written``, or ``sent``; with the rule that decided."""

    at: datetime
    what: str
    text: str
    rule: str = ""
    outcome: str = ""
    policy_version: str = ""
    inputs: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class History:
    """Everything on record about one thing."""

    kind: str
    key: str
    title: str
    events: tuple[Event, ...]


@dataclass(slots=True)
class _Subject:
    """What is known of a thing itself: its title, what happened, the names that decisions and letters know it by."""

    title: str
    events: list[Event]
    names: list[str]
    addresses: list[str] = field(default_factory=list)
    key: str = ""


def history_of(season: str, kind: str, key: str) -> History:
    """The history of a district (NCES id), an educator (id or e-mail), or a portfolio, cohort or certificate (its number).

    Raises:
        NothingKnownError: nothing is on record under the key.
    """
    policy = policy_of(season)
    with reading() as db:
        subject = KINDS[kind](db, policy, key)
        if subject is None:
            raise NothingKnownError(f"No {kind} {key} is on record in season {season}; {HOW_NAMED[kind]}.")
        events = [*subject.events, *_decisions(db, season, subject.names), *_letters(db, season, subject)]
    return History(kind, subject.key or key, subject.title, tuple(sorted(events, key=lambda event: event.at)))


def _district(db: Session, policy: Policy, key: str) -> _Subject | None:
    district = db.get(District, key)
    if district is None:
        return None
    events, addresses = [], []
    application = db.get(Application, (policy.season, key))
    if application:
        addresses.append(application.lead_email)
        wish = "more information" if application.is_information_request else f"option {application.option}"
        text = f"The current submission {application.response_id} of {application.lead_name} asks for {wish}."
        events.append(Event(application.submitted_at, "requested", text))
    requests = select(SeatRequestRow).where(SeatRequestRow.season == policy.season, SeatRequestRow.lea_id == key)
    for request in db.scalars(requests):
        name = COMPONENT_NAMES[Component(request.component)]
        text = f"{request.seats_requested} seats in {name} are requested by {request.place_key}."
        events.append(Event(request.placed_at, "requested", text))
    return _Subject(f"{district.name} ({key})", events, [key], addresses)


def _educator(db: Session, policy: Policy, named: str) -> _Subject | None:
    key = named if "@" in named else email_of(db, named) or named
    educator = db.get(Educator, (policy.season, key))
    if educator is None:
        return None
    events = [*_enrollments(db, policy, key), *_courses(db, policy, key), *_credits(db, policy, key)]
    names = [key]
    for portfolio_id in db.scalars(select(Portfolio.portfolio_id).where(*_of(Portfolio, policy, key))):
        names.append(portfolio_id)
        events += _portfolio_events(db, portfolio_id)
    for certificate_id in db.scalars(select(Certificate.certificate_id).where(*_of(Certificate, policy, key))):
        names.append(certificate_id)
        events += _certificate_events(db, policy, certificate_id)
    person = person_ids(db, [key]).get(key, "")
    title = f"{person} {educator.first_name} {educator.last_name} <{key}>".lstrip()
    return _Subject(title, events, names, [key], person)


def _portfolio(db: Session, policy: Policy, key: str) -> _Subject | None:
    portfolio = db.get(Portfolio, key)
    if portfolio is None or portfolio.season != policy.season:
        return None
    return _Subject(f"{portfolio.track} portfolio of {portfolio.email}", _portfolio_events(db, key), [key])


def _cohort(db: Session, policy: Policy, key: str) -> _Subject | None:
    cohort = db.get(Cohort, (policy.season, key))
    if cohort is None:
        decided = select(Decision).where(Decision.season == policy.season, Decision.subject_kind == SubjectKind.COHORT)
        was_one = db.scalar(decided.where(Decision.subject_key == key).limit(1))
        return _Subject(f"cohort {key}, dissolved before it met", [], [key]) if was_one else None
    mine = CohortSession.season == policy.season, CohortSession.cohort_id == key
    events = [
        Event(held.starts_at, "done", f"Session {held.session_number}.")
        for held in db.scalars(_all(CohortSession, *mine))
    ]
    members = CohortMember.season == policy.season, CohortMember.cohort_id == key
    people = list(db.scalars(select(CohortMember.email).where(*members).order_by(CohortMember.email)))
    title = f"{cohort.kind} cohort {key}, {cohort.slot}, {len(people)} participants"
    placed = (
        Decision.season == policy.season,
        Decision.rule == RuleId.COHORT_PLAN,
        Decision.subject_key.in_(select(CohortMember.email).where(*members)),
    )
    events += map(_decided, db.scalars(_all(Decision, *placed)))
    return _Subject(title, events, [key])


def _certificate(db: Session, policy: Policy, key: str) -> _Subject | None:
    certificate = db.get(Certificate, key)
    if certificate is None or certificate.season != policy.season:
        return None
    events = _certificate_events(db, policy, key)
    title = (
        f"{certificate.track} certificate of {certificate.email}, {certificate.status} until {certificate.expires_on}"
    )
    return _Subject(title, [*events, *_portfolio_events(db, certificate.portfolio_id)], [key, certificate.portfolio_id])


def _enrollments(db: Session, policy: Policy, email: str) -> Iterator[Event]:
    for seat in db.scalars(_all(Enrollment, *_of(Enrollment, policy, email))):
        name = COMPONENT_NAMES[Component(seat.component)]
        yield Event(seat.enrolled_at, "requested", f"District {seat.lea_id} named this person for a seat in {name}.")
        if seat.signed_at:
            yield Event(seat.signed_at, "done", f"The commitment form for {name} was signed.")


def _courses(db: Session, policy: Policy, email: str) -> Iterator[Event]:
    for course in db.scalars(_all(Selection, *_of(Selection, policy, email))):
        yield Event(_on(course.selected_on, policy), "requested", f"The course {course.course} was chosen.")
        if course.completed_on:
            yield Event(_on(course.completed_on, policy), "done", f"The course {course.course} was completed.")


def _credits(db: Session, policy: Policy, email: str) -> Iterator[Event]:
    for request in db.scalars(_all(CreditRequest, *_of(CreditRequest, policy, email))):
        text = f"{request.credits} credits for {request.component}, ${request.fee_cents / 100:.2f} paid by the participant."
        yield Event(request.requested_at, "requested", text)
        if request.answered_at:
            answer = request.reason or f"reference {request.provider_reference}"
            yield Event(request.answered_at, "done", f"The credit provider answered: {request.status}, {answer}.")


def _portfolio_events(db: Session, portfolio_id: str) -> list[Event]:
    events = []
    for sent in db.scalars(_all(Submission, Submission.portfolio_id == portfolio_id)):
        lacks = f", without {', '.join(sent.missing)}" if sent.missing else ""
        events.append(Event(sent.submitted_at, "requested", f"{len(sent.artifacts)} artifacts were submitted{lacks}."))
    for round_ in db.scalars(_all(ReviewRound, ReviewRound.portfolio_id == portfolio_id)):
        text = (
            f"Round {round_.round_number} ({round_.kind}) was opened; due on {round_.due_at:%Y-%m-%d}. {round_.reason}"
        )
        events.append(Event(round_.opened_at, "done", text.strip()))
    for review in db.scalars(_all(Assignment, Assignment.portfolio_id == portfolio_id)):
        if review.scored_at and review.score_hundredths is not None:
            score = f"{review.score_hundredths / 100:.2f} %"
            text = f"Evaluator {review.evaluator_id} scored round {review.round_number} with {score}: {review.feedback}"
            events.append(Event(review.scored_at, "done", text))
    return events


def _certificate_events(db: Session, policy: Policy, certificate_id: str) -> list[Event]:
    events = []
    for term in db.scalars(_all(CertificateTerm, CertificateTerm.certificate_id == certificate_id)):
        text = f"Term {term.term_number} of {certificate_id} runs until {term.ends_on}."
        events.append(Event(_on(term.starts_on, policy), "done", text))
    for activity in db.scalars(_all(Activity, Activity.certificate_id == certificate_id)):
        text = f"{activity.points} points toward the renewal of {certificate_id} for {activity.activity}."
        events.append(Event(_on(activity.done_on, policy), "done", text))
    return events


def _decisions(db: Session, season: str, names: Sequence[str]) -> Iterator[Event]:
    """The decisions about the subject, and about its parts, whose keys begin with its own."""
    mine = [Decision.subject_key == name for name in names]
    parts = [Decision.subject_key.startswith(f"{name}/", autoescape=True) for name in names]
    yield from map(_decided, db.scalars(_all(Decision, Decision.season == season, or_(*mine, *parts))))


def _decided(decision: Decision) -> Event:
    return Event(
        decision.decided_at,
        "decided",
        decision.reason,
        decision.rule,
        decision.outcome,
        decision.policy_version,
        decision.inputs,
    )


def _letters(db: Session, season: str, subject: _Subject) -> Iterator[Event]:
    """The letters to the subject's addresses, and those that name it in their key."""
    named = [Outbox.message_key.contains(f"/{name}", autoescape=True) for name in subject.names]
    to = Outbox.payload["to"].as_string().in_(subject.addresses)
    query = _all(Outbox, Outbox.season == season, Outbox.kind == OutboxKind.MAIL, or_(to, *named))
    for row in db.scalars(query.order_by(Outbox.created_at, Outbox.message_key)):
        text = f'"{row.payload["subject"]}" to {row.payload["to"]}: {row.status}.'
        yield Event(row.created_at, "sent" if row.status == OutboxStatus.SENT else "written", text)


def _all(table: type[Any], *conditions: Any) -> Select[Any]:
    """All rows of a table that meet the conditions, in the order of their keys."""
    return select(table).where(*conditions).order_by(*table.__table__.primary_key)


def _of(table: type[Any], policy: Policy, email: str) -> tuple[Any, Any]:
    return table.season == policy.season, table.email == email


def _on(day: date, policy: Policy) -> datetime:
    """A day as the moment of its beginning."""
    return datetime.combine(day, time(), policy.zone)


KINDS: Mapping[str, Callable[[Session, Policy, str], _Subject | None]] = {
    SubjectKind.DISTRICT: _district,
    SubjectKind.EDUCATOR: _educator,
    SubjectKind.PORTFOLIO: _portfolio,
    SubjectKind.COHORT: _cohort,
    SubjectKind.CERTIFICATE: _certificate,
}
HOW_NAMED: Mapping[str, str] = {
    SubjectKind.DISTRICT: "a district has its 7-digit NCES id",
    SubjectKind.EDUCATOR: "an educator has an id such as P-7K3QX2MD, or the e-mail address of the roster",
    SubjectKind.PORTFOLIO: "its number stands in every letter about it",
    SubjectKind.COHORT: "its number stands on the season page",
    SubjectKind.CERTIFICATE: "its number stands on the certificate",
}
