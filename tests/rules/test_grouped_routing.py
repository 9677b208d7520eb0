"""Groups, pairs and reroutes against brute force."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import combinations, product

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from rules.grouped_routing import Group, grouped_matching
from rules.matching import Panel, best_matching
from rules.rerouting import reroute
from tests.rules.test_matching import check, panels

Plan = tuple[tuple[int, ...], ...]


def plans(panel: Panel) -> Iterator[Plan]:
    """Every assignment that keeps the maximum loads: for each portfolio its evaluators."""
    evaluators, portfolios = panel.fits.shape
    ways = []
    for p in range(portfolios):
        free = [e for e in range(evaluators) if panel.allowed[e, p]]
        ways.append([c for n in range(min(int(panel.reviews[p]), len(free)) + 1) for c in combinations(free, n)])
    for plan in product(*ways):
        loads = [sum(e in chosen for chosen in plan) for e in range(evaluators)]
        if all(load <= most for load, most in zip(loads, panel.maximum_loads, strict=True)):
            yield plan


def best_of(panel: Panel, extra: Callable[[Plan], int]) -> tuple[int, int, int, int]:
    """Loads missing, reviews missing, what ``extra`` counts, and the fit that is lacking, of the best plan."""
    keys = []
    for plan in plans(panel):
        loads = [sum(e in chosen for chosen in plan) for e in range(len(panel.fits))]
        short = sum(max(int(least) - load, 0) for load, least in zip(loads, panel.minimum_loads, strict=True))
        fit = sum(int(panel.fits[e, p]) for p, chosen in enumerate(plan) for e in chosen)
        keys.append((short, int(panel.reviews.sum()) - sum(map(len, plan)), extra(plan), -fit))
    return min(keys)


FORBIDDEN = 10**6


@settings(max_examples=200, deadline=None)
@given(panels(), st.integers(0, 15), st.integers(0, 2), st.integers(0, 2), st.booleans())
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
    keys = []
    for plan in plans(panel):
        if lacking(plan) < FORBIDDEN:
            loads = [sum(e in chosen for chosen in plan) for e in range(evaluators)]
            below = sum(max(int(m) - load, 0) for load, m in zip(loads, panel.minimum_loads, strict=True))
            total = sum(int(panel.fits[e, p]) for p, chosen in enumerate(plan) for e in chosen)
            keys.append((below, int(panel.reviews.sum()) - sum(map(len, plan)), lacking(plan), -total))
    assert (short, missing, found.members_missing, fit) == min(keys)
    assert found.is_certified


@settings(max_examples=200, deadline=None)
@given(panels(), st.integers(0, 3))
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
