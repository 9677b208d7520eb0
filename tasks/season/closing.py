"""Closing a season: what of it is left open, and the record that nothing acts on it any more."""

from collections.abc import Iterator, Mapping
from datetime import date, datetime

from sqlalchemy import ColumnElement, exists, func, select
from sqlalchemy.orm import Session

from rules.reviews.results import UNDER_REVIEW
from rules.season import close_season
from schemas.columns import Base
from schemas.kinds import SubjectKind
from schemas.records import Component
from schemas.statuses import (
    CertificateStatus,
    CreditStatus,
    Disposition,
    EnrollmentStatus,
    OfferAnswer,
    OutboxStatus,
    SeatRoundStatus,
)
from schemas.tables import (
    Certificate,
    CohortMember,
    CreditRequest,
    Enrollment,
    IntakeRow,
    Offer,
    Outbox,
    Portfolio,
    ReviewRound,
    Season,
    SeatRequestRow,
    SeatRound,
)
from tasks.core.step import step
from tasks.ledger.unit_of_work import unit_of_work

CREDITS_UNDER_WAY = (CreditStatus.PENDING, CreditStatus.SENDING, CreditStatus.REQUESTED, CreditStatus.CANCELING)


@step
def close_books(season: str, closed_by: str, as_of: datetime) -> str:
    """Close a season of which nothing is left open; the reason as it is recorded.

    Raises:
        OperatorError: something is left open: the message has all of it.
        SeasonClosedError: it is closed already.
    """
    with unit_of_work(season, as_of) as work:
        left = left_open(work.db, season, work.today)
        ruling = close_season(work.today, left, work.policy)
        work.require_allowed(SubjectKind.SEASON, season, ruling, closed_by=closed_by)
        row = work.db.get_one(Season, season)
        row.closed_at, row.closed_by = as_of, closed_by
    return ruling.reason


def left_open(db: Session, season: str, today: date) -> Mapping[str, int]:
    """How much of a season is left open, by its name in the singular."""
    return {
        name: db.scalar(select(func.count()).select_from(table).where(*conditions)) or 0
        for name, table, conditions in _left(season, today)
    }


def _left(season: str, today: date) -> Iterator[tuple[str, type[Base], tuple[ColumnElement[bool], ...]]]:
    """What is open of a season: its name, the table, and which rows of it."""
    yield (
        "unsettled row",
        IntakeRow,
        (IntakeRow.season == season, IntakeRow.disposition == Disposition.STAGED),
    )
    proposed = SeatRound.status.in_((SeatRoundStatus.PROPOSED, SeatRoundStatus.APPROVED))
    yield "unfinished seat round", SeatRound, (SeatRound.season == season, proposed)
    yield "unanswered offer", Offer, (Offer.season == season, Offer.answer == OfferAnswer.NONE)
    waits = SeatRequestRow.seats_waitlisted + SeatRequestRow.seats_undecided > 0
    yield "waiting seat request", SeatRequestRow, (SeatRequestRow.season == season, waits)
    without = (Enrollment.component == Component.CERTIFICATION) & ~exists().where(
        CohortMember.season == Enrollment.season, CohortMember.email == Enrollment.email
    )
    seated = Enrollment.status == EnrollmentStatus.ENROLLED
    yield "participant without a cohort", Enrollment, (Enrollment.season == season, seated, without)
    yield "review", ReviewRound, (ReviewRound.season == season, ReviewRound.status.in_(UNDER_REVIEW))
    yield "resubmittable portfolio", Portfolio, (Portfolio.season == season, Portfolio.resubmit_by >= today)
    under_way = CreditRequest.status.in_(CREDITS_UNDER_WAY)
    yield "unfinished credit request", CreditRequest, (CreditRequest.season == season, under_way)
    valid = Certificate.status == CertificateStatus.VALID
    yield "valid certificate", Certificate, (Certificate.season == season, valid)
    unsent = Outbox.status.in_((OutboxStatus.PENDING, OutboxStatus.SENDING))
    yield "unsent letter", Outbox, (Outbox.season == season, unsent)
