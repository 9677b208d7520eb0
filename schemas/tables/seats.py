"""Tables of seats: the seat requests, the capacity, what each district holds, and the rounds."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Index
from sqlalchemy.orm import Mapped, mapped_column

from schemas.columns import Base, one_of, quoted
from schemas.statuses import OfferAnswer, SeatRoundStatus
from schemas.tables.common import guarded_by, key, only_where, revised_by


class SeatRequestRow(Base):
    """Seats that a district requested at one moment; what was requested is always fully accounted for.

    ``closed_at`` is when the waitlist ended for it.
    """

    __tablename__ = "seat_request"
    season: Mapped[str] = key()
    lea_id: Mapped[str] = key()
    component: Mapped[str] = key()
    request_number: Mapped[int] = key()
    placed_at: Mapped[datetime]
    place_key: Mapped[str]
    seats_requested: Mapped[int]
    seats_undecided: Mapped[int]
    seats_confirmed: Mapped[int] = mapped_column(default=0)
    seats_waitlisted: Mapped[int] = mapped_column(default=0)
    seats_declined: Mapped[int] = mapped_column(default=0)
    seats_released: Mapped[int] = mapped_column(default=0)
    waitlist_position: Mapped[int | None]
    closed_at: Mapped[datetime | None]
    revision: Mapped[int] = mapped_column(default=1)
    __mapper_args__ = revised_by(revision)
    __table_args__ = (
        ForeignKeyConstraint(["season", "lea_id"], ["application.season", "application.lea_id"]),
        CheckConstraint(
            "seats_requested = seats_undecided + seats_confirmed + seats_waitlisted + seats_declined + seats_released",
            name="seats_accounted_for",
        ),
        CheckConstraint(
            "seats_undecided >= 0 AND seats_confirmed >= 0 AND seats_waitlisted >= 0"
            " AND seats_declined >= 0 AND seats_released >= 0",
            name="seats_not_negative",
        ),
    )


class Capacity(Base):
    """The agency's grant of one component; the check makes overselling impossible whatever a rule says."""

    __tablename__ = "capacity"
    season: Mapped[str] = key()
    component: Mapped[str] = key()
    capacity_seats: Mapped[int]
    seats_confirmed: Mapped[int] = mapped_column(default=0)
    __table_args__ = (
        CheckConstraint("seats_confirmed >= 0 AND seats_confirmed <= capacity_seats", name="not_oversold"),
    )


class SeatBlock(Base):
    """The seats that a district holds of one component by all of its offers, and how many are filled."""

    __tablename__ = "seat_block"
    season: Mapped[str] = key()
    lea_id: Mapped[str] = key()
    component: Mapped[str] = key()
    seats_confirmed: Mapped[int]
    seats_filled: Mapped[int] = mapped_column(default=0)
    enroll_by: Mapped[date]
    is_closed: Mapped[bool] = mapped_column(default=False)
    __table_args__ = (CheckConstraint("seats_filled >= 0 AND seats_filled <= seats_confirmed", name="not_overfilled"),)


class Offer(Base):
    """Seats of one component offered to a district at one moment, what it answered, and how many of them it holds now.

    ``round_number`` names the round that the agency approved; released seats that went to the waitlist have none. The seats
    that a district holds by all offers of a component are those of its seat block.
    """

    __tablename__ = "offer"
    season: Mapped[str] = key()
    offer_id: Mapped[str] = key()
    lea_id: Mapped[str]
    component: Mapped[str]
    round_number: Mapped[int | None]
    seats_offered: Mapped[int]
    seats_held: Mapped[int]
    offered_at: Mapped[datetime]
    answer_by: Mapped[date]
    answer: Mapped[str] = mapped_column(default=OfferAnswer.NONE)
    answered_on: Mapped[date | None]
    __mapper_args__ = guarded_by(answer)
    __table_args__ = (
        ForeignKeyConstraint(
            ["season", "lea_id", "component"], ["seat_block.season", "seat_block.lea_id", "seat_block.component"]
        ),
        ForeignKeyConstraint(["season", "round_number"], ["seat_round.season", "seat_round.round_number"]),
        CheckConstraint("seats_held >= 0 AND seats_held <= seats_offered", name="seats_held"),
        CheckConstraint(one_of("answer", OfferAnswer), name="answer"),
        Index("ix_offer_by_district", "season", "lea_id", "component"),
    )


class SeatRound(Base):
    """A proposal of seats for the agency, line by line as it will be applied; at most one of a season is open.

    ``approved_by``, ``approved_at`` and ``note`` are the agency's answer, also where it rejects.
    """

    __tablename__ = "seat_round"
    season: Mapped[str] = key()
    round_number: Mapped[int] = key()
    proposal: Mapped[list[dict[str, Any]]]
    proposal_hash: Mapped[str]
    status: Mapped[str] = mapped_column()
    summary: Mapped[dict[str, Any]]
    proposed_at: Mapped[datetime]
    approved_by: Mapped[str] = mapped_column(default="")
    approved_at: Mapped[datetime | None]
    note: Mapped[str] = mapped_column(default="")
    __mapper_args__ = guarded_by(status)
    __table_args__ = (
        CheckConstraint(one_of("status", SeatRoundStatus), name="status"),
        Index(
            "ix_seat_round_open",
            "season",
            unique=True,
            **only_where(f"status IN ({quoted((SeatRoundStatus.PROPOSED, SeatRoundStatus.APPROVED))})"),
        ),
    )
