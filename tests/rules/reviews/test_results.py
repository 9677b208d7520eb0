from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.reviews.results import (
    counted_scores,
    dual_result,
    evaluator_step,
    judge,
    mean_hundredths,
    resumed_clock,
    sla_clock,
    sla_ladder,
    sla_state,
    third_score,
)
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
    assert [sla_state(clock, moment, policy()) for moment in moments] == ["warned-5", "overdue", "overdue", "breached"]


def test_warnings_come_fourteen_and_five_local_days_before_the_target() -> None:
    clock = sla_clock(datetime(2023, 1, 2, 15, 0, tzinfo=UTC), policy())
    states = [sla_state(clock, clock.due_at - timedelta(days=days), policy()) for days in (15, 14, 6, 5, 0)]
    assert states == ["on_time", "warned-14", "warned-14", "warned-5", "warned-5"]
    assert sla_ladder(REVIEW) == ("", "warned-14", "warned-5", "overdue", "breached")


moments = st.integers(0, 3 * 365 * 24 * 60).map(
    lambda minutes: datetime(2022, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)
)


@given(moments)
def test_the_target_and_the_limit_are_at_the_same_local_time_as_the_submission(started: datetime) -> None:
    clock, zone = sla_clock(started, policy()), policy().zone
    local = started.astimezone(zone)
    for at, weeks in ((clock.due_at, 6), (clock.breach_at, 8)):
        days = (at.astimezone(zone).date() - local.date()).days
        assert days == 7 * weeks
        wall = at.astimezone(zone).replace(tzinfo=None)
        skipped = wall - local.replace(tzinfo=None) - timedelta(weeks=weeks)
        assert skipped in {timedelta(), timedelta(hours=1)}  # an hour that daylight saving leaves out


@given(moments, st.integers(0, 40), st.integers(0, 60))
def test_a_clock_that_stood_still_is_later_by_as_much_and_never_earlier(
    started: datetime, after: int, held: int
) -> None:
    clock = sla_clock(started, policy())
    held_since = started + timedelta(days=after)
    later = resumed_clock(clock, held_since, held_since + timedelta(days=held), policy())
    hour = timedelta(hours=1)
    for before, now in ((clock.due_at, later.due_at), (clock.breach_at, later.breach_at)):
        assert before + timedelta(days=held) - hour <= now <= before + timedelta(days=held) + hour
        assert now >= before - hour
    assert later.breach_at > later.due_at


def test_an_evaluator_is_reminded_twice_and_then_the_review_goes_to_somebody_else() -> None:
    assigned = datetime(2023, 1, 2, 15, 0, tzinfo=UTC)

    def outcome(days: int, reminders: int) -> str:
        ruling = evaluator_step(assigned, reminders, assigned + timedelta(days=days), policy())
        return ruling.outcome if ruling else ""

    assert [outcome(13, 0), outcome(14, 0), outcome(14, 1)] == ["", "reminded", ""]
    assert [outcome(21, 1), outcome(29, 2), outcome(30, 2)] == ["reminded", "", "reassigned"]


def test_scores_more_than_fifteen_points_apart_go_to_a_third_evaluator() -> None:
    assert third_score([8000, 6500], REVIEW) is None
    ruling = third_score([8000, 6499], REVIEW)
    assert ruling
    assert "15.01 points apart" in ruling.reason
    assert third_score([8000, 6000, 7000], REVIEW) is None
    assert third_score([8000], REVIEW) is None


@pytest.mark.parametrize(
    ("scores", "counted"),
    [
        ([9000, 6000], (9000, 6000)),
        ([9000, 6000, 8500], (9000, 8500)),
        ([9000, 6000, 6200], (6200, 6000)),
        ([9000, 6000, 7500], (9000, 7500)),
    ],
)
def test_after_a_third_score_the_two_closest_count_the_higher_ones_if_equal(
    scores: list[int], counted: tuple[int, ...]
) -> None:
    assert counted_scores(scores, REVIEW) == counted


@given(st.lists(st.integers(0, 10000), min_size=3, max_size=3), st.permutations(range(3)))
def test_the_order_of_the_scores_does_not_matter(scores: list[int], order: list[int]) -> None:
    assert counted_scores([scores[i] for i in order], REVIEW) == counted_scores(scores, REVIEW)


def test_one_process_has_two_results() -> None:
    found = [dual_result(educator, librarian).outcome for educator in (True, False) for librarian in (True, False)]
    assert found == ["both", "one", "one", "none"]
    assert "the librarian portfolio is still open" in dual_result(True, False).reason
