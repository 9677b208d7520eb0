"""Tables of graduate credits."""

from datetime import datetime

from sqlalchemy import CheckConstraint, Index
from sqlalchemy.orm import Mapped, mapped_column

from schemas.columns import Base, one_of, quoted
from schemas.statuses import CreditStatus
from schemas.tables.common import guarded_by, key, only_where

HAS_NOT_ENDED = f"status NOT IN ({quoted((CreditStatus.REFUSED, CreditStatus.VOID, CreditStatus.REFUNDED))})"


class CreditRequest(Base):
    """Graduate credits that a participant opted into. One that was refused or ended can be made again, as a new line.

    ``attempts`` counts how often it was claimed to be sent: one that waits after an attempt may be at the provider. A claim
    (``claimed_by``, and by the clock ``claimed_until``) is there only while somebody talks with the provider about it.
    """

    __tablename__ = "credit_request"
    season: Mapped[str] = key()
    email: Mapped[str] = key()
    component: Mapped[str] = key()
    request_number: Mapped[int] = key(default=1)
    credits: Mapped[int]
    fee_cents: Mapped[int]
    status: Mapped[str] = mapped_column()
    request_key: Mapped[str] = mapped_column(unique=True)
    requested_at: Mapped[datetime]
    provider_reference: Mapped[str] = mapped_column(default="")
    answered_at: Mapped[datetime | None]
    reason: Mapped[str] = mapped_column(default="")
    ended_by: Mapped[str] = mapped_column(default="")
    attempts: Mapped[int] = mapped_column(default=0)
    claimed_by: Mapped[str] = mapped_column(default="")
    claimed_until: Mapped[datetime | None]
    __mapper_args__ = guarded_by(status)
    __table_args__ = (
        CheckConstraint(one_of("status", CreditStatus), name="status"),
        Index("uq_credit_request_open", "season", "email", "component", unique=True, **only_where(HAS_NOT_ENDED)),
    )

    @property
    def line(self) -> str:
        """Whose request for what it is, and which one from the second on: for keys of letters."""
        number = f"/{self.request_number}" if self.request_number > 1 else ""
        return f"{self.email}/{self.component}{number}"
