"""Tables of phase 1: who leads cohorts, the cohorts with their sessions and members, and who was there."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint
from sqlalchemy.orm import Mapped, mapped_column

from schemas.columns import Base, one_of
from schemas.kinds import ConfirmedBy
from schemas.statuses import CohortKind, StartStatus
from schemas.tables.common import guarded_by, key


class Facilitator(Base):
    """Who leads cohorts, in which weekly slots."""

    __tablename__ = "facilitator"
    facilitator_id: Mapped[str] = key()
    name: Mapped[str]
    email: Mapped[str]
    slots: Mapped[list[str]]
    maximum_cohorts: Mapped[int]


class Cohort(Base):
    """Participants who take phase 1 together. A merged one names where it went."""

    __tablename__ = "cohort"
    season: Mapped[str] = key()
    cohort_id: Mapped[str] = key()
    kind: Mapped[str]
    slot: Mapped[str]
    facilitator_id: Mapped[str] = mapped_column(ForeignKey("facilitator.facilitator_id"), index=True)
    starts_on: Mapped[date]
    ends_on: Mapped[date]
    merged_into: Mapped[str] = mapped_column(default="")
    __table_args__ = (CheckConstraint(one_of("kind", CohortKind), name="kind"),)


class CohortSession(Base):
    """One synchronous session of a cohort; ``sequence`` counts how often it was moved, for calendars.

    An operator's exception to the slots that its districts marked has a reason.
    """

    __tablename__ = "cohort_session"
    season: Mapped[str] = key()
    cohort_id: Mapped[str] = key()
    session_number: Mapped[int] = key()
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    sequence: Mapped[int] = mapped_column(default=0)
    exception_reason: Mapped[str] = mapped_column(default="")
    __table_args__ = (ForeignKeyConstraint(["season", "cohort_id"], ["cohort.season", "cohort.cohort_id"]),)


class CohortMember(Base):
    """A participant's one cohort of the season; an operator's exception to whom it is for, or to its slot, has a reason."""

    __tablename__ = "cohort_member"
    season: Mapped[str] = key()
    email: Mapped[str] = key()
    cohort_id: Mapped[str]
    exception_reason: Mapped[str] = mapped_column(default="")
    __table_args__ = (
        ForeignKeyConstraint(["season", "cohort_id"], ["cohort.season", "cohort.cohort_id"]),
        ForeignKeyConstraint(["season", "email"], ["educator.season", "educator.email"]),
    )


class StartAgreement(Base):
    """The start of a cohort as one of its districts' leads was told of it, and what became of that.

    ``confirm_by`` is the last day to answer; ``asked_for`` is the day that the lead asked for last, if any.
    """

    __tablename__ = "start_agreement"
    season: Mapped[str] = key()
    cohort_id: Mapped[str] = key()
    lea_id: Mapped[str] = key()
    starts_on: Mapped[date]
    status: Mapped[str] = mapped_column()
    proposed_at: Mapped[datetime]
    confirm_by: Mapped[date]
    asked_for: Mapped[date | None]
    answered_on: Mapped[date | None]
    confirmed_by: Mapped[str] = mapped_column(default=ConfirmedBy.NOBODY)
    __mapper_args__ = guarded_by(status)
    __table_args__ = (
        ForeignKeyConstraint(["season", "cohort_id"], ["cohort.season", "cohort.cohort_id"]),
        ForeignKeyConstraint(["lea_id"], ["district.lea_id"]),
        CheckConstraint(one_of("status", StartStatus), name="status"),
        CheckConstraint(one_of("confirmed_by", ConfirmedBy), name="confirmed_by"),
    )


class Attendance(Base):
    """Who was there in a session, and the hours of learning on one's own since the one before."""

    __tablename__ = "attendance"
    season: Mapped[str] = key()
    email: Mapped[str] = key()
    session_number: Mapped[int] = key()
    cohort_id: Mapped[str]
    is_present: Mapped[bool]
    independent_hours: Mapped[int]
    __table_args__ = (
        ForeignKeyConstraint(
            ["season", "cohort_id", "session_number"],
            ["cohort_session.season", "cohort_session.cohort_id", "cohort_session.session_number"],
        ),
        CheckConstraint("independent_hours >= 0", name="hours"),
    )
