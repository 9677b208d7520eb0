"""What letters say of a start that may still move, to leads and to participants; and of who merges with whom."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from schemas.statuses import CohortKind
from schemas.tables import Cohort
from tasks.cohorts.attendance import propose_merges
from tasks.cohorts.changes import move_to_cohort
from tasks.cohorts.start_answers import decide_on_start
from tasks.cohorts.starts import confirm_silent_starts
from tasks.core.database import transaction
from tasks.season.audit import audit
from tests.factories.cohorts import fill_cohort
from tests.factories.enrollment import enroll_educators
from tests.factories.letters.written import letters_written
from tests.factories.seats import open_season_with_seats
from tests.tasks.cohorts.starts import (
    AFTER,
    ANSWERED,
    COHORT,
    FIRST,
    LATER,
    LEA,
    OTHER,
    combined_cohort,
    private_cohort,
    send,
    start_row,
    told_last,
)

pytestmark = pytest.mark.usefixtures("database")
MAY_MOVE = "we may still move it; you would get a letter. Otherwise this start is final."
SETTLED = "If nobody asks, the start is settled after that day; if it moves, you will get a letter with the new dates."
NEW_CHECKS = {
    "confirmed-starts-say-whether-they-may-move",
    "participants-know-until-when-their-start-may-move",
    "merges-within-a-district-say-so",
}


def found_broken(as_of: datetime) -> set[str]:
    return {item.check.name for item in audit("2022", as_of) if item.violations and item.check.name in NEW_CHECKS}


def test_a_participant_is_told_until_when_the_start_may_move() -> None:
    combined_cohort()
    (told, *_) = letters_written("cohort")
    assert (
        f"The start may still move: district leads can ask for another one until Thursday, August 25, 2022. {SETTLED}"
        in told["body"]
    )
    assert found_broken(ANSWERED) == set()


def test_a_participant_of_a_private_cohort_is_told_that_the_own_lead_may_ask() -> None:
    private_cohort()
    (told, *_) = letters_written("cohort")
    assert "with educators of your district" in told["body"]
    assert "your district lead can ask for another one until Thursday, August 25, 2022." in told["body"]


def test_who_comes_when_the_start_is_agreed_is_told_nothing_of_its_moving() -> None:
    private_cohort()
    late = enroll_educators("late-", 1)[0]
    confirm_silent_starts.fn("2022", AFTER)
    move_to_cohort.fn("2022", late, COHORT, "signed late", AFTER)
    told = told_last("cohort")
    assert told["to"] == late
    assert "may still move" not in told["body"]


def test_a_lead_who_confirms_is_told_until_when_another_district_may_move_the_start(tmp_path: Path) -> None:
    combined_cohort()
    send(tmp_path, start_row())
    body = told_last("start_answered")["body"]
    assert f"If another district in the cohort asks for another start by Thursday, August 25, 2022, {MAY_MOVE}" in body
    assert found_broken(ANSWERED) == set()


def test_a_lead_who_confirms_is_told_that_another_district_has_asked_for_another_start(tmp_path: Path) -> None:
    combined_cohort()
    send(tmp_path, start_row("another", "2022-09-27", OTHER), start_row(answered_on="2022-08-19"))
    body = {letter["to"]: letter["body"] for letter in letters_written("start_answered")}["lead@lea.example"]
    assert (
        "Another district in the cohort has asked for another start. We decide on it by Monday, August 29, 2022,"
        in body
    )


def test_the_start_of_a_private_cohort_is_final_when_its_lead_has_confirmed_it(tmp_path: Path) -> None:
    private_cohort()
    send(tmp_path, start_row())
    body = told_last("start_answered")["body"]
    assert "This start is final unless you ask for another one by Thursday, August 25, 2022." in body
    assert "we may still move it" not in body


def test_a_start_on_which_staff_decide_is_final_for_who_asked_once_no_other_lead_may_ask(tmp_path: Path) -> None:
    combined_cohort()
    send(tmp_path, start_row("another", "2022-09-27"), start_row(lea_id=OTHER))
    late = datetime(2022, 8, 28, 13, 0, tzinfo=UTC)
    decide_on_start.fn("2022", COHORT, FIRST, "the other district has planned for it", late)
    body = told_last("start_answered")["body"]
    assert "This start is final." in body


def test_participants_of_a_cohort_that_moves_are_told_until_when_it_may_move_again(tmp_path: Path) -> None:
    combined_cohort()
    send(tmp_path, start_row("another", "2022-09-27"))
    decide_on_start.fn("2022", COHORT, LATER, "school begins late", ANSWERED)
    assert "until Monday, August 29, 2022" in told_last("start_moved")["body"]
    assert "If one of their leads asks for another start, we may move it" in told_last("start_proposed")["body"]


def test_a_merge_within_one_district_is_proposed_as_one_among_colleagues() -> None:
    open_season_with_seats()
    fill_cohort("C1", 14)
    fill_cohort("C2", 20, "TUE-15:30")
    with transaction() as db:
        for cohort_id in ("C1", "C2"):
            db.get_one(Cohort, ("2022", cohort_id)).kind = CohortKind.PRIVATE
    propose_merges.fn("2022", ANSWERED)
    body = told_last("merge_proposal")["body"]
    assert f"Both are private cohorts of district {LEA}, so everybody stays among colleagues." in body
    assert found_broken(ANSWERED) == set()


def test_a_merge_of_a_private_cohort_into_a_combined_one_says_that_it_brings_other_districts() -> None:
    open_season_with_seats()
    fill_cohort("C1", 14)
    fill_cohort("C2", 20, "TUE-15:30")
    with transaction() as db:
        db.get_one(Cohort, ("2022", "C1")).kind = CohortKind.PRIVATE
    propose_merges.fn("2022", ANSWERED)
    assert f"C1 is a private cohort of district {LEA}, and C2 is a combined one." in told_last("merge_proposal")["body"]
