"""Tables of phase 2: portfolios, each time they were submitted, more time, and office hours."""

from datetime import date, datetime

from sqlalchemy import ForeignKey, ForeignKeyConstraint, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from schemas.columns import Base
from schemas.tables.common import key


class Portfolio(Base):
    """What one participant submits for one track; ``resubmit_by`` is the last local day to submit it again, if it is open."""

    __tablename__ = "portfolio"
    portfolio_id: Mapped[str] = key()
    season: Mapped[str]
    email: Mapped[str]
    track: Mapped[str]
    lea_id: Mapped[str]
    grade_band: Mapped[str]
    resubmit_by: Mapped[date | None]
    __table_args__ = (
        UniqueConstraint("season", "email", "track"),
        ForeignKeyConstraint(["season", "email"], ["educator.season", "educator.email"]),
    )


class Submission(Base):
    """One submission of a portfolio; an incomplete one names what is missing."""

    __tablename__ = "submission"
    portfolio_id: Mapped[str] = mapped_column(ForeignKey("portfolio.portfolio_id"), primary_key=True)
    submitted_at: Mapped[datetime] = key()
    artifacts: Mapped[list[str]]
    missing: Mapped[list[str]]


class Extension(Base):
    """More time for one portfolio, given by an operator with a reason."""

    __tablename__ = "extension"
    season: Mapped[str] = key()
    email: Mapped[str] = key()
    track: Mapped[str] = key()
    until: Mapped[date]
    reason: Mapped[str]
    given_at: Mapped[datetime]
    __table_args__ = (ForeignKeyConstraint(["season", "email"], ["educator.season", "educator.email"]),)


class OfficeHour(Base):
    """Private office hours of one district, hosted by a facilitator; ``planned_at`` names it for ever, ``sequence`` counts its
    changes. Those of former releases have no host.
    """

    __tablename__ = "office_hour"
    season: Mapped[str] = key()
    lea_id: Mapped[str] = mapped_column(ForeignKey("district.lea_id"), primary_key=True)
    planned_at: Mapped[datetime] = key()
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    host_id: Mapped[str | None] = mapped_column(ForeignKey("facilitator.facilitator_id"), index=True)
    is_canceled: Mapped[bool] = mapped_column(default=False)
    sequence: Mapped[int] = mapped_column(default=0)
