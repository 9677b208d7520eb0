"""The SLA clock, the result of a round, and how long a result may take. Source: FAQ III, 80 %, 6 to 8 weeks."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from schemas.policy import Policy, Review
from schemas.records import Ruling, SlaClock


def sla_clock(started_at: datetime, policy: Policy) -> SlaClock:
    """Due at six weeks and breached at eight, counted in local wall time, also over weekends and daylight saving."""
    local = started_at.astimezone(policy.zone)
    due = local + timedelta(weeks=policy.review.target_weeks)
    breach = local + timedelta(weeks=policy.review.breach_weeks)
    return SlaClock(due.astimezone(UTC), breach.astimezone(UTC))


def sla_state(clock: SlaClock, as_of: datetime) -> str:
    """``on_time`` until the target, ``overdue`` after it, ``breached`` from the limit on."""
    if as_of >= clock.breach_at:
        return "breached"
    return "overdue" if as_of > clock.due_at else "on_time"


def judge(scores_hundredths: Sequence[int], review: Review) -> Ruling:
    """The result of a round: the mean of its scores reaches the limit, in exact arithmetic (79.99 does not pass).

    Raises:
        ValueError: there are no scores.
    """
    if not scores_hundredths:
        raise ValueError("a round without scores has no result")
    shown = f"{mean_hundredths(scores_hundredths) / 100:.2f} %"
    if sum(scores_hundredths) >= review.pass_percent * 100 * len(scores_hundredths):
        return Ruling(
            "portfolio-passes", "certified", f"The portfolio scored {shown}; {review.pass_percent} % certifies."
        )
    reason = (
        f"The portfolio scored {shown}, below the {review.pass_percent} % that certifies; with the feedback it may be "
        "improved and handed in again."
    )
    return Ruling("portfolio-passes", "not_yet", reason)


def mean_hundredths(scores_hundredths: Sequence[int]) -> int:
    """The mean score in hundredths of a point, rounded down so that a shown 80.00 always passes."""
    return sum(scores_hundredths) // len(scores_hundredths)
