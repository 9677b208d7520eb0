from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.cohorts.attendance import admit_attendance, check_in, check_in_due_on, learning_standing
from schemas.records import Term
from schemas.statuses import Outcome
from tests.factories.season import policy

COHORTS = policy().cohorts
TERM = Term(date(2022, 9, 12), date(2022, 12, 18))


@pytest.mark.parametrize(
    ("held", "missed", "outcome"),
    [
        (1, [], Outcome.ON_TRACK),
        (1, [1], Outcome.WARNED),
        (2, [1, 2], Outcome.AT_RISK),
        (5, [2], Outcome.COMPLETED),
        (5, [2, 4], Outcome.AT_RISK),
        (5, [], Outcome.COMPLETED),
    ],
)
def test_four_sessions_are_expected_and_who_is_in_fewer_is_told(held: int, missed: list[int], outcome: Outcome) -> None:
    assert learning_standing(held, missed, 0, COHORTS).outcome == outcome


def test_who_missed_sessions_is_told_which_to_catch_up_on_and_never_that_something_is_refused() -> None:
    reason = learning_standing(5, [2, 3, 5], 0, COHORTS).reason
    assert "To catch up on: sessions 2, 3, and 5. Participants are expected in at least 4 sessions." in reason
    assert not {"needed", "complete phase 1", "allows"} & set(reason.split())


def test_hours_are_two_a_session_and_those_on_ones_own() -> None:
    assert "5 of 5 sessions, and 40 of about 40 hours of learning." in learning_standing(5, [], 30, COHORTS).reason


@given(st.integers(0, 5), st.sets(st.integers(1, 5)), st.integers(0, 60))
def test_who_attends_one_more_session_never_stands_worse(held: int, numbers: set[int], hours: int) -> None:
    order = (Outcome.AT_RISK, Outcome.WARNED, Outcome.ON_TRACK, Outcome.COMPLETED)
    missed = sorted(number for number in numbers if number <= held)
    now = learning_standing(held, missed, hours, COHORTS).outcome
    better = learning_standing(held, missed[1:], hours, COHORTS).outcome
    assert order.index(Outcome(better)) >= order.index(Outcome(now))


@pytest.mark.parametrize(
    ("day", "due"),
    [
        ("2022-09-12", None),
        ("2022-10-09", None),
        ("2022-10-10", "2022-10-10"),
        ("2022-11-06", "2022-10-10"),
        ("2022-11-07", "2022-11-07"),
        ("2022-12-17", "2022-12-05"),
        ("2022-12-18", "2022-12-18"),
        ("2023-03-01", "2022-12-18"),
    ],
)
def test_a_check_in_is_due_every_four_weeks_and_at_the_end(day: str, due: str | None) -> None:
    assert check_in_due_on(TERM, date.fromisoformat(day), COHORTS) == (date.fromisoformat(due) if due else None)


@given(st.integers(0, 200))
def test_a_check_in_is_never_due_in_the_future(days: int) -> None:
    today = TERM.starts_on + timedelta(days=days)
    due = check_in_due_on(TERM, today, COHORTS)
    assert due is None or due <= today


@pytest.mark.parametrize(
    ("is_held", "is_member", "is_known", "outcome"),
    [
        (False, True, False, Outcome.REJECTED),
        (True, False, False, Outcome.REJECTED),
        (True, True, True, Outcome.SUPERSEDED),
        (True, True, False, Outcome.ACCEPTED),
    ],
)
def test_attendance_is_of_a_member_in_a_session_that_was_held_and_counts_once(
    is_held: bool, is_member: bool, is_known: bool, outcome: Outcome
) -> None:
    assert admit_attendance(is_held, is_member, is_known).outcome == outcome


def test_a_standing_counts_one_session_as_one() -> None:
    assert "Attendance so far: 1 of 1 session, and 2 of about 40 hours" in learning_standing(1, [], 0, COHORTS).reason


@pytest.mark.parametrize(
    ("participants", "concerns", "reason"),
    [
        (1, 0, "A check-in about 1 participant, none of whom has missed sessions."),
        (4, 1, "A check-in about 4 participants, 1 of whom has missed sessions."),
        (4, 2, "A check-in about 4 participants, 2 of whom have missed sessions."),
    ],
)
def test_a_check_in_says_how_many_have_missed_sessions(participants: int, concerns: int, reason: str) -> None:
    assert check_in(participants, concerns).reason == reason
