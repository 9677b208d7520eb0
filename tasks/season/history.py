"""The whole history of one thing, in the order in which it happened, where it stands now, and what comes next.

What belongs here: reading. The kinds are those that an operator is asked about: a district, an educator, a portfolio, a
cohort, a certificate, an evaluator.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from rules.wording import count
from schemas.kinds import SubjectKind
from schemas.policy import Policy
from schemas.records import COMPONENT_NAMES, Component
from schemas.tables import (
    Application,
    Certificate,
    Cohort,
    CohortMember,
    Decision,
    District,
    Educator,
    Evaluator,
    PersonAddress,
    Portfolio,
    SeatRequestRow,
)
from tasks.core.clock import now
from tasks.core.database import reading
from tasks.core.policies import policy_of
from tasks.ledger.persons import current_address, email_of, person_ids, rostered_addresses, same_person
from tasks.season import history_events as events_of
from tasks.season import outlook
from tasks.season.history_events import Event


class NothingKnownError(LookupError):
    """Nothing is on record under this name; the message says what the name should look like."""


@dataclass(frozen=True, slots=True)
class History:
    """Everything on record about one thing; ``standing`` is where it stands, what comes next by when, and what would help."""

    kind: str
    key: str
    title: str
    standing: tuple[str, ...]
    events: tuple[Event, ...]


@dataclass(slots=True)
class _Subject:
    """What is known of a thing itself: its title, what happened, the names that decisions and letters know it by."""

    title: str
    events: list[Event]
    names: list[str]
    addresses: list[str] = field(default_factory=list)
    key: str = ""
    standing: Iterable[str] = ()


@dataclass(frozen=True, slots=True)
class Asked:
    """What is asked: of which season, under which key, and as of which moment."""

    policy: Policy
    key: str
    moment: datetime


def history_of(season: str, kind: str, key: str, moment: datetime | None = None) -> History:
    """The history of a district (NCES id), an educator (id or e-mail), or an evaluator, portfolio, cohort or certificate.

    ``moment`` is when it is asked: now, or the season's newest decision if the season has run ahead of the clock.

    Raises:
        NothingKnownError: nothing is on record under the key.
    """
    policy = policy_of(season)
    with reading() as db:
        asked = Asked(policy, key, moment or _latest(db, season))
        subject = KINDS[kind](db, asked)
        if subject is None:
            raise NothingKnownError(f"No {kind} {key} is on record in season {season}; {HOW_NAMED[kind]}.")
        letters = list(events_of.letters(db, season, subject.names, subject.addresses))
        events = [*subject.events, *events_of.decisions(db, season, subject.names), *letters]
        standing = (*subject.standing, *outlook.undelivered(letters))
    return History(kind, subject.key or key, subject.title, standing, tuple(sorted(events, key=lambda event: event.at)))


def _latest(db: Session, season: str) -> datetime:
    newest = db.scalar(select(func.max(Decision.decided_at)).where(Decision.season == season))
    return max(now(), newest) if newest else now()


def _district(db: Session, asked: Asked) -> _Subject | None:
    district = db.get(District, asked.key)
    if district is None:
        return None
    events, addresses = [], []
    application = db.get(Application, (asked.policy.season, asked.key))
    if application:
        addresses.append(application.lead_email)
        wish = "more information" if application.is_information_request else f"option {application.option}"
        text = f"The current submission, by {application.lead_name}, asks for {wish}."
        events.append(Event(application.submitted_at, "requested", text))
    mine = SeatRequestRow.season == asked.policy.season, SeatRequestRow.lea_id == asked.key
    for request in db.scalars(events_of.rows_of(SeatRequestRow, *mine)):
        seats, name = count(request.seats_requested, "seat"), COMPONENT_NAMES[Component(request.component)]
        again = ", beyond what was requested before" if request.request_number > 1 else ""
        events.append(Event(request.placed_at, "requested", f"{seats} in {name} requested{again}."))
    standing = outlook.of_district(db, asked.policy, asked.key, asked.moment)
    return _Subject(f"{district.name} ({asked.key})", events, [asked.key], addresses, standing=standing)


def _educator(db: Session, asked: Asked) -> _Subject | None:
    policy, named = asked.policy, asked.key
    typed = named.strip().lower() if "@" in named else email_of(db, named) or named
    key = rostered_addresses(db).get(typed, typed)
    people = {record: db.get(Educator, (policy.season, record)) for record in same_person(db)(key)}
    records = [record for record, found in people.items() if found is not None]
    educator = people.get(key) or next((people[record] for record in records), None)
    if educator is None:
        return None
    events: list[Event] = []
    names, addresses = list(records), list(people)
    for record in records:
        for part in (events_of.enrollments, events_of.courses, events_of.credit_requests):
            events += part(db, policy, record)
        made = select(Portfolio.portfolio_id).where(*events_of.of_person(Portfolio, policy, record))
        for portfolio_id in db.scalars(made):
            names.append(portfolio_id)
            events += events_of.portfolio_events(db, policy, portfolio_id)
        held = select(Certificate.certificate_id).where(*events_of.of_person(Certificate, policy, record))
        for certificate_id in db.scalars(held):
            names.append(certificate_id)
            events += events_of.certificate_events(db, policy, certificate_id)
    ids = person_ids(db, people)
    mine = [ids[record] for record in people if record in ids]
    title = f"{' '.join(mine)} {educator.first_name} {educator.last_name} <{current_address(db, key)}>".lstrip()
    addresses += db.scalars(select(PersonAddress.address).where(PersonAddress.email.in_(people)))
    standing = [
        line for record in records if (found := people[record]) is not None
        for line in outlook.of_educator(db, policy, found, asked.moment)
    ]  # fmt: skip
    return _Subject(title, events, names, addresses, mine[0] if mine else "", standing)


def _portfolio(db: Session, asked: Asked) -> _Subject | None:
    portfolio = db.get(Portfolio, asked.key)
    if portfolio is None or portfolio.season != asked.policy.season:
        return None
    events = events_of.portfolio_events(db, asked.policy, asked.key)
    standing = outlook.of_portfolio(db, asked.policy, portfolio.email, portfolio.track, asked.moment)
    title = f"{portfolio.track.capitalize()} portfolio {asked.key} of {portfolio.email}"
    return _Subject(title, events, [asked.key], standing=standing)


def _cohort(db: Session, asked: Asked) -> _Subject | None:
    policy, key = asked.policy, asked.key
    cohort = db.get(Cohort, (policy.season, key))
    if cohort is None:
        made = select(Decision).where(Decision.season == policy.season, Decision.subject_kind == SubjectKind.COHORT)
        was_one = db.scalar(made.where(Decision.subject_key == key).limit(1))
        return _Subject(f"Cohort {key}, dissolved before it met", [], [key]) if was_one else None
    members = CohortMember.season == policy.season, CohortMember.cohort_id == key
    people = db.scalar(select(func.count()).select_from(CohortMember).where(*members)) or 0
    title = f"{cohort.kind.capitalize()} cohort {key}, {cohort.slot}, {count(people, 'participant')}"
    events = [
        *events_of.session_events(db, policy, cohort, asked.moment),
        *events_of.placements(db, policy, key),
    ]
    return _Subject(title, events, [key], standing=outlook.of_cohort(db, policy, cohort, asked.moment))


def _certificate(db: Session, asked: Asked) -> _Subject | None:
    certificate = db.get(Certificate, asked.key)
    if certificate is None or certificate.season != asked.policy.season:
        return None
    events = events_of.certificate_events(db, asked.policy, asked.key)
    events += events_of.portfolio_events(db, asked.policy, certificate.portfolio_id)
    title = f"{certificate.track.capitalize()} certificate {asked.key} of {certificate.email}"
    standing = outlook.of_certificate(db, asked.policy, certificate)
    return _Subject(title, events, [asked.key, certificate.portfolio_id], standing=standing)


def _evaluator(db: Session, asked: Asked) -> _Subject | None:
    evaluator = db.get(Evaluator, asked.key)
    if evaluator is None:
        return None
    events = list(events_of.evaluator_events(db, asked.policy, asked.key))
    standing = outlook.of_evaluator(db, asked.policy, evaluator, asked.moment)
    title = f"{evaluator.name}, evaluator {asked.key}"
    return _Subject(title, events, [asked.key], [evaluator.email], standing=standing)


KINDS: Mapping[str, Callable[[Session, Asked], _Subject | None]] = {
    SubjectKind.DISTRICT: _district,
    SubjectKind.EDUCATOR: _educator,
    SubjectKind.PORTFOLIO: _portfolio,
    SubjectKind.COHORT: _cohort,
    SubjectKind.CERTIFICATE: _certificate,
    SubjectKind.EVALUATOR: _evaluator,
}
HOW_NAMED: Mapping[str, str] = {
    SubjectKind.DISTRICT: "a district has its 7-digit NCES id",
    SubjectKind.EDUCATOR: "an educator has an id such as P-7K3QX2MD, or an e-mail address",
    SubjectKind.PORTFOLIO: "its number stands in every letter about it",
    SubjectKind.COHORT: "its number stands on the season page",
    SubjectKind.CERTIFICATE: "its number stands on the certificate",
    SubjectKind.EVALUATOR: "an evaluator has the id of the panel's list",
}
