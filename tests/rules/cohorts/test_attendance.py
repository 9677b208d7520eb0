from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.cohorts.attendance import check_in_due_on, learning_standing
from schemas.records import Term
from tests.builders import policy

COHORTS = policy().cohorts
TERM = Term(date(2022, 9, 12), date(2022, 12, 18))


@pytest.mark.parametrize(
    ("held", "attended", "outcome"),
    [
        (1, 1, "on_track"),
        (1, 0, "warned"),
        (2, 0, "at_risk"),
        (5, 4, "completed"),
        (5, 3, "at_risk"),
        (5, 5, "completed"),
    ],
)
def test_one_session_may_be_missed_and_four_complete_phase_one(held: int, attended: int, outcome: str) -> None:
    assert learning_standing(held, attended, 0, COHORTS).outcome == outcome


def test_hours_are_two_a_session_and_those_on_ones_own() -> None:
    assert "5 of 5 sessions attended, 40 of about 40 hours" in learning_standing(5, 5, 30, COHORTS).reason


@given(st.integers(0, 5), st.integers(0, 5), st.integers(0, 60))
def test_who_attends_one_more_session_never_stands_worse(held: int, attended: int, hours: int) -> None:
    order = ("at_risk", "warned", "on_track", "completed")
    attended = min(attended, held)
    now = learning_standing(held, attended, hours, COHORTS).outcome
    better = learning_standing(held, min(attended + 1, held), hours, COHORTS).outcome
    assert order.index(better) >= order.index(now)


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
