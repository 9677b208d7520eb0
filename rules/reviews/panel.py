"""An evaluator leaves the panel or declares a conflict: the open reviews go to others, and operators hear of results.

Source: ruling on who reviews (FAQ III, independent panel).
"""

from dataclasses import dataclass

from rules.rule_ids import RuleId
from schemas.records import Ruling
from schemas.statuses import Outcome

RULE, CONFLICT = RuleId.PANEL_LEAVE, RuleId.CONFLICT_DECLARED


@dataclass(frozen=True, slots=True)
class Independence:
    """The district that an evaluator works in, and those with which a conflict was declared (LEA ids)."""

    lea_id: str | None
    conflicts: frozenset[str]


@dataclass(frozen=True, slots=True)
class RoundWithResult:
    """A round with its result: which of its portfolio's it is, and which is the newest, with or without a result."""

    number: int
    newest_number: int
    is_newest_open: bool


def leave_panel(reason: str) -> Ruling:
    """Whether an operator may take an evaluator off the panel: with a reason."""
    if not reason.strip():
        return Ruling(RULE, Outcome.REJECTED, "To release an evaluator needs a reason; it stays on record.")
    return Ruling(RULE, Outcome.LEFT, f"Left the panel: {reason.strip()}.")


def pass_review_on() -> Ruling:
    """What the evaluator is told whose review somebody else writes, since the panel has changed."""
    return Ruling(RULE, Outcome.PASSED_ON, "The panel has changed, so another evaluator will write this review.")


def declare_conflict(lea_id: str, reason: str) -> Ruling:
    """Whether an operator may put an evaluator's conflict with a district on record: with a reason."""
    if not reason.strip():
        return Ruling(CONFLICT, Outcome.REJECTED, "To declare a conflict needs a reason; it stays on record.")
    return Ruling(CONFLICT, Outcome.CHANGED, f"A conflict with district {lea_id} was declared: {reason.strip()}.")


def change_panel_entry(before: Independence, now: Independence) -> Ruling | None:
    """What a newer list says of an evaluator's independence; nothing where it says the same.

    A conflict that was declared once stays, whatever a later list says: it may have come by another way.
    """
    told = [f"a conflict with district {lea_id} was declared" for lea_id in sorted(now.conflicts - before.conflicts)]
    if now.lea_id != before.lea_id:
        told.append(f"the evaluator now works in {f'district {now.lea_id}' if now.lea_id else 'no district'}")
    return Ruling(CONFLICT, Outcome.CHANGED, f"By the newer list {', and '.join(told)}.") if told else None


def withdraw_for_conflict(lea_id: str, evaluator: Independence, *, is_scored: bool = False) -> Ruling | None:
    """Whether a review of an open round must go to somebody else, since its evaluator is not independent of the district.

    A score that is there does not count: it would decide the result.
    """
    if _is_independent(lea_id, evaluator):
        return None
    what = "your score stays on record and does not count, and " if is_scored else ""
    reason = (
        f"You are not independent of the participant's district, so {what}another evaluator will write this review."
    )
    return Ruling(CONFLICT, Outcome.PASSED_ON, reason)


def report_conflicted_result(lea_id: str, evaluator: Independence, round_: RoundWithResult) -> Ruling | None:
    """What operators are told of a result that rests on a score of who is not independent of the district, as we know now.

    The result stands until they decide: they can have the portfolio reviewed again, unless that has been done.
    """
    if _is_independent(lea_id, evaluator):
        return None
    if round_.newest_number == round_.number:
        return Ruling(CONFLICT, Outcome.OPERATOR, "We propose a re-review by others of the panel.")
    if round_.is_newest_open:
        reason = (
            "The portfolio is being reviewed again already, and the newer result will count; nothing is to be done."
        )
    else:
        reason = "A newer result of the portfolio counts; nothing is to be done."
    return Ruling(CONFLICT, Outcome.SUPERSEDED, reason)


def _is_independent(lea_id: str, evaluator: Independence) -> bool:
    return lea_id != evaluator.lea_id and lea_id not in evaluator.conflicts
