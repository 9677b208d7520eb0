"""Tables of enrollment: the people whom districts enrolled, and the seats that they have."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Index
from sqlalchemy.orm import Mapped, mapped_column

from schemas.columns import Base, one_of
from schemas.statuses import EnrollmentStatus
from schemas.tables.common import guarded_by, key


class Educator(Base):
    """A person whom a district enrolled, by e-mail address (lower case)."""

    __tablename__ = "educator"
    season: Mapped[str] = key()
    email: Mapped[str] = key()
    first_name: Mapped[str]
    last_name: Mapped[str]
    lea_id: Mapped[str] = mapped_column(ForeignKey("district.lea_id"))
    role: Mapped[str]
    grade_band: Mapped[str]
    is_already_certified: Mapped[bool]


class CertificationProof(Base):
    """Proof of an educator certification that is not in our register, seen by an operator; it counts through its last day.

    ``proof`` says what was seen, such as the number of the certificate.
    """

    __tablename__ = "certification_proof"
    season: Mapped[str] = key()
    email: Mapped[str] = key()
    lea_id: Mapped[str] = mapped_column(ForeignKey("district.lea_id"))
    proof: Mapped[str]
    valid_until: Mapped[date]
    recorded_by: Mapped[str]
    recorded_at: Mapped[datetime]


class Enrollment(Base):
    """A person in a seat; nothing else of a component happens before the commitment form is signed.

    Who comes for a leaver names them in ``replaces``, and gets the leaver's place in ``promised_cohort`` with the signature.
    """

    __tablename__ = "enrollment"
    season: Mapped[str] = key()
    email: Mapped[str] = key()
    component: Mapped[str] = key()
    lea_id: Mapped[str]
    session: Mapped[str] = mapped_column(default="")
    status: Mapped[str] = mapped_column()
    enrolled_at: Mapped[datetime]
    signed_at: Mapped[datetime | None]
    replaces: Mapped[str] = mapped_column(default="")
    promised_cohort: Mapped[str] = mapped_column(default="")
    __mapper_args__ = guarded_by(status)
    __table_args__ = (
        ForeignKeyConstraint(["season", "email"], ["educator.season", "educator.email"]),
        ForeignKeyConstraint(
            ["season", "lea_id", "component"], ["seat_block.season", "seat_block.lea_id", "seat_block.component"]
        ),
        CheckConstraint(one_of("status", EnrollmentStatus), name="status"),
        Index("ix_enrollment_by_district", "season", "lea_id", "component"),
    )
