from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.reviews.results import (
    AssignedReview,
    admit_score,
    counted_scores,
    decide_round,
    dual_result,
    judge,
    mean_hundredths,
    review_again,
    seeks_both,
    third_score,
)
from rules.rule_ids import RuleId
from schemas.records import Track
from schemas.statuses import Outcome, RoundStatus
from tests.factories.season import policy

REVIEW = policy().review


def test_eighty_percent_certifies_and_a_hundredth_less_does_not() -> None:
    assert judge([8000, 8000], REVIEW).outcome == Outcome.CERTIFIED
    assert judge([8000, 7999], REVIEW).outcome == Outcome.NOT_YET
    assert judge([7999], REVIEW).outcome == Outcome.NOT_YET


def test_a_shown_mean_of_eighty_always_passed() -> None:
    assert mean_hundredths([8000, 7999]) == 7999
    assert "79.99%" in judge([8000, 7999], REVIEW).reason


def test_a_round_without_scores_is_a_fault() -> None:
    with pytest.raises(ValueError, match="no result"):
        judge([], REVIEW)


@given(st.lists(st.integers(0, 10000), min_size=1, max_size=5))
def test_the_result_is_the_exact_mean_against_the_limit(scores: list[int]) -> None:
    passes = sum(scores) * 100 >= 80 * 100 * 100 * len(scores)
    assert (judge(scores, REVIEW).outcome == Outcome.CERTIFIED) is passes


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
    assert found == [Outcome.BOTH, Outcome.ONE, Outcome.ONE, Outcome.NONE]
    assert "the librarian portfolio is still open" in dual_result(True, False).reason


def test_who_goes_for_both_has_two_portfolios_or_one_and_a_certification_already() -> None:
    assert seeks_both({Track.EDUCATOR, Track.LIBRARIAN}, is_already_certified=False)
    assert seeks_both({Track.LIBRARIAN}, is_already_certified=True)
    assert not seeks_both({Track.LIBRARIAN}, is_already_certified=False)


@pytest.mark.parametrize(
    ("assigned", "outcome", "words"),
    [
        (None, Outcome.REJECTED, "check the three ids"),
        (AssignedReview(date(2023, 3, 1), is_scored=False), Outcome.REJECTED, "withdrawn on 2023-03-01"),
        (AssignedReview(date(2023, 3, 1), is_scored=True), Outcome.REJECTED, "withdrawn on 2023-03-01"),
        (AssignedReview(None, is_scored=True), Outcome.SUPERSEDED, "on record already"),
        (AssignedReview(None, is_scored=False), Outcome.ACCEPTED, "counts toward the result"),
    ],
)
def test_a_score_is_of_an_assigned_evaluator_and_the_first_one_counts(
    assigned: AssignedReview | None, outcome: Outcome, words: str
) -> None:
    ruling = admit_score(assigned)
    assert (ruling.rule, ruling.outcome) == (RuleId.SCORE_OF_THE_PANEL, outcome)
    assert words in ruling.reason


@pytest.mark.parametrize(
    ("status", "scores", "wanted", "outcome"),
    [
        (RoundStatus.ASSIGNED, [8000], 2, None),
        (RoundStatus.WAITING, [8000, 8000], 2, None),
        (RoundStatus.CERTIFIED, [8000, 8000], 2, None),
        (RoundStatus.ASSIGNED, [8000, 8000], 2, Outcome.CERTIFIED),
        (RoundStatus.ASSIGNED, [9000, 6000], 2, Outcome.REQUESTED),
        (RoundStatus.ASSIGNED, [9000, 6000], 3, None),
        (RoundStatus.ASSIGNED, [9000, 6000, 6100], 3, Outcome.NOT_YET),
    ],
)
def test_a_round_is_decided_by_its_last_score(
    status: RoundStatus, scores: list[int], wanted: int, outcome: Outcome | None
) -> None:
    ruling = decide_round(status, scores, wanted, REVIEW)
    assert (ruling.outcome if ruling else None) == outcome


@pytest.mark.parametrize(
    ("newest", "reason", "rule", "outcome"),
    [
        (RoundStatus.WAITING, "a second look", RuleId.ONE_ROUND_AT_A_TIME, Outcome.REJECTED),
        (RoundStatus.ASSIGNED, "a second look", RuleId.ONE_ROUND_AT_A_TIME, Outcome.REJECTED),
        (RoundStatus.NOT_YET, " ", RuleId.RE_REVIEW, Outcome.REJECTED),
        (RoundStatus.NOT_YET, "a second look", RuleId.RE_REVIEW, Outcome.ACCEPTED),
        (RoundStatus.CERTIFIED, "a second look", RuleId.RE_REVIEW, Outcome.ACCEPTED),
    ],
)
def test_a_decided_portfolio_is_reviewed_again_with_a_reason(
    newest: RoundStatus, reason: str, rule: RuleId, outcome: Outcome
) -> None:
    ruling = review_again(newest, 1, reason)
    assert (ruling.rule, ruling.outcome) == (rule, outcome)
