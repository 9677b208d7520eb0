"""Tables of certificates: their terms of validity, and the points toward a renewal."""

from datetime import date

from sqlalchemy import CheckConstraint, ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from schemas.columns import Base, one_of
from schemas.statuses import CertificateStatus
from schemas.tables.common import guarded_by, key


class Certificate(Base):
    """A certificate; ``expires_on`` is the last day of the newest term."""

    __tablename__ = "certificate"
    certificate_id: Mapped[str] = key()
    season: Mapped[str]
    email: Mapped[str]
    track: Mapped[str]
    portfolio_id: Mapped[str] = mapped_column(ForeignKey("portfolio.portfolio_id"))
    status: Mapped[str] = mapped_column()
    issued_on: Mapped[date]
    expires_on: Mapped[date]
    __mapper_args__ = guarded_by(status)
    __table_args__ = (
        UniqueConstraint("season", "email", "track"),
        CheckConstraint(one_of("status", CertificateStatus), name="status"),
    )


class CertificateTerm(Base):
    """One term of validity; a renewal adds the next, with the points of the term before it, its fee, and what was paid.

    ``refunded_cents`` is what of the payment has been given back: points earned after an early payment lower the fee.
    """

    __tablename__ = "certificate_term"
    certificate_id: Mapped[str] = mapped_column(ForeignKey("certificate.certificate_id"), primary_key=True)
    term_number: Mapped[int] = key()
    starts_on: Mapped[date]
    ends_on: Mapped[date]
    points: Mapped[int]
    fee_cents: Mapped[int]
    paid_cents: Mapped[int] = mapped_column(default=0)
    paid_on: Mapped[date | None]
    refunded_cents: Mapped[int] = mapped_column(default=0)
    __table_args__ = (CheckConstraint("refunded_cents BETWEEN 0 AND paid_cents - fee_cents", name="refund"),)


class Activity(Base):
    """Points toward a renewal."""

    __tablename__ = "activity"
    certificate_id: Mapped[str] = mapped_column(ForeignKey("certificate.certificate_id"), primary_key=True)
    activity: Mapped[str] = key()
    done_on: Mapped[date] = key()
    points: Mapped[int]
