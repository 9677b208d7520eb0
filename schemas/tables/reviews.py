"""Tables of the independent panel: its members, the rounds of review, and who scores what."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Index
from sqlalchemy.orm import Mapped, mapped_column

from schemas.columns import Base, one_of
from schemas.statuses import ClockState, RoundKind, RoundStatus
from schemas.tables.common import guarded_by, key


class Evaluator(Base):
    """A member of the independent panel, until ``left_at``; ``conflicts`` are LEA ids of declared conflicts."""

    __tablename__ = "evaluator"
    evaluator_id: Mapped[str] = key()
    name: Mapped[str]
    email: Mapped[str]
    lea_id: Mapped[str | None]
    tracks: Mapped[list[str]]
    grade_bands: Mapped[list[str]]
    conflicts: Mapped[list[str]]
    left_at: Mapped[datetime | None]


class ReviewRound(Base):
    """One round of review with its own SLA clock; an earlier result is never overwritten.

    ``clock_state`` is how far on its clock the round has been told of. While a round is held (``held_since``) it waits for the
    participant and its clock is paused. ``decided_at`` is when it got its result, or ended without one (*superseded*).
    """

    __tablename__ = "review_round"
    portfolio_id: Mapped[str] = mapped_column(ForeignKey("portfolio.portfolio_id"), primary_key=True)
    round_number: Mapped[int] = key()
    season: Mapped[str]
    kind: Mapped[str]
    reason: Mapped[str]
    opened_at: Mapped[datetime]
    started_at: Mapped[datetime]
    due_at: Mapped[datetime]
    breach_at: Mapped[datetime]
    clock_state: Mapped[str] = mapped_column(default=ClockState.ON_TIME)
    reviews_wanted: Mapped[int]
    held_since: Mapped[datetime | None]
    hold_reason: Mapped[str] = mapped_column(default="")
    status: Mapped[str] = mapped_column()
    score_hundredths: Mapped[int | None]
    decided_at: Mapped[datetime | None]
    __mapper_args__ = guarded_by(status)
    __table_args__ = (
        CheckConstraint(one_of("status", RoundStatus), name="status"),
        CheckConstraint(one_of("kind", RoundKind), name="kind"),
        CheckConstraint(one_of("clock_state", ClockState), name="clock_state"),
        Index("ix_review_round_by_status", "season", "status"),
    )


class Assignment(Base):
    """A round given to an evaluator; the score is in hundredths of a percent point. Silence makes it withdrawn."""

    __tablename__ = "assignment"
    portfolio_id: Mapped[str] = key()
    round_number: Mapped[int] = key()
    evaluator_id: Mapped[str] = mapped_column(ForeignKey("evaluator.evaluator_id"), primary_key=True)
    assigned_at: Mapped[datetime]
    fit_millionths: Mapped[int]
    score_hundredths: Mapped[int | None]
    feedback: Mapped[str] = mapped_column(default="")
    scored_at: Mapped[datetime | None]
    reminders: Mapped[int] = mapped_column(default=0)
    withdrawn_at: Mapped[datetime | None]
    __table_args__ = (
        ForeignKeyConstraint(
            ["portfolio_id", "round_number"], ["review_round.portfolio_id", "review_round.round_number"]
        ),
        CheckConstraint("score_hundredths BETWEEN 0 AND 10000", name="score"),
    )

    @property
    def subject(self) -> str:
        """How decisions and letters name this review."""
        return f"{self.portfolio_id}/{self.round_number}/{self.evaluator_id}"
