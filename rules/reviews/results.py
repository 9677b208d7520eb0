"""The SLA clock, the result of a round, and how long a result may take. Source: FAQ III, 80 %, 6 to 8 weeks."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from rules.rule_ids import RuleId
from schemas.policy import Policy, Review
from schemas.records import Ruling, SlaClock


def sla_clock(started_at: datetime, policy: Policy) -> SlaClock:
    """Due at six weeks and breached at eight, counted in local wall time, also over weekends and daylight saving."""
    local = started_at.astimezone(policy.zone)
    due = local + timedelta(weeks=policy.review.target_weeks)
    breach = local + timedelta(weeks=policy.review.breach_weeks)
    return SlaClock(due.astimezone(UTC), breach.astimezone(UTC))


def sla_state(clock: SlaClock, as_of: datetime, policy: Policy) -> str:
    """``on_time``; ``warned-14`` and ``warned-5`` so many local days before the target; ``overdue`` after it; ``breached``."""
    if as_of >= clock.breach_at:
        return "breached"
    if as_of > clock.due_at:
        return "overdue"
    left = (policy.local_day(clock.due_at) - policy.local_day(as_of)).days
    mark = min((days for days in policy.review.warning_days_before if left <= days), default=None)
    return f"warned-{mark}" if mark else "on_time"


def sla_ladder(review: Review) -> tuple[str, ...]:
    """The states of the clock in their order, from on time to breached; each is told once. Source: rulings on the SLA."""
    warnings = sorted(review.warning_days_before, reverse=True)
    return ("", *(f"warned-{days}" for days in warnings), "overdue", "breached")


def resumed_clock(clock: SlaClock, held_since: datetime, resumed_at: datetime, policy: Policy) -> SlaClock:
    """The clock after it has waited for the participant: later by as much local time as it stood still. Source: ruling."""
    held, resumed = (at.astimezone(policy.zone).replace(tzinfo=None) for at in (held_since, resumed_at))
    stood = max(resumed - held, timedelta())  # an hour that comes twice would make it negative
    due, breach = (at.astimezone(policy.zone) + stood for at in (clock.due_at, clock.breach_at))
    return SlaClock(due.astimezone(UTC), breach.astimezone(UTC))


def evaluator_step(assigned_at: datetime, reminders: int, as_of: datetime, policy: Policy) -> Ruling | None:
    """What happens to a review without a score: a reminder on the policy's days, then somebody else. Source: ruling."""
    days = (policy.local_day(as_of) - policy.local_day(assigned_at)).days
    if days >= policy.review.evaluator_silence_days:
        return Ruling(
            RuleId.EVALUATOR_SILENCE, "reassigned", f"No score came in {days} days; the review goes to somebody else."
        )
    due = sum(days >= mark for mark in policy.review.evaluator_reminder_days)
    if due > reminders:
        return Ruling(RuleId.EVALUATOR_SILENCE, "reminded", f"No score came in {days} days; the evaluator is reminded.")
    return None


def third_score(scores_hundredths: Sequence[int], review: Review) -> Ruling | None:
    """Whether the panel's scores are so far apart that one more evaluator scores; none where not. Source: ruling."""
    spread = max(scores_hundredths) - min(scores_hundredths)
    if len(scores_hundredths) != review.reviews_per_portfolio or spread <= review.spread_points * 100:
        return None
    reason = (
        f"The scores are {spread / 100:.2f} points apart, more than {review.spread_points}: one more evaluator scores."
    )
    return Ruling(RuleId.THIRD_EVALUATOR, "requested", reason)


def counted_scores(scores_hundredths: Sequence[int], review: Review) -> tuple[int, ...]:
    """The scores that make the result: all of them, or after a third one those closest together (the higher ones if equal)."""
    count = review.reviews_per_portfolio
    if len(scores_hundredths) <= count:
        return tuple(scores_hundredths)
    ordered = sorted(scores_hundredths, reverse=True)
    first = min(range(len(ordered) - count + 1), key=lambda i: ordered[i] - ordered[i + count - 1])
    return tuple(ordered[first : first + count])


def dual_result(is_educator_certified: bool, is_librarian_certified: bool) -> Ruling:
    """Where somebody stands who goes for both certifications: one process, two results. Source: FAQ IV."""
    if is_educator_certified and is_librarian_certified:
        return Ruling(RuleId.DUAL_CERTIFICATION, "both", "Certified twice: as an educator and as a librarian.")
    which = {(True, False): ("educator", "librarian"), (False, True): ("librarian", "educator")}
    done, open_ = which.get((is_educator_certified, is_librarian_certified), ("", ""))
    if not done:
        return Ruling(RuleId.DUAL_CERTIFICATION, "none", "Neither of the two certifications is reached yet.")
    return Ruling(RuleId.DUAL_CERTIFICATION, "one", f"Certified as {done}; the {open_} portfolio is still open.")


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
            RuleId.PORTFOLIO_PASSES, "certified", f"The portfolio scored {shown}; {review.pass_percent} % certifies."
        )
    reason = (
        f"The portfolio scored {shown}, below the {review.pass_percent} % that certifies; with the feedback it may be "
        "improved and submitted again."
    )
    return Ruling(RuleId.PORTFOLIO_PASSES, "not_yet", reason)


def mean_hundredths(scores_hundredths: Sequence[int]) -> int:
    """The mean score in hundredths of a point, rounded down so that a shown 80.00 always passes."""
    return sum(scores_hundredths) // len(scores_hundredths)
