"""A place that is promised to who came for a leaver: it is taken already, and follows the cohort into another."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import select

from schemas.tables import CohortMember
from tasks.cohorts.changes import merge_two_cohorts, move_to_cohort
from tasks.core.database import reading
from tasks.ledger.unit_of_work import OperatorError
from tests.factories.cohorts import fill_cohort, promise_place
from tests.factories.enrollment import sign_form
from tests.factories.seats import open_season_with_seats

pytestmark = pytest.mark.usefixtures("database")
LATER = datetime(2022, 9, 13, 13, 0, tzinfo=UTC)
NEW = "new@lea.example"


def cohort_of(email: str) -> str:
    with reading() as db:
        return db.scalars(select(CohortMember.cohort_id).where(CohortMember.email == email)).one()


def test_a_promised_place_is_not_given_to_somebody_else() -> None:
    open_season_with_seats()
    mover = fill_cohort("C1", 16)[0]
    fill_cohort("C2", 34, "TUE-15:30")
    promise_place(NEW, "C2")
    with pytest.raises(OperatorError, match="is full with 35"):
        move_to_cohort.fn("2022", mover, "C2", "a class at that time", LATER)


def test_who_came_for_a_leaver_joins_the_cohort_into_which_the_promised_one_was_merged(tmp_path: Path) -> None:
    open_season_with_seats()
    fill_cohort("C1", 14)
    fill_cohort("C2", 20, "TUE-15:30")
    promise_place(NEW, "C1")
    merge_two_cohorts.fn("2022", "C1", "C2", "too small", LATER)
    sign_form(tmp_path, NEW, LATER)
    assert cohort_of(NEW) == "C2"


def test_a_merge_leaves_room_for_the_promised_places() -> None:
    open_season_with_seats()
    fill_cohort("C1", 14)
    fill_cohort("C2", 21, "TUE-15:30")
    promise_place(NEW, "C1")
    with pytest.raises(OperatorError, match="full"):
        merge_two_cohorts.fn("2022", "C1", "C2", "too small", LATER)
