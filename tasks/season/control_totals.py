"""The control totals: for each phase, what came in is done, rejected or waiting; a flow that breaks its own fails.

What came in is counted somewhere else than where it is settled, wherever there is such a place: the rows of the files against
the rows on record, the complete submissions against the rounds, the standing results against the certificates.
"""

from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from schemas.kinds import InputKind
from schemas.records import Component, Tally
from schemas.statuses import (
    CertificateStatus,
    CreditStatus,
    Disposition,
    EnrollmentStatus,
    OutboxKind,
    OutboxStatus,
    RoundKind,
    RoundStatus,
)
from schemas.tables import (
    Certificate,
    CohortMember,
    CreditRequest,
    Enrollment,
    IntakeRow,
    Outbox,
    ReviewRound,
    SeatRequestRow,
    SourceFile,
    Submission,
)
from schemas.tables import Portfolio as PortfolioRow
from tasks.core.database import reading
from tasks.core.step import step

UNDER_WAY = (CreditStatus.PENDING, CreditStatus.SENDING, CreditStatus.REQUESTED, CreditStatus.CANCELING)


class ControlTotalsError(AssertionError):
    """Rows are missing or counted twice: the run stops, and nobody is told anything wrong."""


def _intake(db: Session, season: str, kind: InputKind, phase: str) -> Tally:
    query = select(func.coalesce(func.sum(SourceFile.row_count), 0)).where(
        SourceFile.season == season, SourceFile.kind == kind
    )
    in_files = db.scalar(query) or 0
    by = _count(db, IntakeRow.disposition, IntakeRow.season == season, IntakeRow.kind == kind)
    accepted, quarantined, staged = (
        by[Disposition.ACCEPTED],
        by[Disposition.QUARANTINED] + by[Disposition.ERROR],
        by[Disposition.STAGED],
    )
    superseded = by[Disposition.SUPERSEDED] + by[Disposition.REPEATED]
    terms = _terms(accepted=accepted, quarantined=quarantined, superseded=superseded, staged=staged)
    return Tally(phase, "rows", in_files, accepted, quarantined + superseded, staged, f"{in_files} rows = {terms}")


def _count(db: Session, column: Any, *conditions: Any) -> Counter[str]:
    query = select(column, func.count()).where(*conditions).group_by(column)
    return Counter({str(value): number for value, number in db.execute(query)})


def _terms(**numbers: int) -> str:
    """The right side of an equation: ``2 accepted + 1 staged``."""
    return " + ".join(f"{number} {name.replace('_', ' ')}" for name, number in numbers.items())


def _seats(db: Session, season: str) -> Tally:
    names = ("undecided", "confirmed", "waitlisted", "declined", "released")
    columns = [func.coalesce(func.sum(getattr(SeatRequestRow, f"seats_{name}")), 0) for name in names]
    requested = (
        db.scalar(
            select(func.coalesce(func.sum(SeatRequestRow.seats_requested), 0)).where(SeatRequestRow.season == season)
        )
        or 0
    )
    sums = dict(zip(names, db.execute(select(*columns).where(SeatRequestRow.season == season)).one(), strict=True))
    counts = f"{requested} seats requested = " + _terms(**sums)
    rejected = sums["declined"] + sums["released"]
    waiting = sums["waitlisted"] + sums["undecided"]
    return Tally("seat confirmation", "seats", requested, sums["confirmed"], rejected, waiting, counts)


def _enrollment(db: Session, season: str) -> Tally:
    people = select(IntakeRow.natural_key).where(
        IntakeRow.season == season, IntakeRow.kind == InputKind.ROSTER, IntakeRow.disposition == Disposition.ACCEPTED
    )
    seated = len(set(db.scalars(people)))
    by = _count(db, Enrollment.status, Enrollment.season == season)
    signed, awaiting = by[EnrollmentStatus.ENROLLED], by[EnrollmentStatus.AWAITING_FORM]
    lapsed, replaced = by[EnrollmentStatus.LAPSED], by[EnrollmentStatus.REPLACED]
    withdrawn = by[EnrollmentStatus.WITHDRAWN]
    terms = _terms(signed=signed, lapsed=lapsed, replaced=replaced, withdrawn=withdrawn, awaiting=awaiting)
    gone = lapsed + replaced + withdrawn
    return Tally("enrollment", "seats", seated, signed, gone, awaiting, f"{seated} seated = {terms}")


def _cohorts(db: Session, season: str) -> Tally:
    enrolled = select(Enrollment.email).where(
        Enrollment.season == season,
        Enrollment.component == Component.CERTIFICATION,
        Enrollment.status == EnrollmentStatus.ENROLLED,
    )
    learners = set(db.scalars(enrolled))
    placed = set(db.scalars(select(CohortMember.email).where(CohortMember.season == season)))
    waiting = len(learners - placed)
    counts = f"{len(learners)} learners = {len(placed)} placed + {waiting} waiting"
    return Tally("cohorts", "learners", len(learners), len(placed), 0, waiting, counts)


def _reviews(db: Session, season: str) -> Tally:
    submissions = db.scalars(
        select(Submission)
        .join(PortfolioRow, PortfolioRow.portfolio_id == Submission.portfolio_id)
        .where(PortfolioRow.season == season)
    )
    complete = sum(not submission.missing for submission in submissions)
    again = _count(db, ReviewRound.kind, ReviewRound.season == season)[RoundKind.RE_REVIEW]
    by = _count(db, ReviewRound.status, ReviewRound.season == season)
    certified, not_yet = by[RoundStatus.CERTIFIED], by[RoundStatus.NOT_YET]
    open_, superseded = by[RoundStatus.WAITING] + by[RoundStatus.ASSIGNED], by[RoundStatus.SUPERSEDED]
    terms = _terms(certified=certified, not_yet=not_yet, superseded=superseded, open=open_)
    counts = f"{complete} submissions + {again} re-reviews = {terms}"
    return Tally("portfolio review", "rounds", complete + again, certified, not_yet + superseded, open_, counts)


def _certificates(db: Session, season: str) -> Tally:
    ever = select(ReviewRound.portfolio_id).where(
        ReviewRound.season == season, ReviewRound.status == RoundStatus.CERTIFIED
    )
    certified = len(set(db.scalars(ever)))
    by = _count(db, Certificate.status, Certificate.season == season)
    valid, expired = by[CertificateStatus.VALID], by[CertificateStatus.EXPIRED]
    withdrawn, revoked = by[CertificateStatus.WITHDRAWN], by[CertificateStatus.REVOKED]
    counts = f"{certified} certified = {_terms(valid=valid, expired=expired, withdrawn=withdrawn, revoked=revoked)}"
    return Tally("certificates", "certificates", certified, valid, expired + withdrawn + revoked, 0, counts)


def _transcripts(db: Session, season: str) -> Tally:
    intents = db.scalar(
        select(func.count()).select_from(Outbox).where(Outbox.season == season, Outbox.kind == OutboxKind.TRANSCRIPT)
    )
    by = _count(db, CreditRequest.status, CreditRequest.season == season)
    sent, refused = by[CreditStatus.SENT], by[CreditStatus.REFUSED]
    withdrawn = by[CreditStatus.VOID] + by[CreditStatus.REFUNDED]
    pending = sum(by[status] for status in UNDER_WAY)
    counts = f"{intents} requests = {_terms(sent=sent, refused=refused, withdrawn=withdrawn, pending=pending)}"
    return Tally("transcripts", "requests", intents or 0, sent, refused + withdrawn, pending, counts)


def _letters(db: Session, season: str) -> Tally:
    by = _count(db, Outbox.status, Outbox.season == season, Outbox.kind == OutboxKind.MAIL)
    sent, failed = by[OutboxStatus.SENT], by[OutboxStatus.FAILED]
    pending, sending = by[OutboxStatus.PENDING], by[OutboxStatus.SENDING]
    counts = f"{by.total()} letters = {_terms(sent=sent, failed=failed, pending=pending, sending=sending)}"
    return Tally("letters", "letters", by.total(), sent, failed, pending + sending, counts)


PHASES: Mapping[str, Callable[[Session, str], Tally]] = {
    "survey": lambda db, season: _intake(db, season, InputKind.SURVEY, "survey intake"),
    "lead": lambda db, season: _intake(db, season, InputKind.LEAD, "changes of leads"),
    "address": lambda db, season: _intake(db, season, InputKind.ADDRESS, "changes of addresses"),
    "answer": lambda db, season: _intake(db, season, InputKind.ANSWER, "answers to offers"),
    "seat_request": lambda db, season: _intake(db, season, InputKind.SEAT_REQUEST, "requests for more seats"),
    "seats": _seats,
    "proof": lambda db, season: _intake(db, season, InputKind.PROOF, "proofs of certification"),
    "roster": lambda db, season: _intake(db, season, InputKind.ROSTER, "roster intake"),
    "commitment": lambda db, season: _intake(db, season, InputKind.COMMITMENT, "commitment forms"),
    "enrollment": _enrollment,
    "cohorts": _cohorts,
    "start": lambda db, season: _intake(db, season, InputKind.START, "answers to starts"),
    "attendance": lambda db, season: _intake(db, season, InputKind.ATTENDANCE, "attendance"),
    "selection": lambda db, season: _intake(db, season, InputKind.SELECTION, "academy selections"),
    "portfolio": lambda db, season: _intake(db, season, InputKind.PORTFOLIO, "portfolio intake"),
    "score": lambda db, season: _intake(db, season, InputKind.SCORE, "evaluators' scores"),
    "reviews": _reviews,
    "certificates": _certificates,
    "credit": lambda db, season: _intake(db, season, InputKind.CREDIT, "credit opt-ins"),
    "transcripts": _transcripts,
    "activity": lambda db, season: _intake(db, season, InputKind.ACTIVITY, "renewal activities"),
    "renewal": lambda db, season: _intake(db, season, InputKind.RENEWAL, "renewal payments"),
    "letters": _letters,
}


def tally(season: str, phase: str) -> Tally:
    """One phase's rows now."""
    with reading() as db:
        return PHASES[phase](db, season)


def all_tallies(season: str) -> list[Tally]:
    """Every phase's rows now, in the order of the season, in one consistent view."""
    with reading() as db:
        return [count(db, season) for count in PHASES.values()]


@step
def check_control_totals(season: str, *phases: str) -> list[Tally]:
    """The tallies of the phases.

    Raises:
        ControlTotalsError: the counts do not reconcile; the message shows it.
    """
    tallies = [tally(season, phase) for phase in phases]
    broken = [f"{item.phase}: {item.counts}" for item in tallies if not item.holds]
    if broken:
        raise ControlTotalsError("; ".join(broken))
    return tallies
