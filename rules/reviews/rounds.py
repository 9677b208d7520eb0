"""What a portfolio's rounds of review say of a submission: it is judged by its own moment, whenever it is imported.

Source: FAQ III, resubmission; rulings on resubmission and re-review; what a person does counts from the moment of doing it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from rules.reviews.results import RESULTS, UNDER_REVIEW
from rules.rule_ids import RuleId
from schemas.policy import Policy
from schemas.records import Ruling
from schemas.statuses import Outcome, RoundKind, RoundStatus

RULE = RuleId.ONE_ROUND_AT_A_TIME


@dataclass(frozen=True, slots=True)
class PastRound:
    """A round of a portfolio: why there was one, what came of it, when its clock started, and when it ended, if it did."""

    number: int
    kind: RoundKind
    status: RoundStatus
    started_at: datetime
    ended_at: datetime | None = None

    def was_open_at(self, moment: datetime) -> bool:
        """Whether it had begun by a moment and had no result yet."""
        return self.started_at <= moment and (self.ended_at is None or moment < self.ended_at)


def newest_result(rounds: Sequence[PastRound]) -> RoundStatus | None:
    """The result that stands, of rounds in their order; none where none has a result."""
    return next((item.status for item in reversed(rounds) if item.status in RESULTS), None)


def admit_beside_rounds(submitted_at: datetime, rounds: Sequence[PastRound], policy: Policy) -> Ruling | None:
    """What the rounds of a portfolio have against a submission of that moment; none where they have nothing.

    A round counts that was open at the moment of the submission, not one that was opened later. What has been certified in
    the meantime stays so, and of two submissions the newer one counts, in whatever order they are imported.
    """
    met = next((item for item in rounds if item.was_open_at(submitted_at)), None)
    newer = next(
        (item for item in rounds if item.kind is not RoundKind.RE_REVIEW and item.started_at > submitted_at), None
    )
    if newest_result(rounds) is RoundStatus.CERTIFIED:
        reason = "The portfolio is certified already; there is nothing more to submit."
    elif met and met.status in UNDER_REVIEW:
        reason = "The portfolio is being reviewed; wait for its result before you submit it again."
    elif met:
        reason = "The portfolio was being reviewed when it was submitted; read the result of that review, and submit it again."
    elif newer:
        reason = f"A newer submission of this portfolio, of {policy.local_day(newer.started_at)}, counts instead."
    else:
        return None
    return Ruling(RULE, Outcome.REJECTED, reason)


def re_review_to_end(submitted_at: datetime, rounds: Sequence[PastRound]) -> PastRound | None:
    """The open re-review that was started after a submission which nobody had imported yet: it would not have been started."""
    open_ = (item for item in rounds if item.status in UNDER_REVIEW and item.kind is RoundKind.RE_REVIEW)
    return next((item for item in open_ if item.started_at > submitted_at), None)


def end_re_review(number: int, submitted_on: date) -> Ruling:
    """What is told of a re-review that ends without a result; its scores stay on record."""
    reason = (
        f"The portfolio had been submitted again before this review began, on {submitted_on}. Round {number} ends "
        "without a result, and the newer submission is reviewed instead."
    )
    return Ruling(RULE, Outcome.SUPERSEDED, reason)
