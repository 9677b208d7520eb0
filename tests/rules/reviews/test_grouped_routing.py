"""Groups, pairs and reroutes against brute force."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from rules.reviews.grouped_routing import Group, grouped_matching
from rules.reviews.matching import Panel, best_matching
from rules.reviews.rerouting import reroute
from tests.factories.reviews import matching_panels
from tests.rules.reviews.test_matching import Plan, check, plans, worth


def best_of(panel: Panel, extra: Callable[[Plan], int]) -> tuple[int, int, int, int]:
    """Loads missing, reviews missing, what ``extra`` counts, and the fit that is lacking, of the best plan."""
    keys = []
    for plan in plans(panel):
        short, missing, lacking = worth(panel, plan)
        counted = extra(plan)
        if counted < FORBIDDEN:
            keys.append((short, missing, counted, lacking))
    return min(keys)


FORBIDDEN = 10**6


@settings(max_examples=200, deadline=None)
@given(matching_panels(), st.integers(0, 15), st.integers(0, 2), st.integers(0, 2), st.booleans())
def test_no_plan_under_the_rules_is_better(panel: Panel, members: int, least: int, most: int, apart: bool) -> None:
    evaluators, portfolios = panel.fits.shape
    group = Group(
        frozenset(e for e in range(evaluators) if members >> e & 1),
        np.full(portfolios, least),
        np.full(portfolios, max(least, most)),
    )
    never = [(0, 1)] if apart and evaluators > 1 else []

    def lacking(plan: Plan) -> int:
        counts = [len(group.evaluators & set(chosen)) for chosen in plan]
        broken = any(count > max(least, most) for count in counts) or any(
            set(pair) <= set(c) for pair in never for c in plan
        )
        return FORBIDDEN if broken else sum(max(least - count, 0) for count in counts)

    found = grouped_matching(panel, [group], never)
    short, missing, fit = check(panel, found.matching)
    assert (short, missing, found.members_missing, fit) == best_of(panel, lacking)
    assert found.is_certified


@settings(max_examples=200, deadline=None)
@given(matching_panels(), st.integers(0, 3))
def test_when_somebody_drops_out_as_few_reviews_as_possible_change_hands(panel: Panel, dropped: int) -> None:
    panel = replace(panel, minimum_loads=panel.minimum_loads * 0)
    before = best_matching(panel).given
    allowed = panel.allowed.copy()
    allowed[dropped % len(allowed)] = False
    panel = replace(panel, allowed=allowed)
    found = reroute(panel, before)
    short, missing, fit = check(panel, found.matching)
    kept = int(np.minimum(found.matching.given, before).sum())

    def changed(plan: Plan) -> int:
        return -sum(int(before[e, p]) for p, chosen in enumerate(plan) for e in chosen)

    assert (short, missing, -kept, fit) == best_of(panel, changed)
    assert found.matching.is_certified
    assert int(before.sum()) - len(found.removed) + len(found.added) == int(found.matching.given.sum())
