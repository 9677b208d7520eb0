"""The matching against brute force and a checker that shares nothing with the solver."""

from collections.abc import Iterator
from itertools import combinations, product

import numpy as np
import pytest
from hypothesis import given, settings

from rules.reviews.matching import Matching, Panel, best_matching
from tests.factories.reviews import matching_panels

Key = tuple[int, int, int]
Plan = tuple[tuple[int, ...], ...]


def check(panel: Panel, matching: Matching) -> Key:
    """Whether the plan keeps every rule, and what it is worth: loads and reviews missing, and the fit that it lacks."""
    loads, reviews, fit = [0] * len(panel.fits), [0] * panel.fits.shape[1], 0
    for e, p in product(range(len(loads)), range(len(reviews))):
        times = int(matching.given[e, p])
        assert 0 <= times <= int(panel.counts[p])
        assert not times or panel.allowed[e, p]
        loads[e], reviews[p], fit = loads[e] + times, reviews[p] + times, fit + times * int(panel.fits[e, p])
    assert all(load <= most for load, most in zip(loads, panel.maximum_loads, strict=True))
    wanted = panel.reviews * panel.counts
    assert all(number <= most for number, most in zip(reviews, wanted, strict=True))
    missing = int(wanted.sum()) - sum(reviews)
    short = sum(max(int(least) - load, 0) for load, least in zip(loads, panel.minimum_loads, strict=True))
    assert (matching.total_fit, matching.reviews_missing, matching.loads_missing) == (fit, missing, short)
    return short, missing, -fit


def plans(panel: Panel) -> Iterator[Plan]:
    """Every assignment that keeps the maximum loads, one by one: for each portfolio its evaluators."""
    evaluators, portfolios = panel.fits.shape
    ways = []
    for p in range(portfolios):
        free = [e for e in range(evaluators) if panel.allowed[e, p]]
        ways.append([c for n in range(min(int(panel.reviews[p]), len(free)) + 1) for c in combinations(free, n)])
    for plan in product(*ways):
        loads = [sum(e in chosen for chosen in plan) for e in range(evaluators)]
        if all(load <= most for load, most in zip(loads, panel.maximum_loads, strict=True)):
            yield plan


def worth(panel: Panel, plan: Plan) -> Key:
    """Loads and reviews missing in an assignment, and the fit that it lacks."""
    loads = [sum(e in chosen for chosen in plan) for e in range(len(panel.fits))]
    short = sum(max(int(least) - load, 0) for load, least in zip(loads, panel.minimum_loads, strict=True))
    fit = sum(int(panel.fits[e, p]) for p, chosen in enumerate(plan) for e in chosen)
    return short, int(panel.reviews.sum()) - sum(map(len, plan)), -fit


def brute_force(panel: Panel) -> Key:
    """The best of all assignments."""
    return min(worth(panel, plan) for plan in plans(panel))


@settings(max_examples=200, deadline=None)
@given(matching_panels())
def test_no_assignment_is_better_and_every_plan_is_certified(panel: Panel) -> None:
    matching = best_matching(panel)
    assert check(panel, matching) == brute_force(panel)
    assert matching.is_certified


@pytest.mark.parametrize("shape", [(0, 3), (3, 0)])
def test_without_evaluators_everything_waits_and_without_portfolios_nothing_does(shape: tuple[int, int]) -> None:
    nothing = np.zeros(shape, dtype=np.int64)
    loads = np.full(shape[0], 2)
    panel = Panel(nothing, nothing == 0, np.full(shape[1], 2), loads, loads // 2, np.ones(shape[1], dtype=np.int64))
    matching = best_matching(panel)
    assert (matching.reviews_missing, matching.loads_missing) == (2 * shape[1], shape[0])


def random_panel(portfolios: int, evaluators: int, most: int, counts: int = 1) -> Panel:
    draw = np.random.default_rng(7)
    shape = (evaluators, portfolios)
    loads = np.full(evaluators, most)
    reviews, many = np.full(portfolios, 3), np.full(portfolios, counts)
    return Panel(draw.integers(0, 10_001, shape) * 100, draw.random(shape) >= 0.02, reviews, loads, loads // 3, many)


def test_a_panel_without_any_slack_is_solved_to_the_proof() -> None:
    panel = random_panel(300, 60, 15)
    matching = best_matching(panel)
    assert check(panel, matching)[:2] == (0, 0)
    assert matching.is_certified


def test_pairs_that_did_not_look_promising_are_found_by_their_price() -> None:
    draw = np.random.default_rng(3)
    alike = np.repeat(np.arange(80)[:, np.newaxis] * 10_000, 40, axis=1)
    fits = alike + draw.integers(0, 100, alike.shape)
    ones = np.ones(80, dtype=np.int64)
    panel = Panel(fits, fits >= 0, np.full(40, 2), ones, ones * 0, np.ones(40, dtype=np.int64))
    matching = best_matching(panel)
    assert check(panel, matching)[:2] == (0, 0)
    assert matching.is_certified


def test_portfolios_that_are_alike_are_one_column_with_a_count_and_cost_the_same() -> None:
    panel = random_panel(12, 9, 24, counts=6)
    apart = Panel(
        np.repeat(panel.fits, 6, axis=1),
        np.repeat(panel.allowed, 6, axis=1),
        np.repeat(panel.reviews, 6),
        panel.maximum_loads,
        panel.minimum_loads,
        np.ones(72, dtype=np.int64),
    )
    together = best_matching(panel)
    assert check(panel, together) == check(apart, best_matching(apart))
    assert together.is_certified
