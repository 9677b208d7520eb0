"""What people and their leads hear of rosters: who has no seat and why, and whose seat lapsed."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from tasks.seats.release import release_unfilled_seats
from tests.factories.enrollment import enroll_by_roster, roster_row, sign_form
from tests.factories.letters.written import letters_written
from tests.factories.seats import confirm_seats

pytestmark = pytest.mark.usefixtures("database")
JULY_23 = datetime(2022, 7, 23, 13, 0, tzinfo=UTC)


def test_a_lead_gets_one_letter_about_everybody_on_the_roster_without_a_seat(tmp_path: Path) -> None:
    confirm_seats(tmp_path, 2)
    assert enroll_by_roster(tmp_path, [roster_row(name) for name in ("ada", "ben", "cem", "dia")]) == 2
    (letter,) = letters_written("roster_rejected")
    assert letter["subject"] == "2 people on your roster have no seat"
    assert "- Cem Ley (ISTE Certification for Educators): The district has filled all 2 seats" in letter["body"]
    assert "Dia Ley" in letter["body"]
    assert "Ada Ley" not in letter["body"]


def test_a_roster_without_a_fault_makes_no_letter_to_its_lead(tmp_path: Path) -> None:
    confirm_seats(tmp_path, 2)
    enroll_by_roster(tmp_path, [roster_row("ada")])
    assert letters_written("roster_rejected") == []


def test_whoever_did_not_sign_in_time_is_told_that_the_seat_was_released(tmp_path: Path) -> None:
    confirm_seats(tmp_path, 2)
    enroll_by_roster(tmp_path, [roster_row(name) for name in ("ada", "ben")])
    sign_form(tmp_path, "ada@lea.example")
    for _ in range(2):
        release_unfilled_seats.fn("2022", JULY_23)
    (letter,) = letters_written("seat_lapsed")
    assert letter["to"] == "ben@lea.example"
    assert "no commitment form signed by you by Friday, July 22, 2022" in letter["body"]
