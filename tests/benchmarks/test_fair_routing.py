"""Fair routing against brute force: the greatest least score, then the greatest total; and what is told without time."""

import time
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.fair_routing import fair_matching, least_of
from rules.reviews.matching import Panel, best_matching
from tests.factories.reviews import matching_panels
from tests.rules.reviews.test_matching import Plan, plans, random_panel, worth


def fair_worth(panel: Panel, plan: Plan) -> tuple[int, int, int, int]:
    """Loads and reviews missing, and the least score and the total that are lacking."""
    short, missing, total = worth(panel, plan)
    scores = [sum(int(panel.fits[e, p]) for e in chosen) for p, chosen in enumerate(plan)]
    return short, missing, -min(scores), total


@settings(max_examples=120, deadline=None)
@given(matching_panels(), st.booleans())
def test_no_assignment_is_fairer_also_where_scores_are_negative_or_loads_have_a_minimum(
    panel: Panel, is_negative: bool
) -> None:
    panel = replace(panel, fits=panel.fits - panel.fits.max() // 2 - 1) if is_negative else panel
    found = fair_matching(panel, 60)
    best = min(fair_worth(panel, plan) for plan in plans(panel))
    assert (found.loads_missing, found.reviews_missing, -found.least, -found.total) == best
    plan = tuple(tuple(map(int, np.flatnonzero(column))) for column in found.given.T)
    assert fair_worth(panel, plan) == best
    assert found.not_proven == ()
    assert (found.least_bound, found.total_bound) == (found.least, found.total)


def test_without_time_the_best_matching_is_kept_and_what_is_not_proven_is_told() -> None:
    panel = random_panel(120, 24, 15)
    started = time.monotonic()
    found = fair_matching(panel, 0)
    assert time.monotonic() - started < 10
    assert found.total == best_matching(panel).total_fit
    assert found.least == least_of(panel, found.given) < found.least_bound
    assert found.not_proven == ("min_portfolio_score", "objective")


@pytest.mark.parametrize("shape", [(0, 3), (3, 0)])
def test_without_evaluators_or_portfolios_there_is_nothing_to_be_fair_about(shape: tuple[int, int]) -> None:
    nothing = np.zeros(shape, dtype=np.int64)
    loads = np.full(shape[0], 2)
    panel = Panel(nothing, nothing == 0, np.full(shape[1], 2), loads, loads * 0, np.ones(shape[1], dtype=np.int64))
    assert fair_matching(panel, 1).reviews_missing == 2 * shape[1]
