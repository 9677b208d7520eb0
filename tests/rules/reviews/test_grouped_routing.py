"""Groups, pairs and reroutes against brute force."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from rules.reviews.balanced_matching import Workload, balanced_matching
from rules.reviews.grouped_routing import Group, grouped_matching
from rules.reviews.matching import Panel, best_matching
from tests.factories.reviews import matching_panels
from tests.rules.reviews.test_balanced_matching import plan_of, workloads
from tests.rules.reviews.test_balanced_matching import worth as level_worth
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


@settings(max_examples=100, deadline=None)
@given(workloads(), st.integers(0, 15), st.integers(0, 2), st.booleans())
def test_under_the_rules_too_no_plan_is_better_in_time_or_more_even(
    instance: tuple[Panel, Workload], members: int, least: int, apart: bool
) -> None:
    panel, work = instance
    evaluators, portfolios = panel.fits.shape
    whose = frozenset(e for e in range(evaluators) if members >> e & 1)
    never = [(0, 1)] if apart and evaluators > 1 else []
    found = grouped_matching(
        panel, [Group(whose, np.full(portfolios, least), np.full(portfolios, 4))], never, work
    ).balanced(work)

    def key(plan: Plan) -> tuple[int, int, int, int, int, float, int]:
        missing, kept, late, seen, levels, fit = level_worth(panel, work, plan)
        lacking = sum(max(least - len(whose & set(chosen)), 0) for chosen in plan)
        return missing, lacking, kept, late, seen, max(levels, default=0), fit

    allowed = [plan for plan in plans(panel) if not any(set(pair) <= set(c) for pair in never for c in plan)]
    best = min(key(plan)[:-1] for plan in allowed)
    chosen = plan_of(found)
    assert not any(set(pair) <= set(c) for pair in never for c in chosen)
    assert key(chosen)[:-1] == best
    assert found.is_certified


@settings(max_examples=200, deadline=None)
@given(matching_panels(), st.integers(0, 3))
def test_when_somebody_drops_out_as_few_reviews_as_possible_change_hands(panel: Panel, dropped: int) -> None:
    panel = replace(panel, minimum_loads=panel.minimum_loads * 0)
    before = best_matching(panel).given
    allowed = panel.allowed.copy()
    allowed[dropped % len(allowed)] = False
    panel = replace(panel, allowed=allowed)
    most = panel.maximum_loads
    nothing = np.zeros(len(panel.reviews), dtype=np.int64)
    work = Workload(nothing, most.reshape(-1, 1), most * 0, most, before < 0, before > 0)
    found = balanced_matching(panel, work)
    kept = int(np.minimum(found.matching.given, before).sum())
    best = min(level_worth(panel, work, plan)[:2] for plan in plans(panel))
    assert (found.matching.reviews_missing, -kept) == best
    assert found.is_certified
