"""The end of the waitlist: what is free goes out first, and whoever still waits is told once that it is over."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from tasks.season.control_totals import tally
from tasks.seats.closing import close_waitlist
from tasks.seats.release import release_unfilled_seats
from tasks.seats.rounds import apply_approved_rounds, propose_seats
from tests.factories.letters.written import bodies
from tests.factories.season import LEA_IDS
from tests.factories.seats import (
    JUNE_15,
    apply_for_seats,
    approve_rounds,
    confirm_seats,
    confirmed_and_waitlisted,
    request_of,
    set_capacity,
)

pytestmark = pytest.mark.usefixtures("database")
JULY_5 = datetime(2022, 7, 5, 13, 0, tzinfo=UTC)
JULY_31 = datetime(2022, 7, 31, 23, 0, tzinfo=UTC)
AUGUST_3 = datetime(2022, 8, 3, 13, 0, tzinfo=UTC)
FIRST, SECOND, THIRD, _ = LEA_IDS


@pytest.mark.parametrize("moment", [JULY_31, AUGUST_3])
def test_on_the_last_release_day_or_late_every_waiting_district_gets_one_closing_letter(
    tmp_path: Path, moment: datetime
) -> None:
    confirm_seats(tmp_path, 17, 5, capacity=0)
    assert close_waitlist.fn("2022", JULY_5) == 0
    assert [close_waitlist.fn("2022", moment) for _ in range(2)] == [2, 0]
    request = request_of(FIRST)
    assert (request.seats_waitlisted, request.seats_declined, request.closed_at) == (0, 17, moment)
    assert request.waitlist_position is None
    letters = bodies("waitlist_closed")
    assert len(letters) == 2
    assert any("17 seats in ISTE Certification for Educators have not become free." in text for text in letters)
    assert tally("2022", "seats").holds


def test_no_letter_after_the_waitlist_has_ended_promises_it_anything(tmp_path: Path) -> None:
    confirm_seats(tmp_path, 30, 25)
    close_waitlist.fn("2022", AUGUST_3)
    assert release_unfilled_seats.fn("2022", AUGUST_3) == 30
    (letter,) = bodies("seats_released")
    assert "waitlist" not in letter
    assert confirmed_and_waitlisted()[SECOND] == (0, 0)


def test_before_the_waitlist_closes_what_is_due_is_released_and_offered_in_order(tmp_path: Path) -> None:
    confirm_seats(tmp_path, 30, 25, 6)
    assert close_waitlist.fn("2022", JULY_31) == 0
    assert confirmed_and_waitlisted() == {FIRST: (0, 0), SECOND: (25, 0), THIRD: (5, 0)}
    assert request_of(THIRD).closed_at == JULY_31
    assert bodies("waitlist_closed") == []
    (letter,) = [text for text in bodies("seats") if "5 seats are confirmed" in text]
    assert "1 seat in ISTE Certification for Educators has not become free. The waitlist ended" in letter
    assert "stay on the waitlist" not in letter
    assert tally("2022", "seats").holds


def test_a_round_that_is_applied_after_the_waitlist_has_ended_leaves_nobody_waiting(tmp_path: Path) -> None:
    apply_for_seats(tmp_path, 20, 27)
    set_capacity(30)
    propose_seats.fn("2022", JUNE_15)
    assert close_waitlist.fn("2022", JULY_31) == 0
    approve_rounds(at=AUGUST_3)
    apply_approved_rounds.fn("2022", AUGUST_3)
    request = request_of(SECOND)
    assert (request.seats_confirmed, request.seats_waitlisted, request.seats_declined) == (10, 0, 17)
    assert request.closed_at == AUGUST_3
    assert any("17 seats in ISTE Certification for Educators have not become free" in text for text in bodies("seats"))
