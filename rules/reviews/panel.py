"""An evaluator leaves the panel, and the open reviews go to others.

Source: ruling on who reviews (FAQ III, independent panel).
"""

from rules.rule_ids import RuleId
from schemas.records import Ruling
from schemas.statuses import Outcome

RULE = RuleId.PANEL_LEAVE


def leave_panel(reason: str) -> Ruling:
    """Whether an operator may take an evaluator off the panel: with a reason."""
    if not reason.strip():
        return Ruling(RULE, Outcome.REJECTED, "To release an evaluator needs a reason; it stays on record.")
    return Ruling(RULE, Outcome.LEFT, f"Left the panel: {reason.strip()}.")


def pass_review_on() -> Ruling:
    """What the evaluator is told whose review somebody else writes, since the panel has changed."""
    return Ruling(RULE, Outcome.PASSED_ON, "The panel has changed, so another evaluator will write this review.")
