"""A cohort that has joined another one meets no more: no action is taken on it, and what it held before stays on record."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from deployments.sample import moved_sessions, phase_one
from schemas.kinds import InputKind
from schemas.statuses import Outcome
from schemas.tables import Application, Attendance, Cohort, CohortSession, Decision, IntakeRow
from tasks.cohorts.attendance import propose_merges, settle_attendance
from tasks.cohorts.changes import merge_two_cohorts, move_to_cohort
from tasks.cohorts.moved_sessions import move_session
from tasks.cohorts.replan import plan_cohorts_again
from tasks.cohorts.start_answers import decide_on_start, record_start_answer
from tasks.core.database import reading, transaction
from tasks.ledger.unit_of_work import OperatorError
from tasks.season.history import history_of
from tests.factories.cohorts import fill_cohort
from tests.factories.letters.written import letters_written
from tests.factories.season import LEA_IDS, sample_world, stage_rows
from tests.factories.seats import open_season_with_seats

pytestmark = pytest.mark.usefixtures("database")
BEFORE = datetime(2022, 9, 10, 13, 0, tzinfo=UTC)
MERGED = datetime(2022, 9, 14, 13, 0, tzinfo=UTC)  # after session 1 of both
NEXT = datetime(2022, 9, 15, 13, 0, tzinfo=UTC)
AFTER = datetime(2022, 10, 3, 13, 0, tzinfo=UTC)
WANTED = datetime(2022, 9, 28, 15, 30)  # noqa: DTZ001 - local, as an operator types it
PLANNED = datetime(2022, 9, 26, 15, 30)  # noqa: DTZ001 - local


def merged() -> list[str]:
    """C1 joins C2; the addresses of those who moved."""
    open_season_with_seats()
    emails = fill_cohort("C1", 14)
    fill_cohort("C2", 20, "TUE-15:30")
    merge_two_cohorts.fn("2022", "C1", "C2", "too small", MERGED)
    return emails


ACTIONS: dict[str, Callable[[str], Any]] = {
    "move a session": lambda _: move_session.fn("2022", "C1", 2, WANTED, reason="is ill", as_of=NEXT),
    "keep a session": lambda _: move_session.fn(
        "2022",
        "C1",
        2,
        PLANNED,
        reason="is ill",
        as_of=NEXT,
    ),
    "move somebody there": lambda email: move_to_cohort.fn("2022", email, "C1", "a class at that time", NEXT),
    "merge it again": lambda _: merge_two_cohorts.fn("2022", "C1", "C3", "too small", NEXT),
    "merge another one into it": lambda _: merge_two_cohorts.fn("2022", "C3", "C1", "too small", NEXT),
    "decide on its start": lambda _: decide_on_start.fn("2022", "C1", date(2022, 10, 3), "asked for", NEXT),
    "answer its start": lambda _: record_start_answer.fn(
        "2022", LEA_IDS[0], "C1", None, requested_by="lead", as_of=NEXT
    ),
}


@pytest.mark.parametrize("name", ACTIONS)
def test_no_action_is_taken_on_a_cohort_that_has_joined_another_one(name: str) -> None:
    emails = merged()
    fill_cohort("C3", 3, "WED-15:30")
    with reading() as db:
        before = [(s.session_number, s.starts_at) for s in db.scalars(select(CohortSession).filter_by(cohort_id="C1"))]
    with pytest.raises(OperatorError) as refused:
        ACTIONS[name](emails[0])
    if "start" not in name:
        assert str(refused.value) == "The cohort has joined C2 and does not meet any more; name C2 instead."
    with reading() as db:
        found = [(s.session_number, s.starts_at) for s in db.scalars(select(CohortSession).filter_by(cohort_id="C1"))]
        told = select(Decision.reason).where(Decision.subject_key == "C1", Decision.decided_at == NEXT)
        assert (found, db.scalars(told).all()) == (before, [])


def test_a_new_plan_leaves_a_cohort_that_has_joined_another_one_alone() -> None:
    open_season_with_seats()
    one, two = "2022-C001", "2022-C002"
    fill_cohort(one, 14)
    fill_cohort(two, 20, "TUE-15:30")
    merge_two_cohorts.fn("2022", one, two, "too small", BEFORE)
    plan_cohorts_again.fn("2022", ["F001"], "has left", BEFORE)
    with reading() as db:
        assert db.get_one(Cohort, ("2022", one)).merged_into == two
        about = select(Decision.outcome).where(Decision.subject_key == one, Decision.outcome != Outcome.MERGED)
        assert db.scalars(about).all() == []


def test_attendance_of_a_merged_cohort_counts_for_what_it_held_and_for_nothing_after_it(tmp_path: Path) -> None:
    email = merged()[0]
    row = {"cohort_id": "C1", "email": email, "attended": "yes", "independent_hours": 6}
    stage_rows(tmp_path, InputKind.ATTENDANCE, AFTER, {**row, "session_number": 1}, {**row, "session_number": 2})
    assert settle_attendance.fn("2022", AFTER) == 1
    with reading() as db:
        (kept,) = db.scalars(select(Attendance))
        assert (kept.cohort_id, kept.session_number) == ("C1", 1)
        reasons = db.scalars(select(IntakeRow.reason).where(IntakeRow.kind == InputKind.ATTENDANCE)).all()
    assert "No such session has been held; check the cohort and the number of the session." in reasons


def test_what_explains_a_merged_cohort_names_no_session_after_the_merge() -> None:
    merged()
    told = " ".join(event.text for event in history_of("2022", "cohort", "C1", AFTER).events)
    assert "Session 1 was held" in told
    assert "Session 2" not in told


def test_the_sample_moves_no_session_of_a_cohort_that_is_merged_on_that_day() -> None:
    open_season_with_seats()
    fill_cohort("C1", 14)
    fill_cohort("C2", 20, "TUE-15:30")
    propose_merges.fn("2022", BEFORE)
    day, world = date(2022, 9, 13), sample_world(4)
    assert phase_one.merge(world, day)["cohort_id"] == "C1"
    chosen = moved_sessions.moved_session(world, day), moved_sessions.excepted_session(world, day)
    assert "C2" in {item.get("cohort_id") for item in chosen}
    assert "C1" not in {item.get("cohort_id") for item in chosen}


def three_cohorts_of_which_two_are_small() -> None:
    """C1 and C5, of 14 each, could both join C3, which has room for one of them; none of their times suits the other."""
    open_season_with_seats()
    for cohort_id, size, slot in (("C1", 14, "FRI-15:30"), ("C5", 14, "SAT-09:00"), ("C3", 19, "TUE-15:30")):
        fill_cohort(cohort_id, size, slot)
    with transaction() as db:
        db.get_one(Application, ("2022", LEA_IDS[0])).slots = ["TUE-15:30"]


def test_two_small_cohorts_are_not_both_proposed_into_room_for_one_and_the_other_is_told_what_would_help() -> None:
    three_cohorts_of_which_two_are_small()
    assert [propose_merges.fn("2022", BEFORE) for _ in range(2)] == [2, 0]
    first, second = (str(letter["body"]) for letter in letters_written("merge_proposal"))
    assert (
        "C1 has 14 participants, fewer than 15; C3 (Tuesdays at 3:30 p.m., 19 participants) has room for them." in first
    )
    assert "C5 has 14 participants, fewer than 15; no cohort that suits all of their districts has room" in second
    assert "C3 (Tuesdays at 3:30 p.m., 19 participants) has room for them if C1 does not join it." in second
    assert "1 more participant would be enough" in second


def test_operators_hear_of_a_small_cohort_again_after_each_session_until_nobody_can_change_cohorts() -> None:
    three_cohorts_of_which_two_are_small()
    propose_merges.fn("2022", BEFORE)
    merge_two_cohorts.fn("2022", "C1", "C3", "too small", BEFORE)
    days = [datetime(2022, 9, 18, 13, 0, tzinfo=UTC) + timedelta(weeks=2 * n) for n in range(5)]
    told = [propose_merges.fn("2022", day) for day in days]
    assert told == [1, 1, 1, 0, 0], "after sessions 1 and 2, then once that it goes on as it is"
    *_, last = letters_written("merge_proposal")
    assert "so it goes on as it is until its last session." in str(last["body"])
    assert "Merge cohorts" not in str(last["body"]), "there is nothing to do any more"
