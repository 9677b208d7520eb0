"""Two records of one human being: merged by an operator, or parted again; neither record's rows change."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import NamedTuple

from prefect.artifacts import create_markdown_artifact
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from rules.enrollment import HOLDING_SEAT
from rules.persons import MergeFacts, OwnReview, merge_persons, part_persons
from rules.reviews.results import UNDER_REVIEW
from rules.rule_ids import RuleId
from schemas.kinds import SubjectKind
from schemas.records import COMPONENT_NAMES, Component, Ruling
from schemas.tables import (
    Assignment,
    Certificate,
    Enrollment,
    Evaluator,
    Person,
    PersonAddress,
    PersonMatch,
    PersonRoleHeld,
    Portfolio,
    ReviewRound,
)
from tasks.core.database import reading, transaction
from tasks.core.progress import run_log
from tasks.core.step import step
from tasks.enrollment.addresses import keep_address, readdress
from tasks.ledger.persons import as_written, require_person, same_person
from tasks.ledger.unit_of_work import OperatorError, Work, unit_of_work


def merge_in_words(kept: str, other: str) -> str:
    """What merging two people comes to, or everything that stands against it, and what both have on record.

    Raises:
        OperatorError: nobody has one of the ids; the message names the nearest ones.
    """
    with reading() as db:
        keeper, merged = require_person(db, kept), require_person(db, other)
        ruling = merge_persons(keeper.person_id, merged.person_id, _facts(db, keeper, merged))
        told = [f"- {line}" for person in (keeper, merged) for line in _on_record(db, person)]
        told += [
            f"- {review.evaluator_id} judged {portfolio.portfolio_id}: if the result cannot stand, run *Review again*"
            for review, portfolio, is_open in _own_reviews(db, keeper, merged)
            if not is_open
        ]
        newest = _told_last(db, keeper, merged)
        letters = _whose_address(db, newest.record) if newest else ""
    return "\n".join([ruling.reason, *([letters] if letters else []), "", *told])


def _whose_address(db: Session, record: str) -> str:
    person = db.scalars(select(Person.person_id).where(Person.email == record)).one()
    return f"Letters to either go to the address that was told last, which is that of {person}."


@step
def show_merge(kept: str, other: str) -> None:
    """Show on the run what merging two people comes to; nothing is changed.

    Raises:
        OperatorError: nobody has one of the ids; the message names the nearest ones.
    """
    told = merge_in_words(kept, other)
    create_markdown_artifact(told, key=f"merge-{as_written(other).lower()}", description="What merging comes to.")
    run_log().info(told)


def _on_record(db: Session, person: Person) -> Iterator[str]:
    """What the records of a person hold; by the id, for artifacts name nobody."""
    records = _records(db, person)
    seats = select(Enrollment).where(Enrollment.email.in_(records)).order_by(Enrollment.season, Enrollment.component)
    for seat in db.scalars(seats):
        yield f"{person.person_id}: {COMPONENT_NAMES[Component(seat.component)]} in {seat.season}, {seat.status}"
    mine = select(Certificate).where(Certificate.email.in_(records)).order_by(Certificate.issued_on)
    for one in db.scalars(mine):
        yield f"{person.person_id}: {one.track} certificate {one.certificate_id}, {one.status} until {one.expires_on}"


@step
def merge_records(
    season: str, kept: str, other: str, *, is_confirmed: bool = True, reason: str, requested_by: str, as_of: datetime
) -> str:
    """Let the records of ``other`` be those of ``kept`` once it is confirmed; the reason as it is recorded.

    A repeated run changes nothing. Letters to either go to the address that was told last; what either holds counts for both.

    Raises:
        OperatorError: nobody has one of the ids, or something stands against it: the message has all of it.
    """
    if not is_confirmed:
        return ""
    with unit_of_work(season, as_of) as work:
        keeper, merged = require_person(work.db, kept), require_person(work.db, other)
        if merged.merged_into == keeper.person_id and _was_done(work, merged):
            return f"{merged.person_id} belongs to {keeper.person_id}."
        ruling = merge_persons(keeper.person_id, merged.person_id, _facts(work.db, keeper, merged))
        _record(work, merged, ruling, reason, requested_by)
        newest = _told_last(work.db, keeper, merged)
        merged.merged_into = keeper.person_id
        if newest:
            keep_address(work, newest.record, newest.address)
        _decide_match(work, keeper, merged, requested_by, is_same=True)
    return ruling.reason


@step
def part_records(season: str, other: str, *, reason: str, requested_by: str, as_of: datetime) -> str:
    """Undo a merge: the records of ``other`` are a person's own again; the reason as it is recorded.

    Raises:
        OperatorError: nobody has the id, or the person was not merged into anybody.
    """
    with unit_of_work(season, as_of) as work:
        parted = require_person(work.db, other)
        if parted.merged_into is None and _was_done(work, parted):
            return f"{parted.person_id} is a person of their own."
        keeper = work.db.get(Person, parted.merged_into) if parted.merged_into else None
        ruling = part_persons(parted.person_id, parted.merged_into or "")
        _record(work, parted, ruling, reason, requested_by)
        records = _records(work.db, keeper) if keeper is not None else []
        parted.merged_into = None
        work.db.flush()
        for record in records:  # what waits for the one goes to the own address again
            readdress(work, same_person(work.db)(record))
        if keeper is not None:
            _decide_match(work, keeper, parted, requested_by, is_same=False)
    return ruling.reason


@step
def keep_apart(person: str, other: str, requested_by: str) -> str:
    """Settle that two people who may have been one are two: nobody is asked about them again.

    Raises:
        OperatorError: nobody has one of the ids, or nobody asks about these two.
    """
    with transaction() as db:
        one, two = require_person(db, person), require_person(db, other)
        matches = _matches(db, one, two)
        if not matches:
            raise OperatorError(
                f"Nobody asks whether {one.person_id} and {two.person_id} are one person; nothing to do."
            )
        for match in matches:
            match.is_same, match.decided_by = False, requested_by
    return f"{one.person_id} and {two.person_id} are two people."


class Told(NamedTuple):
    """An address that somebody has told, for which of the records, and when."""

    since: datetime
    record: str
    address: str


def _told_last(db: Session, *people: Person) -> Told | None:
    """The newest address of several people: a record's own was told when somebody was met under it first."""
    records = [record for person in people for record in _records(db, person)]
    met = select(func.min(PersonRoleHeld.since), Person.email, Person.email)
    met = met.join(Person, Person.person_id == PersonRoleHeld.person_id).where(Person.email.in_(records))
    told = select(PersonAddress.since, PersonAddress.email, PersonAddress.address)
    told = told.where(PersonAddress.email.in_(records))
    rows = [*db.execute(met.group_by(Person.email)), *db.execute(told)]
    return max((Told(*row) for row in rows), default=None)


def _was_done(work: Work, person: Person) -> bool:
    """Whether this very run has done it already."""
    return work.was_decided(SubjectKind.EDUCATOR, _subject(person), RuleId.PERSONS_MERGED)


def _subject(person: Person) -> str:
    return person.email or person.person_id


def _record(work: Work, person: Person, ruling: Ruling, reason: str, requested_by: str) -> None:
    if not reason.strip():
        raise OperatorError("Say why: the reason is kept with the decision.")
    work.require_allowed(SubjectKind.EDUCATOR, _subject(person), ruling, requested_by=requested_by, why=reason)


def _matches(db: Session, one: Person, two: Person) -> Sequence[PersonMatch]:
    ids = (one.person_id, two.person_id)
    return db.scalars(
        select(PersonMatch).where(PersonMatch.person_id.in_(ids), PersonMatch.candidate_id.in_(ids))
    ).all()


def _decide_match(work: Work, one: Person, two: Person, decided_by: str, *, is_same: bool) -> None:
    for match in _matches(work.db, one, two):
        match.is_same, match.decided_by = is_same, decided_by


def _facts(db: Session, kept: Person, other: Person) -> MergeFacts:
    stands_for = select(Person.person_id).where(Person.merged_into == other.person_id).order_by(Person.person_id)
    seats, portfolios = _seats(db, kept) & _seats(db, other), _portfolios(db, kept) & _portfolios(db, other)
    return MergeFacts(
        is_same=kept.person_id == other.person_id,
        kept_is_merged_into=kept.merged_into or "",
        other_is_merged_into=other.merged_into or "",
        other_stands_for=tuple(db.scalars(stands_for)),
        shared_seats=tuple(
            f"{COMPONENT_NAMES[Component(component)]} of season {season}" for season, component in sorted(seats)
        ),
        shared_portfolios=tuple(f"{track}s in season {season}" for season, track in sorted(portfolios)),
        own_reviews=tuple(
            OwnReview(review.evaluator_id, portfolio.portfolio_id, portfolio.lea_id)
            for review, portfolio, is_open in _own_reviews(db, kept, other)
            if is_open
        ),
    )


def _seats(db: Session, person: Person) -> set[tuple[str, str]]:
    query = select(Enrollment.season, Enrollment.component)
    query = query.where(Enrollment.email.in_(_records(db, person)), Enrollment.status.in_(HOLDING_SEAT))
    return set(db.execute(query).tuples())


def _own_reviews(db: Session, *people: Person) -> Iterator[tuple[Assignment, Portfolio, bool]]:
    """The reviews that one of these people was given of a portfolio of theirs, and whether the round is open."""
    records = [record for person in people for record in _records(db, person)]
    further = select(PersonAddress.address).where(PersonAddress.email.in_(records))
    evaluators = select(Evaluator.evaluator_id).where(Evaluator.email.in_(records) | Evaluator.email.in_(further))
    query = (
        select(Assignment, Portfolio, ReviewRound.status)
        .join(Portfolio, Portfolio.portfolio_id == Assignment.portfolio_id)
        .join(
            ReviewRound,
            (ReviewRound.portfolio_id == Assignment.portfolio_id)
            & (ReviewRound.round_number == Assignment.round_number),
        )
        .where(Portfolio.email.in_(records), Assignment.evaluator_id.in_(evaluators))
        .where(Assignment.withdrawn_at.is_(None))
        .order_by(Assignment.portfolio_id, Assignment.round_number, Assignment.evaluator_id)
    )
    for review, portfolio, status in db.execute(query):
        yield review, portfolio, status in UNDER_REVIEW


def _portfolios(db: Session, person: Person) -> set[tuple[str, str]]:
    query = select(Portfolio.season, Portfolio.track).where(Portfolio.email.in_(_records(db, person)))
    return set(db.execute(query).tuples())


def _records(db: Session, person: Person) -> list[str]:
    """The addresses under which the person's rows stand, those of records merged into this one among them."""
    mine = (Person.person_id == person.person_id) | (Person.merged_into == person.person_id)
    return [email for email in db.scalars(select(Person.email).where(mine)) if email]
