"""Librarians who are certified already, on both databases: guidance, office hours, reminders, and a last day of their own."""

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest
from sqlalchemy import select

from schemas.records import Component, Track
from schemas.statuses import Disposition, EnrollmentStatus
from schemas.tables import Enrollment, IntakeRow, OfficeHour, Portfolio
from tasks.core.database import reading
from tasks.portfolios.care import extend_time, remind_participants
from tasks.portfolios.guidance import guide_librarians
from tasks.portfolios.office_hours import offer_office_hours, update_office_hour
from tasks.portfolios.submissions import portfolio_id_of
from tasks.season.history import history_of
from tests.factories.cohorts import fill_cohort
from tests.factories.enrollment import MO, SUMMER, enroll_certified_librarian
from tests.factories.letters.written import calendar_methods, letters_written
from tests.factories.portfolios import submit_librarian_portfolio
from tests.factories.reviews import DAY
from tests.factories.season import LEA_IDS, policy, store_rows
from tests.factories.seats import open_season_with_seats

pytestmark = pytest.mark.usefixtures("database")
LEA = LEA_IDS[0]
LAST_DAY = date(2023, 1, 8)  # six months from July 8, on which the form was signed
ENDS = datetime(2023, 1, 8, 14, 0, tzinfo=UTC)


def test_a_certified_librarian_is_told_once_what_to_submit_by_when_and_who_helps() -> None:
    open_season_with_seats()
    enroll_certified_librarian()
    assert offer_office_hours.fn("2022", SUMMER) == 1
    assert [guide_librarians.fn("2022", at) for at in (SUMMER, SUMMER + DAY)] == [1, 0]
    (letter,) = letters_written("portfolio_space")
    assert letter["to"] == MO
    assert letter["subject"] == "Submit your librarian portfolio by Sunday, January 8, 2023"
    for words in (
        "you need no cohort",
        "- collection plan",
        "- library program",
        "- collaboration record",
        "6 to 8 weeks after you submit it",
        "The next ones are:",
        "The last day is Sunday, January 8, 2023",
        "Wednesday, July 13, 2022",
        policy().letters.operators,
    ):
        assert words in letter["body"]


def test_a_certified_librarian_is_invited_to_office_hours_from_the_first_to_the_last_day() -> None:
    open_season_with_seats()
    enroll_certified_librarian()
    planning = datetime(2022, 8, 15, 13, 0, tzinfo=UTC)
    moments = (SUMMER - DAY, SUMMER, SUMMER + DAY, planning, planning + DAY, planning + 2 * DAY)
    assert [offer_office_hours.fn("2022", at) for at in moments] == [0, 1, 0, 0, 1, 0]
    first, second = letters_written("office_hours")
    with reading() as db:
        hours = db.scalars(select(OfficeHour).order_by(OfficeHour.planned_at))
        days = [policy().local_day(item.starts_at) for item in hours]
    assert first["to"] == second["to"] == MO
    assert calendar_methods(first) == ["PUBLISH"] * len(first["calendars"])
    assert "Wednesday, July 13, 2022" in first["body"]
    assert "Wednesday, October 5, 2022" in second["body"]
    assert "July 13" not in second["body"]
    assert date(2022, 7, 9) < min(days) < max(days) <= LAST_DAY
    assert {later - earlier for earlier, later in pairwise(days[:-1])} == {timedelta(weeks=4)}


def test_office_hours_go_on_for_a_cohort_whose_time_ends_after_the_librarians() -> None:
    open_season_with_seats()
    enroll_certified_librarian()
    for at in (SUMMER, datetime(2022, 8, 16, 13, 0, tzinfo=UTC)):  # before cohorts were planned, and after
        offer_office_hours.fn("2022", at)
    fill_cohort("C1", 15)
    assert offer_office_hours.fn("2022", datetime(2022, 12, 19, 14, 0, tzinfo=UTC)) == 15
    letter = next(item for item in letters_written("office_hours") if item["to"] != MO)
    with reading() as db:
        days = [
            policy().local_day(item.planned_at)
            for item in db.scalars(select(OfficeHour).order_by(OfficeHour.planned_at))
        ]
    assert {second - first for first, second in pairwise(days[:-1])} == {timedelta(weeks=4)}
    assert date(2023, 5, 15) < days[-1] <= date(2023, 6, 12)
    assert f"{days[-1]:%B} {days[-1].day}, 2023" in letter["body"]


def test_only_whose_time_has_begun_is_told_that_office_hours_have_changed() -> None:
    open_season_with_seats()
    enroll_certified_librarian()
    fill_cohort("C1", 15)  # their time has not begun in July
    offer_office_hours.fn("2022", SUMMER)
    first = date(2022, 7, 13)
    assert update_office_hour.fn("2022", LEA, first, None, reason="a storm", as_of=SUMMER + DAY) == 1
    (letter,) = letters_written("office_hour_changed")
    assert letter["to"] == MO


def test_a_certified_librarian_is_reminded_before_the_last_day_of_the_librarian_portfolio_only() -> None:
    open_season_with_seats()
    enroll_certified_librarian()
    assert [remind_participants.fn("2022", ENDS - n * DAY) for n in (61, 60, 59, 14, 3, -1)] == [0, 1, 0, 1, 1, 0]
    letters = letters_written("portfolio_reminder")
    assert {letter["to"] for letter in letters} == {MO}
    assert all(
        "your complete librarian portfolio yet. Please submit it by Sunday, January 8, 2023"
        in " ".join(letter["body"].split())
        for letter in letters
    )


def test_a_portfolio_on_the_last_day_is_reviewed_and_one_after_it_refused_with_what_can_be_done(tmp_path: Path) -> None:
    open_season_with_seats()
    enroll_certified_librarian()
    assert submit_librarian_portfolio(tmp_path, ENDS + DAY) == 0
    with reading() as db:
        (row,) = db.scalars(select(IntakeRow).where(IntakeRow.disposition == Disposition.QUARANTINED))
    assert "ended on 2023-01-08" in row.reason
    (letter,) = letters_written("portfolio_refused")
    told = " ".join(letter["body"].split())
    assert (
        "The time for this portfolio ended on Sunday, January 8, 2023; ask program staff whether it can be extended"
        in told
    )
    assert submit_librarian_portfolio(tmp_path, ENDS) == 1


def test_a_certified_librarian_gets_more_time_and_submits_in_it(tmp_path: Path) -> None:
    open_season_with_seats()
    enroll_certified_librarian()
    until = date(2023, 2, 1)
    extend_time.fn("2022", MO, Track.LIBRARIAN, until, reason="was ill", as_of=ENDS)
    assert remind_participants.fn("2022", ENDS + 22 * DAY) == 1
    assert submit_librarian_portfolio(tmp_path, ENDS + 23 * DAY) == 1
    with reading() as db:
        assert db.get(Portfolio, portfolio_id_of("2022", MO, "librarian"))


def test_who_has_not_been_guided_when_the_time_is_over_is_told_how_to_get_more() -> None:
    open_season_with_seats()
    enroll_certified_librarian()
    assert guide_librarians.fn("2022", ENDS + DAY) == 1
    (letter,) = letters_written("portfolio_space")
    assert letter["subject"] == "The time for your librarian portfolio has ended"
    assert "we will see whether you can have more time" in " ".join(letter["body"].split())


def test_a_librarian_with_a_certification_seat_waits_for_the_cohort(tmp_path: Path) -> None:
    open_season_with_seats()
    enroll_certified_librarian()
    seat = {"season": "2022", "component": Component.CERTIFICATION.value, "lea_id": LEA, "session": "", "email": MO}
    store_rows(Enrollment, {**seat, "status": EnrollmentStatus.ENROLLED, "enrolled_at": SUMMER, "signed_at": SUMMER})
    assert [step.fn("2022", SUMMER) for step in (offer_office_hours, guide_librarians, remind_participants)] == [
        0,
        0,
        0,
    ]
    assert submit_librarian_portfolio(tmp_path, SUMMER + DAY) == 0


def test_an_explanation_tells_a_certified_librarian_the_last_day_and_the_next_step() -> None:
    open_season_with_seats()
    enroll_certified_librarian()
    offer_office_hours.fn("2022", SUMMER)
    told = " ".join(history_of("2022", "educator", MO, SUMMER + DAY).standing)
    assert "The librarian portfolio can be submitted from 2022-07-08 through 2023-01-08." in told
    assert "It needs no cohort. Submit the collection plan, library program, and collaboration record" in told
    assert "the next office hours of the district are on 2022-07-13" in told
