from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.reviews import judge, mean_hundredths, sla_clock, sla_state
from tests.builders import changed_policy, policy

REVIEW = policy().review


def test_eighty_percent_certifies_and_a_hundredth_less_does_not() -> None:
    assert judge([8000, 8000], REVIEW).outcome == "certified"
    assert judge([8000, 7999], REVIEW).outcome == "not_yet"
    assert judge([7999], REVIEW).outcome == "not_yet"


def test_a_shown_mean_of_eighty_always_passed() -> None:
    assert mean_hundredths([8000, 7999]) == 7999
    assert "79.99 %" in judge([8000, 7999], REVIEW).reason


def test_a_round_without_scores_is_a_fault() -> None:
    with pytest.raises(ValueError, match="no result"):
        judge([], REVIEW)


@given(st.lists(st.integers(0, 10000), min_size=1, max_size=5))
def test_the_result_is_the_exact_mean_against_the_limit(scores: list[int]) -> None:
    passes = sum(scores) * 100 >= 80 * 100 * 100 * len(scores)
    assert (judge(scores, REVIEW).outcome == "certified") is passes


def test_the_clock_is_due_at_six_weeks_and_breached_at_eight_in_local_time() -> None:
    started = datetime(2023, 2, 20, 15, 0, tzinfo=UTC)  # 10:00 in winter
    clock = sla_clock(started, policy())
    assert clock.due_at == datetime(2023, 4, 3, 14, 0, tzinfo=UTC)  # 10:00 in summer
    assert clock.breach_at == datetime(2023, 4, 17, 14, 0, tzinfo=UTC)


def test_the_weeks_come_from_the_policy() -> None:
    started = datetime(2023, 1, 2, 15, 0, tzinfo=UTC)
    clock = sla_clock(started, changed_policy(review__target_weeks=5, review__breach_weeks=7))
    assert (clock.due_at - started, clock.breach_at - started) == (timedelta(weeks=5), timedelta(weeks=7))


def test_on_time_until_the_target_overdue_after_it_breached_from_the_limit_on() -> None:
    clock = sla_clock(datetime(2023, 1, 2, 15, 0, tzinfo=UTC), policy())
    second = timedelta(seconds=1)
    moments = (clock.due_at, clock.due_at + second, clock.breach_at - second, clock.breach_at)
    assert [sla_state(clock, moment) for moment in moments] == ["on_time", "overdue", "overdue", "breached"]
