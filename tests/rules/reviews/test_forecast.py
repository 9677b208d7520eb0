"""What the forecast takes from the policy, and how it is told."""

from datetime import date, timedelta

import pytest

from rules.reviews.capacity import Bottleneck, CapacityPlan
from rules.reviews.forecast import bottleneck_in_words, week_of_deadline, weekly_capacity
from tests.factories.season import changed_policy

MONDAY = date(2023, 1, 9)
WEEKS = [MONDAY + timedelta(weeks=number) for number in range(3)]


@pytest.mark.parametrize(
    ("absent_on", "capacity"),
    [
        (MONDAY - timedelta(days=7), [10, 10, 10]),
        (MONDAY - timedelta(days=6), [0, 10, 10]),
        (MONDAY, [0, 10, 10]),
        (MONDAY + timedelta(days=7), [10, 0, 10]),
    ],
)
def test_an_evaluator_gives_nothing_in_a_week_that_shares_a_day_with_the_absence(
    absent_on: date, capacity: list[int]
) -> None:
    review = changed_policy(review__absent_weeks={"E1": [absent_on]}).review
    assert weekly_capacity("E1", WEEKS, review) == capacity
    assert weekly_capacity("E2", WEEKS, review) == [10, 10, 10]


@pytest.mark.parametrize(
    ("days", "week"), [(-8, -2), (-7, -1), (-1, -1), (0, 0), (1, 0), (7, 0), (8, 1), (42, 5), (43, 6)]
)
def test_six_weeks_until_a_target_are_six_weeks_and_no_seventh(days: int, week: int) -> None:
    assert week_of_deadline(MONDAY + timedelta(days=days), MONDAY) == week


def plan(late: tuple[str, ...], bottleneck: Bottleneck | None) -> CapacityPlan:
    return CapacityPlan({}, late, (), 0, bottleneck, is_proven=True)


@pytest.mark.parametrize(
    ("late", "bottleneck", "words"),
    [
        ((), None, "Every portfolio will have its result by the target."),
        (("P1",), None, "There is time enough, but too few evaluators are independent of the districts"),
        (("P1",), Bottleneck("educator", -1, 1), "By 2023-01-09, the panel can give 1 review of educator portfolios"),
        (("P1",), Bottleneck("librarian", 0, 2), "By 2023-01-15, the panel can give 2 reviews of librarian portfolios"),
    ],
)
def test_the_bottleneck_says_by_when_how_many_reviews_are_missing(
    late: tuple[str, ...], bottleneck: Bottleneck | None, words: str
) -> None:
    assert bottleneck_in_words(plan(late, bottleneck), MONDAY).startswith(words)
