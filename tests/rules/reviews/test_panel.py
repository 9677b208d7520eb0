"""An evaluator leaves the panel."""

import pytest

from rules.reviews.panel import leave_panel, pass_review_on
from schemas.statuses import Outcome


@pytest.mark.parametrize(("reason", "outcome"), [("has moved away", Outcome.LEFT), (" ", Outcome.REJECTED)])
def test_an_evaluator_leaves_the_panel_with_a_reason_only(reason: str, outcome: Outcome) -> None:
    assert leave_panel(reason).outcome == outcome


def test_whose_review_goes_to_somebody_else_reads_why() -> None:
    assert pass_review_on().outcome == Outcome.PASSED_ON
    assert "The panel has changed" in pass_review_on().reason
