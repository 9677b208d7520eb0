"""A submission is judged by its own moment among the rounds of its portfolio."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.reviews.rounds import PastRound, admit_beside_rounds, end_re_review, newest_result, re_review_to_end
from rules.rule_ids import RuleId
from schemas.statuses import Outcome, RoundKind, RoundStatus
from tests.factories.season import policy

DAY = timedelta(days=1)
RESULT = datetime(2023, 5, 1, 14, 0, tzinfo=UTC)
FIRST = PastRound(1, RoundKind.FIRST, RoundStatus.NOT_YET, RESULT - 30 * DAY, RESULT)


def re_review(status: RoundStatus, begins: int, ends: int | None = None) -> PastRound:
    """A second round that begins and ends so many days after the first result."""
    ended_at = None if ends is None else RESULT + ends * DAY
    return PastRound(2, RoundKind.RE_REVIEW, status, RESULT + begins * DAY, ended_at)


@pytest.mark.parametrize(
    ("rounds", "days", "words"),
    [
        ((), 6, None),
        ((FIRST,), 6, None),
        ((FIRST,), 0, None),
        ((FIRST,), -1, "was being reviewed when it was submitted"),
        ((FIRST, re_review(RoundStatus.ASSIGNED, 14)), 6, None),
        ((FIRST, re_review(RoundStatus.WAITING, 14)), 14, "is being reviewed; wait"),
        ((FIRST, re_review(RoundStatus.ASSIGNED, 14)), 20, "is being reviewed; wait"),
        ((FIRST, re_review(RoundStatus.NOT_YET, 14, 30)), 6, None),
        ((FIRST, re_review(RoundStatus.NOT_YET, 14, 30)), 20, "was being reviewed when it was submitted"),
        ((FIRST, re_review(RoundStatus.CERTIFIED, 14, 30)), 6, "certified already"),
        ((FIRST, re_review(RoundStatus.CERTIFIED, 14, 30)), 40, "certified already"),
        (
            (FIRST, PastRound(2, RoundKind.RESUBMISSION, RoundStatus.WAITING, RESULT + 9 * DAY)),
            6,
            "of 2023-05-10, counts",
        ),
    ],
)
def test_a_review_stands_against_a_submission_only_where_it_was_open_at_that_moment(
    rounds: tuple[PastRound, ...], days: int, words: str | None
) -> None:
    ruling = admit_beside_rounds(RESULT + days * DAY, rounds, policy())
    if words is None:
        assert ruling is None
    else:
        assert ruling
        assert (ruling.rule, ruling.outcome) == (RuleId.ONE_ROUND_AT_A_TIME, Outcome.REJECTED)
        assert words in ruling.reason


@given(st.integers(-40, 60), st.integers(1, 30))
def test_whether_a_submission_is_refused_does_not_depend_on_when_a_later_re_review_is_noticed(
    days: int, begins: int
) -> None:
    submitted_at = RESULT + days * DAY
    later = re_review(RoundStatus.ASSIGNED, begins)
    before = admit_beside_rounds(submitted_at, (FIRST,), policy())
    after = admit_beside_rounds(submitted_at, (FIRST, later), policy())
    assert (before == after) == (submitted_at < later.started_at)


def test_a_re_review_ends_that_is_open_and_began_after_the_submission_and_no_other_one() -> None:
    opened = re_review(RoundStatus.ASSIGNED, 14)
    assert re_review_to_end(RESULT + 6 * DAY, (FIRST, opened)) == opened
    assert re_review_to_end(RESULT + 14 * DAY, (FIRST, opened)) is None
    assert re_review_to_end(RESULT + 6 * DAY, (FIRST, re_review(RoundStatus.NOT_YET, 14, 30))) is None
    assert re_review_to_end(RESULT + 6 * DAY, (FIRST,)) is None
    ruling = end_re_review(2, date(2023, 5, 7))
    assert (ruling.rule, ruling.outcome) == (RuleId.ONE_ROUND_AT_A_TIME, Outcome.SUPERSEDED)
    assert "submitted again before this review began, on 2023-05-07. Round 2 ends without a result" in ruling.reason


def test_the_result_that_stands_is_the_newest_one_and_a_round_without_one_is_none() -> None:
    ended = re_review(RoundStatus.SUPERSEDED, 14, 15)
    again = PastRound(3, RoundKind.RESUBMISSION, RoundStatus.ASSIGNED, RESULT + 6 * DAY)
    assert newest_result(()) is None
    assert newest_result((FIRST, ended, again)) is RoundStatus.NOT_YET
    assert newest_result((FIRST, re_review(RoundStatus.CERTIFIED, 14, 30))) is RoundStatus.CERTIFIED
