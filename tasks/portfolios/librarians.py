"""Librarians who are certified as educators already: they make their portfolio without a cohort, in a time of their own."""

from datetime import date

from sqlalchemy import Select, exists, select
from sqlalchemy.orm import Session, aliased

from rules.enrollment import HOLDING_SEAT
from rules.portfolios import seat_complete_on
from schemas.policy import Policy
from schemas.records import Component
from schemas.statuses import EnrollmentStatus
from schemas.tables import CohortMember, Educator, Enrollment


def librarians_without_cohort(season: str) -> Select[tuple[Educator, Enrollment]]:
    """Who has a complete librarian's seat, is certified already, and is in no cohort nor has a seat that leads to one."""
    other = aliased(Enrollment)
    is_in_certification = exists().where(
        other.season == Enrollment.season,
        other.email == Enrollment.email,
        other.component == Component.CERTIFICATION,
        other.status.in_(HOLDING_SEAT),
    )
    is_in_cohort = exists().where(CohortMember.season == Enrollment.season, CohortMember.email == Enrollment.email)
    return (
        select(Educator, Enrollment)
        .join(Enrollment, (Enrollment.season == Educator.season) & (Enrollment.email == Educator.email))
        .where(Educator.season == season, Educator.is_already_certified.is_(True))
        .where(Enrollment.component == Component.LIBRARIAN, Enrollment.status == EnrollmentStatus.ENROLLED)
        .where(~is_in_certification, ~is_in_cohort)
        .order_by(Educator.email)
    )


def seat_complete(seat: Enrollment, policy: Policy) -> date:
    """The local day on which a seat with a signed form was complete."""
    return seat_complete_on(seat.enrolled_at, seat.signed_at or seat.enrolled_at, policy)


def own_start(db: Session, policy: Policy, email: str) -> date | None:
    """The first day of somebody's own time for the librarian portfolio; none for who needs a cohort."""
    found = db.execute(librarians_without_cohort(policy.season).where(Educator.email == email)).first()
    return seat_complete(found[1], policy) if found else None
