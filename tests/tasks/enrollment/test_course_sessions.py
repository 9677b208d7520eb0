"""What a librarian and the lead see of the course's sessions: the next one where one has begun, its days, and its end."""

from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from sqlalchemy import select

from schemas.kinds import InputKind
from schemas.records import Component
from schemas.statuses import Disposition, EnrollmentStatus
from schemas.tables import Enrollment, IntakeRow, SeatBlock
from tasks.core.database import reading, transaction
from tasks.enrollment.course_sessions import end_sessions
from tests.factories.enrollment import enroll_by_roster, roster_row, sign_form
from tests.factories.letters.written import letters_written
from tests.factories.season import LEA_IDS
from tests.factories.seats import open_season_with_seats

pytestmark = pytest.mark.usefixtures("database")
JULY_10, JULY_11, JULY_12 = (datetime(2022, 7, day, 13, 0, tzinfo=UTC) for day in (10, 11, 12))
ADA = "ada@lea.example"


@pytest.fixture(autouse=True)
def _seats(database: str) -> None:
    assert database
    open_season_with_seats(Component.EXFRL)
    with transaction() as db:
        block = db.get_one(SeatBlock, ("2022", LEA_IDS[0], Component.EXFRL.value))
        block.seats_filled, block.is_closed, block.enroll_by = 0, False, date(2022, 12, 31)


def librarian(name: str = "ada", session: str = "summer") -> dict[str, str]:
    return roster_row(name, "exfrl", role="librarian", session=session)


def seat(email: str = ADA) -> tuple[str, str]:
    with reading() as db:
        found = db.get_one(Enrollment, ("2022", email, Component.EXFRL.value))
        return found.session, found.status


def test_before_a_session_begins_its_seat_is_held_and_the_welcome_tells_its_days(tmp_path: Path) -> None:
    assert enroll_by_roster(tmp_path, [librarian()], JULY_10) == 1
    sign_form(tmp_path, ADA, JULY_10)
    assert seat() == ("summer", EnrollmentStatus.ENROLLED)
    (form,), (welcome,) = letters_written("commitment"), letters_written("course_welcome")
    assert (
        "runs from Monday, July 11, 2022, through Sunday, September 4, 2022, and takes about 15 hours" in form["body"]
    )
    assert "from Monday, July 11, 2022, through Sunday, September 4, 2022." in welcome["body"]


def test_a_roster_that_comes_after_the_session_began_gets_seats_of_the_next_one_and_the_person_is_told(
    tmp_path: Path,
) -> None:
    assert enroll_by_roster(tmp_path, [librarian()], JULY_11) == 1
    assert seat() == ("fall", EnrollmentStatus.AWAITING_FORM)
    (form,) = letters_written("commitment")
    assert "The summer session, for which your district named you, has begun." in form["body"]
    assert "Your session runs from Monday, October 3, 2022" in form["body"]


def test_who_signs_after_the_session_began_goes_to_the_next_one(tmp_path: Path) -> None:
    enroll_by_roster(tmp_path, [librarian()], JULY_10)
    sign_form(tmp_path, ADA, JULY_12)
    assert seat() == ("fall", EnrollmentStatus.ENROLLED)
    (letter,), (welcome,) = letters_written("session_changed"), letters_written("course_welcome")
    assert "You are now in the fall session" in letter["body"]
    assert "from Monday, October 3, 2022" in welcome["body"]


def test_where_no_later_session_is_left_the_lead_and_the_person_are_told_so(tmp_path: Path) -> None:
    enroll_by_roster(tmp_path, [librarian("ada", "fall")], JULY_10)
    october = datetime(2022, 10, 3, 13, 0, tzinfo=UTC)
    assert enroll_by_roster(tmp_path, [librarian("bo", "fall")], october) == 0
    with reading() as db:
        rejected = select(IntakeRow.reason).where(IntakeRow.disposition == Disposition.QUARANTINED)
        assert "no later session has a seat; ask program staff" in db.scalars(rejected).one()
    sign_form(tmp_path, ADA, october)
    assert seat() == ("fall", EnrollmentStatus.AWAITING_FORM)
    (letter,) = letters_written("session_missed")
    assert "began on Monday, October 3, 2022, and no later session has a seat" in letter["body"]
    assert letters_written("course_welcome") == []


def test_everybody_of_a_session_is_told_once_when_it_is_over(tmp_path: Path) -> None:
    enroll_by_roster(tmp_path, [librarian(), librarian("bo", "fall"), librarian("cy")], JULY_10)
    for name in ("ada", "bo"):
        sign_form(tmp_path, f"{name}@lea.example", JULY_10)
    days = (datetime(2022, 9, 4, 13, 0, tzinfo=UTC), datetime(2022, 9, 5, 13, 0, tzinfo=UTC))
    assert [end_sessions.fn("2022", day) for day in (*days, days[1])] == [0, 1, 0]
    (letter,) = letters_written("course_over")
    assert (letter["to"], "The summer session" in letter["body"]) == (ADA, True)
    with reading() as db:
        kinds = set(db.scalars(select(IntakeRow.kind)))
    assert kinds == {InputKind.ROSTER, InputKind.COMMITMENT}
