"""Tables of what goes out: letters and requests for transcripts."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, Index
from sqlalchemy.orm import Mapped, mapped_column

from schemas.columns import Base, one_of
from schemas.statuses import OutboxKind, OutboxStatus
from schemas.tables.common import guarded_by, key


class Outbox(Base):
    """An effect on the outside that was decided and has yet to happen, or has happened, under its idempotency key.

    Both claims and further tries go by the clock, and not by the moment that a run decides for. ``attempts`` counts how often
    the message was claimed, and of a request for credits also how often the provider did not answer about it, which then waits
    until ``next_attempt_at``; ``operators_told_at``: when they were written to that it has failed.
    """

    __tablename__ = "outbox"
    message_key: Mapped[str] = key()
    season: Mapped[str]
    kind: Mapped[str]
    payload: Mapped[dict[str, Any]]
    created_at: Mapped[datetime]
    status: Mapped[str] = mapped_column()
    attempts: Mapped[int] = mapped_column(default=0)
    answer: Mapped[str] = mapped_column(default="")
    answered_at: Mapped[datetime | None]
    claimed_by: Mapped[str] = mapped_column(default="")
    claimed_until: Mapped[datetime | None]
    next_attempt_at: Mapped[datetime | None]
    operators_told_at: Mapped[datetime | None]
    __mapper_args__ = guarded_by(status)
    __table_args__ = (
        CheckConstraint(one_of("kind", OutboxKind), name="kind"),
        CheckConstraint(one_of("status", OutboxStatus), name="status"),
        Index("ix_outbox_by_status", "season", "kind", "status", "created_at", "message_key"),
    )
