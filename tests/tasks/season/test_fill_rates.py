"""Fill rates count against the seats first confirmed, whatever was given back or released since."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import update

from schemas.tables import SeatBlock
from tasks.core.database import reading, transaction
from tasks.enrollment.reminders import remind_leads
from tasks.season.report import blocked_librarian_seats, fill_rates
from tasks.seats.answers import settle_offers
from tasks.seats.offers import seats_first_confirmed
from tests.factories.enrollment import enroll_by_roster, roster_row, sign_form
from tests.factories.letters.written import letters_written
from tests.factories.season import LEA_IDS
from tests.factories.seats import JUNE_20, answer_offer, confirm_seats

pytestmark = pytest.mark.usefixtures("database")
REMINDED = datetime(2022, 7, 15, 13, 0, tzinfo=UTC)


def test_the_report_and_the_reminder_count_against_the_seats_first_confirmed(tmp_path: Path) -> None:
    confirm_seats(tmp_path, 10)
    answer_offer(tmp_path, 4, offer="O-2022-0001")
    settle_offers.fn("2022", JUNE_20)
    for name in ("ada", "bo"):
        enroll_by_roster(tmp_path, [roster_row(name)])
        sign_form(tmp_path, f"{name}@lea.example")
    assert remind_leads.fn("2022", REMINDED) == 1
    (letter,) = letters_written("reminder")
    assert "2 of 4 seats in ISTE Certification for Educators" in letter["body"]
    assert "(20% of the 10 seats first confirmed have a signed participant)" in letter["body"]
    with reading() as db:
        assert seats_first_confirmed(db, "2022") == {(LEA_IDS[0], "certification"): 10}
        assert fill_rates(db, "2022") == [("ISTE Certification for Educators", 2, 10, 20)]


def test_the_report_shows_librarian_seats_that_nobody_can_sit_in(tmp_path: Path) -> None:
    confirm_seats(tmp_path, 10)
    with transaction() as db:
        block = {"season": "2022", "lea_id": LEA_IDS[0], "component": "librarian", "enroll_by": REMINDED.date()}
        db.add(SeatBlock(**block, seats_confirmed=2))
        db.execute(update(SeatBlock).where(SeatBlock.component == "certification").values(seats_confirmed=1))
    with reading() as db:
        assert blocked_librarian_seats(db, "2022") == [(LEA_IDS[0], 1)]
