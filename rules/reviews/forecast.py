"""What the forecast of the panel's weeks takes and tells. Source: FAQ III, 6 to 8 weeks; ruling: none reviews while absent."""

from collections.abc import Sequence
from datetime import date, timedelta

from rules.reviews.capacity import CapacityPlan
from rules.wording import count
from schemas.policy import Review

_SIX_DAYS = timedelta(days=6)


def week_of_deadline(deadline: date, start: date) -> int:
    """The week from ``start`` on by whose end what has this deadline is to be written: 0 is this one, what is past is below it.

    The day of the deadline is not the first one of another week: in the six weeks until a target there are six weeks' reviews.
    """
    days = (deadline - start).days
    return max(days - 1, 0) // 7 if days >= 0 else days // 7


def weekly_capacity(evaluator_id: str, weeks: Sequence[date], review: Review) -> list[int]:
    """How many reviews an evaluator can give in each of the weeks (their first days); none in a week of absence.

    A week of absence is named by any of its days, so it touches every week that shares a day with it.
    """
    absent = review.absent_weeks.get(evaluator_id, ())
    return [
        0 if any(week - _SIX_DAYS <= day <= week + _SIX_DAYS for day in absent) else review.evaluator_weekly_reviews
        for week in weeks
    ]


def bottleneck_in_words(plan: CapacityPlan, start: date) -> str:
    """What stands in the way of results in time, for program staff; ``start`` is the first day of week 0."""
    if not plan.late:
        return "Every portfolio will have its result by the target."
    found = plan.bottleneck
    if found is None:
        return (
            "There is time enough, but too few evaluators are independent of the districts, or those who are have no time; "
            "add evaluators to the panel."
        )
    by = start + timedelta(weeks=found.week + 1, days=-1) if found.week >= 0 else start
    missing = count(found.reviews_missing, "review")
    return f"By {by}, the panel can give {missing} of {found.role} portfolios fewer than are due; add evaluators to the panel."
