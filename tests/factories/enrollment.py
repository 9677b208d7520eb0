"""Educators, and those of them who are enrolled into a seat."""

from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from schemas.kinds import InputKind, PersonRole
from schemas.records import Component
from schemas.statuses import EnrollmentStatus
from schemas.tables import Educator, Enrollment, Person, PersonRoleHeld, SeatBlock
from tests.factories.season import LEA_IDS, stage_rows, store_rows

JUNE_20 = datetime(2022, 6, 20, 13, 0, tzinfo=UTC)
MO = "mo@lea.example"
SUMMER = datetime(2022, 7, 8, 13, 0, tzinfo=UTC)


def store_educators(*emails: str, first_name: str = "Ada", season: str = "2022") -> None:
    """Teachers of the first district."""
    person = {"season": season, "first_name": first_name, "last_name": "Ley", "lea_id": LEA_IDS[0], "role": "teacher"}
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


def store_person(person_id: str, email: str, name: str, season: str = "2021", lea_id: str = LEA_IDS[0]) -> None:
    """Somebody whom the first district had as an educator in an earlier season."""
    store_rows(Person, {"person_id": person_id, "email": email})
    held = {"season": season, "person_id": person_id, "role": PersonRole.EDUCATOR.value, "lea_id": lea_id}
    store_rows(PersonRoleHeld, {**held, "name": name, "since": datetime(2021, 6, 20, 13, 0, tzinfo=UTC)})


def enroll_certified_librarian(email: str = MO) -> None:
    """A librarian of the first district who is certified as an educator already, with a signed form since July 8."""
    from tasks.core.database import transaction

    store_educators(email, first_name="Mo")
    with transaction() as db:
        db.get_one(Educator, ("2022", email)).is_already_certified = True
    seat = {"season": "2022", "lea_id": LEA_IDS[0], "component": Component.LIBRARIAN.value}
    store_rows(SeatBlock, {**seat, "seats_confirmed": 1, "seats_filled": 1, "enroll_by": date(2022, 7, 22)})
    person = {
        "email": email,
        "status": EnrollmentStatus.ENROLLED,
        "enrolled_at": SUMMER - timedelta(days=9),
        "signed_at": SUMMER,
    }
    store_rows(Enrollment, {**seat, **person, "session": ""})


def roster_row(name: str, component: str = "certification", **changes: str) -> dict[str, str]:
    """A row of a roster: a teacher of the first district."""
    row = {
        "lea_id": LEA_IDS[0],
        "email": f"{name}@lea.example",
        "first_name": name.title(),
        "last_name": "Ley",
        "role": "teacher",
    }
    return {**row, "grade_band": "middle", "component": component, "session": "", "replaces": "", **changes}


def enroll_by_roster(folder: Path, rows: Iterable[Mapping[str, object]], as_of: datetime = JUNE_20) -> int:
    """Seat the people of a roster; how many have a seat."""
    from tasks.enrollment.rosters import seat_rosters

    stage_rows(folder, InputKind.ROSTER, as_of, *rows)
    return int(seat_rosters.fn("2022", as_of))


def sign_form(folder: Path, email: str, as_of: datetime = JUNE_20) -> None:
    """Sign somebody's commitment form."""
    from tasks.enrollment.rosters import sign_commitment_forms

    stage_rows(
        folder, InputKind.COMMITMENT, as_of, {"email": email, "signed_at": as_of.isoformat(), "signature": "Somebody"}
    )
    sign_commitment_forms.fn("2022", as_of)
