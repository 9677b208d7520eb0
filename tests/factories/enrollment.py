"""Educators, and those of them who are enrolled into a seat."""

from datetime import UTC, datetime

from schemas.records import Component
from schemas.statuses import EnrollmentStatus
from schemas.tables import Educator, Enrollment
from tests.factories.season import LEA_IDS, store_rows

SUMMER = datetime(2022, 7, 8, 13, 0, tzinfo=UTC)


def store_educators(*emails: str, first_name: str = "Ada") -> None:
    """Teachers of the first district."""
    person = {"season": "2022", "first_name": first_name, "last_name": "Ley", "lea_id": LEA_IDS[0], "role": "teacher"}
    facts = {**person, "grade_band": "middle", "is_already_certified": False}
    store_rows(Educator, *({**facts, "email": email} for email in emails))


def enroll_educators(prefix: str, count: int, component: Component = Component.CERTIFICATION) -> list[str]:
    """Teachers of the first district with a signed form for a component; their addresses."""
    emails = [f"{prefix}{n:02d}@lea.example" for n in range(count)]
    store_educators(*emails)
    seat = {"season": "2022", "component": component.value, "lea_id": LEA_IDS[0], "session": ""}
    facts = {**seat, "status": EnrollmentStatus.ENROLLED, "enrolled_at": SUMMER, "signed_at": SUMMER}
    store_rows(Enrollment, *({**facts, "email": email} for email in emails))
    return emails
