"""Who has no cohort is promised only what the program does: until when a place can become free, and that the seat ends then."""

from datetime import UTC, datetime

import pytest

from deployments.cli.explained import explained
from schemas.kinds import PlanKind
from schemas.records import Component
from schemas.statuses import EnrollmentStatus
from schemas.tables import Educator, Enrollment, Plan, SeatBlock
from tasks.cohorts.unplaced import tell_who_waits
from tasks.core.database import reading
from tasks.enrollment.without_cohort import end_seats_without_cohort
from tasks.season.audit import audit
from tasks.season.closing import left_open
from tasks.season.history import history_of
from tests.factories.cohorts import fill_cohort
from tests.factories.enrollment import SUMMER, enroll_educators
from tests.factories.letters.written import letters_written
from tests.factories.season import LEA_IDS, policy, store_rows
from tests.factories.seats import open_season_with_seats

pytestmark = pytest.mark.usefixtures("database")
LEA = LEA_IDS[0]
START = datetime(2022, 9, 10, 13, 0, tzinfo=UTC)
LAST_DAY = datetime(2022, 10, 31, 13, 0, tzinfo=UTC)
DAY_AFTER = datetime(2022, 11, 1, 13, 0, tzinfo=UTC)


def one_waits() -> str:
    """A full cohort, and somebody without one who is written to about the choices; the address."""
    open_season_with_seats()
    store_rows(Plan, {"season": "2022", "kind": PlanKind.COHORTS, "planned_at": SUMMER, "achieved": {}, "bounds": {}})
    fill_cohort("C1", 35)
    (late,) = enroll_educators("late-", 1)
    assert tell_who_waits.fn("2022", START) == 1
    return late


def test_the_letter_says_until_when_a_place_can_become_free_and_that_the_seat_ends_then() -> None:
    one_waits()
    for template in ("unplaced", "unplaced_lead"):
        body = str(letters_written(template)[0]["body"])
        assert "until Monday, October 31, 2022" in body
        assert "It does not carry over to the next season" in body
        assert "still yours" not in body


def test_the_seat_ends_the_day_after_with_a_letter_to_the_participant_and_the_lead() -> None:
    late = one_waits()
    assert [end_seats_without_cohort.fn("2022", day) for day in (LAST_DAY, DAY_AFTER, DAY_AFTER)] == [0, 1, 0]
    with reading() as db:
        seat = db.get_one(Enrollment, ("2022", late, Component.CERTIFICATION.value))
        assert seat.status == EnrollmentStatus.WITHDRAWN
        assert db.get_one(SeatBlock, ("2022", LEA, Component.CERTIFICATION.value)).seats_filled == 59
        name = db.get_one(Educator, ("2022", late)).last_name
    (told,) = letters_written("ended_without_cohort")
    assert told["to"] == late
    assert "can request seats again in the next survey" in str(told["body"])
    (lead,) = letters_written("ended_without_cohort_lead")
    assert name in str(lead["body"])
    assert tell_who_waits.fn("2022", DAY_AFTER) == 0
    broken = {item.check.name for item in audit("2022", DAY_AFTER) if item.violations}
    assert not broken & {"seats-without-a-cohort-end", "everybody-has-a-cohort-or-word"}


def test_a_season_is_not_closed_while_somebody_has_a_seat_without_a_cohort() -> None:
    one_waits()
    with reading() as db:
        assert left_open(db, "2022", policy().local_day(LAST_DAY))["participant without a cohort"] == 1
    end_seats_without_cohort.fn("2022", DAY_AFTER)
    with reading() as db:
        assert left_open(db, "2022", policy().local_day(DAY_AFTER))["participant without a cohort"] == 0


def told(kind: str, key: str, moment: datetime) -> str:
    return explained(history_of("2022", kind, key, moment), "2022").partition("What has happened")[0]


def test_what_explains_a_district_and_a_participant_without_a_cohort_names_the_day_on_which_it_is_over() -> None:
    late = one_waits()
    for kind, key in (("district", LEA), ("educator", late)):
        assert "A place can become free until Monday, October 31, 2022; after that day the seat ends." in told(
            kind, key, START
        )
        over = told(kind, key, DAY_AFTER)
        assert "No cohort of this season could be joined after Monday, October 31, 2022" in over
        assert "Seats can be requested again in the survey of the next season." in over
    end_seats_without_cohort.fn("2022", DAY_AFTER)
    ended = told("educator", late, DAY_AFTER)
    assert "The participation in ISTE Certification for Educators has ended." in ended
    assert "No cohort of this season could be joined after Monday, October 31, 2022" in ended


def test_what_explains_somebody_without_a_cohort_names_the_times_with_room() -> None:
    one_waits()
    fill_cohort("C2", 20, "TUE-15:30")
    assert "Cohorts with room meet on Tuesdays at 3:30 p.m. (next on Tuesday, September 13, 2022)" in told(
        "district", LEA, START
    )
