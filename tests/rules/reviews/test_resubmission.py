"""Until when a portfolio that does not certify may come again."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.reviews.resubmission import admit_resubmission, offer_resubmission, remind_of_resubmission
from rules.rule_ids import RuleId
from schemas.records import Track
from schemas.statuses import Outcome
from tests.factories.season import changed_policy, policy

TOLD = date(2023, 6, 1)
LAST = date(2023, 8, 30)
DAY = timedelta(days=1)


def test_ninety_days_after_the_result_are_offered_however_often_it_came() -> None:
    for rounds in (1, 2, 9):
        offer = offer_resubmission(TOLD, rounds, True, policy().portfolio)
        assert (offer.until, offer.ruling.outcome) == (LAST, Outcome.OPEN)
        assert "submitted again through 2023-08-30" in offer.ruling.reason


def test_who_has_used_all_rounds_of_the_policy_is_not_told_to_come_again() -> None:
    twice = changed_policy(portfolio__maximum_rounds=2).portfolio
    assert offer_resubmission(TOLD, 1, True, twice).until == LAST
    offer = offer_resubmission(TOLD, 2, True, twice)
    assert (offer.until, offer.ruling.outcome) == (None, Outcome.OVER)
    assert offer.ruling.reason == "A portfolio can be submitted 2 times at most, so it cannot be submitted again."


def test_whose_participation_has_ended_is_not_told_to_come_again() -> None:
    offer = offer_resubmission(TOLD, 1, False, policy().portfolio)
    assert (offer.until, offer.ruling.outcome) == (None, Outcome.OVER)


@pytest.mark.parametrize(
    ("day", "extended_until", "outcome"),
    [
        (LAST, None, Outcome.ACCEPTED),
        (LAST + DAY, None, Outcome.REJECTED),
        (LAST + DAY, LAST + DAY, Outcome.ACCEPTED),
        (LAST + 2 * DAY, LAST + DAY, Outcome.REJECTED),
        (LAST, LAST - 30 * DAY, Outcome.ACCEPTED),
    ],
)
def test_it_counts_through_the_last_day_or_the_one_that_an_operator_gave(
    day: date, extended_until: date | None, outcome: Outcome
) -> None:
    ruling = admit_resubmission(day, LAST, extended_until)
    assert (ruling.rule, ruling.outcome) == (RuleId.RESUBMISSION, outcome)


def test_where_nothing_was_offered_nothing_counts() -> None:
    ruling = admit_resubmission(TOLD, None, None)
    assert ruling.outcome == Outcome.REJECTED
    assert ruling.reason == "This portfolio cannot be submitted again; its last result stands."


@given(st.dates(date(2022, 1, 1), date(2027, 1, 1)), st.integers(-10, 200))
def test_whatever_day_was_told_is_the_last_that_counts(told_on: date, after: int) -> None:
    until = offer_resubmission(told_on, 1, True, policy().portfolio).until
    assert until is not None
    ruling = admit_resubmission(told_on + after * DAY, until, None)
    assert (ruling.outcome == Outcome.ACCEPTED) == (after <= policy().portfolio.resubmission_days)


@pytest.mark.parametrize(("left", "mark"), [(31, None), (30, 30), (8, 30), (7, 7), (0, 7), (-1, None)])
def test_reminders_come_on_the_policys_days_before_the_last_one_and_never_after_it(left: int, mark: int | None) -> None:
    found = remind_of_resubmission(Track.EDUCATOR, LAST, LAST - left * DAY, policy().portfolio)
    assert (found[0] if found else None) == mark
    assert found is None or found[1].outcome == Outcome.REMINDED
