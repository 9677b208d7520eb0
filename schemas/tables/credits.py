"""Tables of graduate credits."""

from datetime import datetime

from sqlalchemy import CheckConstraint
from sqlalchemy.orm import Mapped, mapped_column

from schemas.columns import Base, one_of
from schemas.statuses import CreditStatus
from schemas.tables.common import guarded_by, key


class CreditRequest(Base):
    """Graduate credits that a participant opted into; one request for each component."""

    __tablename__ = "credit_request"
    season: Mapped[str] = key()
    email: Mapped[str] = key()
    component: Mapped[str] = key()
    credits: Mapped[int]
    fee_cents: Mapped[int]
    status: Mapped[str] = mapped_column()
    request_key: Mapped[str] = mapped_column(unique=True)
    requested_at: Mapped[datetime]
    provider_reference: Mapped[str] = mapped_column(default="")
    answered_at: Mapped[datetime | None]
    reason: Mapped[str] = mapped_column(default="")
    __mapper_args__ = guarded_by(status)
    __table_args__ = (CheckConstraint(one_of("status", CreditStatus), name="status"),)
