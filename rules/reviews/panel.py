"""An evaluator leaves the panel or declares a conflict, and the open reviews go to others.

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


def withdraw_for_conflict(lea_id: str, evaluator: Independence) -> Ruling | None:
    """Whether an open review must go to somebody else, since its evaluator is not independent of the participant's district."""
    if lea_id != evaluator.lea_id and lea_id not in evaluator.conflicts:
        return None
    reason = "You are not independent of the participant's district, so another evaluator will write this review."
    return Ruling(CONFLICT, Outcome.PASSED_ON, reason)
