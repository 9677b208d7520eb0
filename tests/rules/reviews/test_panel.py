"""An evaluator leaves the panel."""

import pytest

from rules.reviews.panel import (
    Independence,
    RoundWithResult,
    change_panel_entry,
    declare_conflict,
    leave_panel,
    pass_review_on,
    report_conflicted_result,
    withdraw_for_conflict,
)
from schemas.statuses import Outcome


@pytest.mark.parametrize(("reason", "outcome"), [("has moved away", Outcome.LEFT), (" ", Outcome.REJECTED)])
def test_an_evaluator_leaves_the_panel_with_a_reason_only(reason: str, outcome: Outcome) -> None:
    assert leave_panel(reason).outcome == outcome


def test_whose_review_goes_to_somebody_else_reads_why() -> None:
    assert pass_review_on().outcome == Outcome.PASSED_ON
    assert "The panel has changed" in pass_review_on().reason


def test_a_conflict_is_declared_with_a_reason_only() -> None:
    assert declare_conflict("0900002", " ").outcome == Outcome.REJECTED
    assert declare_conflict("0900002", "kin").reason == "A conflict with district 0900002 was declared: kin."


@pytest.mark.parametrize(
    ("now", "reason"),
    [
        (Independence("0900002", frozenset({"0900005"})), None),
        (Independence("0900002", frozenset()), None),
        (Independence("0900002", frozenset({"0900007"})), "a conflict with district 0900007 was declared."),
        (Independence("0900009", frozenset()), "the evaluator now works in district 0900009."),
        (Independence(None, frozenset()), "the evaluator now works in no district."),
    ],
)
def test_a_newer_list_says_what_it_changes_and_takes_no_conflict_back(now: Independence, reason: str | None) -> None:
    ruling = change_panel_entry(Independence("0900002", frozenset({"0900005"})), now)
    assert (ruling and ruling.reason) == (reason and f"By the newer list {reason}")


@pytest.mark.parametrize(("lea_id", "goes"), [("0900002", True), ("0900005", True), ("0900007", False)])
def test_a_review_goes_to_somebody_else_where_its_evaluator_is_not_independent(lea_id: str, goes: bool) -> None:
    ruling = withdraw_for_conflict(lea_id, Independence("0900002", frozenset({"0900005"})))
    assert (ruling is not None and ruling.outcome == Outcome.PASSED_ON) == goes


def test_a_score_of_an_open_round_does_not_count_and_its_evaluator_reads_so() -> None:
    ruling = withdraw_for_conflict("0900005", Independence(None, frozenset({"0900005"})), is_scored=True)
    assert ruling
    assert "so your score stays on record and does not count, and another evaluator will write" in ruling.reason


@pytest.mark.parametrize(
    ("round_", "outcome", "words"),
    [
        (RoundWithResult(1, 1, is_newest_open=False), Outcome.OPERATOR, "We propose a re-review"),
        (RoundWithResult(1, 2, is_newest_open=True), Outcome.SUPERSEDED, "is being reviewed again already"),
        (RoundWithResult(1, 2, is_newest_open=False), Outcome.SUPERSEDED, "A newer result of the portfolio counts"),
    ],
)
def test_of_a_result_on_a_score_against_a_conflict_operators_read_what_can_be_done(
    round_: RoundWithResult, outcome: Outcome, words: str
) -> None:
    ruling = report_conflicted_result("0900005", Independence(None, frozenset({"0900005"})), round_)
    assert ruling
    assert ruling.outcome == outcome
    assert words in ruling.reason
    assert report_conflicted_result("0900007", Independence("0900002", frozenset({"0900005"})), round_) is None
