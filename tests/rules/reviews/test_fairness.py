"""Fair routing against brute force."""

import numpy as np
import pytest
from hypothesis import given, settings

from rules.reviews.fairness import fair_matching
from rules.reviews.matching import Panel
from tests.rules.reviews.test_matching import check, panels, plans, random_panel, worth


def fairest(panel: Panel) -> tuple[int, int, int, int]:
    """The best of all assignments, tried one by one: loads and reviews missing, then the worst portfolio, then the total."""
    keys = []
    for plan in plans(panel):
        short, missing, lacking = worth(panel, plan)
        scores = [sum(int(panel.fits[e, p]) for e in chosen) for p, chosen in enumerate(plan)]
        keys.append((short, missing, -min(scores), lacking))
    return min(keys)


@settings(max_examples=200, deadline=None)
@given(panels())
def test_no_assignment_is_fairer_and_none_as_fair_has_a_greater_total(panel: Panel) -> None:
    fair = fair_matching(panel)
    short, missing, total = check(panel, fair.matching)
    assert (short, missing, -fair.worst, total) == fairest(panel)
    assert fair.is_certified


def test_pairs_that_were_left_out_at_first_are_named_by_their_prices(monkeypatch: pytest.MonkeyPatch) -> None:
    panel = random_panel(60, 20, 12)
    best = fair_matching(panel)
    for name, number in (("ALL_PAIRS", 0), ("FIRST_PAIRS", 3), ("FIRST_PORTFOLIOS", 1)):
        monkeypatch.setattr(f"rules.reviews.fairness.{name}", number)
    fair = fair_matching(panel)
    assert check(panel, fair.matching) == check(panel, best.matching)
    assert fair.worst == best.worst == fair.worst_bound
    assert fair.is_certified


def test_the_worst_portfolio_fares_better_than_with_the_greatest_total() -> None:
    ones = np.ones(2, dtype=np.int64)
    panel = Panel(np.array([[10, 6], [6, 0]]), np.ones((2, 2), dtype=bool), ones, ones, 0 * ones, ones)
    fair = fair_matching(panel)
    assert (fair.worst, fair.matching.total_fit) == (6, 12)


def test_without_evaluators_nobody_fares_at_all_and_counted_portfolios_are_rejected() -> None:
    nothing = np.zeros((0, 2), dtype=np.int64)
    none = np.zeros(0, dtype=np.int64)
    assert fair_matching(Panel(nothing, nothing == 0, np.full(2, 2), none, none, np.ones(2, dtype=np.int64))).worst == 0
    with pytest.raises(ValueError, match="given one by one"):
        fair_matching(random_panel(3, 3, 9, counts=2))
