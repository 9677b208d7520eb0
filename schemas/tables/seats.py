"""Tables of seats: the seat requests, the capacity, what each district holds, and the rounds."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from schemas.columns import Base, one_of
from schemas.statuses import OfferAnswer, SeatRoundStatus
from schemas.tables.common import guarded_by, key, revised_by


class SeatRequestRow(Base):
    """Seats that a district requested at one moment; what was requested is always fully accounted for."""

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
    """The seats that a district holds of one component, and how many are filled.

    ``answer`` is what the district said to the newest offer: nothing yet, accepted, declined, or lapsed without an answer.
    """

    __tablename__ = "seat_block"
    season: Mapped[str] = key()
    lea_id: Mapped[str] = key()
    component: Mapped[str] = key()
    seats_confirmed: Mapped[int]
    seats_filled: Mapped[int] = mapped_column(default=0)
    enroll_by: Mapped[date]
    is_closed: Mapped[bool] = mapped_column(default=False)
    answer: Mapped[str] = mapped_column(default=OfferAnswer.NONE)
    answer_by: Mapped[date | None]
    __mapper_args__ = guarded_by(answer)
    __table_args__ = (
        CheckConstraint("seats_filled >= 0 AND seats_filled <= seats_confirmed", name="not_overfilled"),
        CheckConstraint(one_of("answer", OfferAnswer), name="answer"),
    )


class SeatRound(Base):
    """A proposal of seats for the agency: the same requests make the same proposal."""

    __tablename__ = "seat_round"
    season: Mapped[str] = key()
    round_number: Mapped[int] = key()
    requests_hash: Mapped[str]
    status: Mapped[str] = mapped_column()
    summary: Mapped[dict[str, Any]]
    proposed_at: Mapped[datetime]
    approved_by: Mapped[str] = mapped_column(default="")
    note: Mapped[str] = mapped_column(default="")
    __mapper_args__ = guarded_by(status)
    __table_args__ = (
        UniqueConstraint("season", "requests_hash"),
        CheckConstraint(one_of("status", SeatRoundStatus), name="status"),
    )
