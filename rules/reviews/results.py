"""Which scores count, the result of a round, and who may have another one. Source: FAQ III, 80 % certifies."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date

from rules.rule_ids import RuleId
from schemas.policy import Review
from schemas.records import Ruling, Track
from schemas.statuses import Outcome, RoundStatus

UNDER_REVIEW = frozenset({RoundStatus.WAITING, RoundStatus.ASSIGNED})
RESULTS = (RoundStatus.CERTIFIED, RoundStatus.NOT_YET)


@dataclass(frozen=True, slots=True)
class AssignedReview:
    """A review as it is on record: the local day on which it was withdrawn, and whether it has its score."""

    withdrawn_on: date | None
    is_scored: bool


def admit_score(assigned: AssignedReview | None) -> Ruling:
    """Whether a score counts: it is of an evaluator to whom the round is assigned, and the first one of them.

    ``assigned`` is none where this evaluator never had this round of this portfolio. A score that comes again is superseded.
    """
    rule = RuleId.SCORE_OF_THE_PANEL
    if assigned is None:
        reason = "This round of this portfolio was never assigned to this evaluator; check the three ids."
        return Ruling(rule, Outcome.REJECTED, reason)
    if assigned.withdrawn_on is not None:
        reason = f"This review was withdrawn on {assigned.withdrawn_on}; ask program staff."
        return Ruling(rule, Outcome.REJECTED, reason)
    if assigned.is_scored:
        return Ruling(rule, Outcome.SUPERSEDED, "This evaluator's score is on record already.")
    return Ruling(rule, Outcome.ACCEPTED, "The score counts toward the result.")


def decide_round(
    status: RoundStatus, scores_hundredths: Sequence[int], reviews_wanted: int, review: Review
) -> Ruling | None:
    """What the scores of a round decide: one more evaluator, or its result; none while a score is missing or it is decided."""
    if status is not RoundStatus.ASSIGNED or len(scores_hundredths) < reviews_wanted:
        return None
    return third_score(scores_hundredths, review) or judge(counted_scores(scores_hundredths, review), review)


def third_score(scores_hundredths: Sequence[int], review: Review) -> Ruling | None:
    """Whether the panel's scores are so far apart that one more evaluator scores; none where not. Source: ruling."""
    spread = max(scores_hundredths) - min(scores_hundredths)
    if len(scores_hundredths) != review.reviews_per_portfolio or spread <= review.spread_points * 100:
        return None
    reason = f"The scores are {spread / 100:.2f} points apart, more than {review.spread_points}, so one more evaluator scores."
    return Ruling(RuleId.THIRD_EVALUATOR, Outcome.REQUESTED, reason)


def counted_scores(scores_hundredths: Sequence[int], review: Review) -> tuple[int, ...]:
    """The scores that make the result: all of them, or after a third one those closest together (the higher ones if equal)."""
    count = review.reviews_per_portfolio
    if len(scores_hundredths) <= count:
        return tuple(scores_hundredths)
    ordered = sorted(scores_hundredths, reverse=True)
    first = min(range(len(ordered) - count + 1), key=lambda i: ordered[i] - ordered[i + count - 1])
    return tuple(ordered[first : first + count])


def judge(scores_hundredths: Sequence[int], review: Review) -> Ruling:
    """The result of a round: the mean of its scores reaches the limit, in exact arithmetic (79.99 does not pass).

    Raises:
        ValueError: there are no scores.
    """
    if not scores_hundredths:
        raise ValueError("a round without scores has no result")
    shown = f"{mean_hundredths(scores_hundredths) / 100:.2f}%"
    if sum(scores_hundredths) >= review.pass_percent * 100 * len(scores_hundredths):
        reason = f"The portfolio scored {shown}; the certification requires at least {review.pass_percent}%."
        return Ruling(RuleId.PORTFOLIO_PASSES, Outcome.CERTIFIED, reason)
    reason = f"The portfolio scored {shown}; the certification requires at least {review.pass_percent}%."
    return Ruling(RuleId.PORTFOLIO_PASSES, Outcome.NOT_YET, reason)


def mean_hundredths(scores_hundredths: Sequence[int]) -> int:
    """The mean score in hundredths of a point, rounded down so that a shown 80.00 always passes."""
    return sum(scores_hundredths) // len(scores_hundredths)


def seeks_both(tracks: Collection[Track], is_already_certified: bool) -> bool:
    """Whether somebody goes for both certifications: with a portfolio of each track, or of one and certified in the other.

    Source: FAQ IV.
    """
    return len(tracks) + is_already_certified >= len(Track)


def dual_result(is_educator_certified: bool, is_librarian_certified: bool) -> Ruling:
    """Where somebody stands who goes for both certifications: one process, two results. Source: FAQ IV."""
    rule = RuleId.DUAL_CERTIFICATION
    if is_educator_certified and is_librarian_certified:
        return Ruling(rule, Outcome.BOTH, "Both certifications are earned: educator and librarian.")
    if not (is_educator_certified or is_librarian_certified):
        return Ruling(rule, Outcome.NONE, "Neither the educator nor the librarian certification has been earned yet.")
    earned, open_ = ("educator", "librarian") if is_educator_certified else ("librarian", "educator")
    return Ruling(rule, Outcome.ONE, f"The {earned} certification is earned; the {open_} portfolio is still open.")


def review_again(newest: RoundStatus, round_number: int, reason: str) -> Ruling:
    """Whether an operator may have a portfolio reviewed again: once its newest round is decided, and with a reason.

    Source: ruling; the earlier result stays on record.
    """
    if newest in UNDER_REVIEW:
        told = f"The portfolio is being reviewed (round {round_number}); wait for its result."
        return Ruling(RuleId.ONE_ROUND_AT_A_TIME, Outcome.REJECTED, told)
    if not reason.strip():
        return Ruling(RuleId.RE_REVIEW, Outcome.REJECTED, "A re-review needs a reason; it stays on record.")
    return Ruling(RuleId.RE_REVIEW, Outcome.ACCEPTED, f"The portfolio is reviewed again: {reason.strip()}.")
