"""Routing within everybody's weeks against brute force, level by level, by a checker that shares nothing with the solver."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rules.reviews.balanced_matching import BalancedMatching, Workload, balanced_matching
from rules.reviews.matching import Panel
from tests.factories.reviews import matching_panels
from tests.rules.reviews.test_matching import Plan, plans

Key = tuple[int, int, int, int, list[float], int]


@st.composite
def workloads(draw: st.DrawFn) -> tuple[Panel, Workload]:
    """Small panels with two or three deadlines, absences, full desks, and pairs that are seen or given already."""
    panel = draw(matching_panels())
    panel = replace(panel, minimum_loads=panel.minimum_loads * 0)
    evaluators, portfolios = panel.fits.shape
    numbers = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    deadlines = draw(st.integers(1, 3))
    work = Workload(
        np.array(numbers.integers(0, deadlines, portfolios)),
        np.cumsum(numbers.integers(0, draw(st.sampled_from((2, 4))), (evaluators, deadlines)), axis=1),
        np.array(numbers.integers(0, 3, evaluators)),
        np.array(numbers.integers(draw(st.integers(0, 1)), 4, evaluators)),
        numbers.random(panel.fits.shape) < draw(st.sampled_from((0.0, 0.3))),
        numbers.random(panel.fits.shape) < draw(st.sampled_from((0.0, 0.3))),
    )
    return panel, work


def late(work: Workload, plan: Plan) -> int:
    """The reviews that are late: at each deadline an evaluator has written what is due, and no more than there was time for."""
    late = 0
    for evaluator, room in enumerate(work.in_time.tolist()):
        done = 0
        for number, can in enumerate(room):
            due = sum(evaluator in chosen for p, chosen in enumerate(plan) if work.deadlines[p] == number)
            in_time = min(due, max(can - done, 0))
            done, late = done + in_time, late + due - in_time
    return late


def worth(panel: Panel, work: Workload, plan: Plan) -> Key:
    pairs = [(evaluator, p) for p, chosen in enumerate(plan) for evaluator in chosen]
    levels = []
    for evaluator in range(len(panel.fits)):
        before, capacity = int(work.open_loads[evaluator]), int(work.capacities[evaluator])
        load = sum(e == evaluator for e, _ in pairs)
        levels += [(before + n) / capacity if capacity else np.inf for n in range(1, load + 1)]
    return (
        int(panel.reviews.sum()) - len(pairs),
        -sum(bool(work.kept[pair]) for pair in pairs),
        late(work, plan),
        sum(bool(work.seen[pair]) for pair in pairs),
        sorted(levels, reverse=True),
        -sum(int(panel.fits[pair]) for pair in pairs),
    )


def plan_of(found: BalancedMatching) -> Plan:
    return tuple(tuple(map(int, np.flatnonzero(column))) for column in found.matching.given.T)


@settings(max_examples=200, deadline=None)
@given(workloads())
def test_no_plan_is_better_on_any_level_and_every_plan_is_certified(instance: tuple[Panel, Workload]) -> None:
    panel, work = instance
    found = balanced_matching(panel, work)
    assert panel.allowed[found.matching.given > 0].all()
    assert (found.matching.given.sum(axis=1) <= panel.maximum_loads).all()
    best = min(worth(panel, work, plan) for plan in plans(panel))
    key = worth(panel, work, plan_of(found))
    assert key == best
    assert (found.matching.reviews_missing, found.late, found.seen) == (key[0], key[2], key[3])
    assert (found.peak, found.matching.total_fit) == (max(key[4], default=0), -key[5])
    assert found.is_certified


def crowd(portfolios: int, evaluators: int, room: int) -> tuple[Panel, Workload]:
    """Everybody fits the first evaluator best; everybody has as much time."""
    shape = (evaluators, portfolios)
    fits = np.zeros(shape, dtype=np.int64)
    fits[0] = 1_000_000
    ones = np.ones(portfolios, dtype=np.int64)
    full = np.full(evaluators, room)
    panel = Panel(fits, fits >= 0, ones, full, full * 0, ones)
    nothing = np.zeros(shape, dtype=bool)
    return panel, Workload(ones * 0, full.reshape(-1, 1), full * 0, full, nothing, nothing)


@pytest.mark.parametrize(("portfolios", "most"), [(12, 3), (13, 4), (15, 4), (16, 4)])
def test_nobody_gets_more_while_others_have_room_however_well_they_fit(portfolios: int, most: int) -> None:
    found = balanced_matching(*crowd(portfolios, 4, 10))
    loads = found.matching.given.sum(axis=1)
    assert loads.max() == most
    assert loads.min() >= most - 1
    assert found.peak == most / 10
    assert found.is_certified


def test_who_is_absent_half_of_the_time_gets_half_as_much() -> None:
    panel, work = crowd(9, 2, 6)
    found = balanced_matching(panel, replace(work, capacities=np.array([3, 6]), in_time=np.array([[3], [6]])))
    assert found.matching.given.sum(axis=1).tolist() == [3, 6]
    assert found.late == 0


def test_beyond_everybodys_time_reviews_are_given_late_and_still_evenly() -> None:
    found = balanced_matching(*crowd(10, 2, 3))
    assert (found.matching.reviews_missing, found.late) == (4, 0)
    panel, work = crowd(10, 2, 6)
    found = balanced_matching(panel, replace(work, in_time=np.array([[3], [3]]), capacities=np.array([3, 3])))
    assert (found.matching.reviews_missing, found.late, found.peak) == (0, 4, 5 / 3)
    assert found.is_certified


def busy_panel(top: int) -> tuple[Panel, Workload]:
    """Sixty portfolios and forty evaluators with time for half of them, three deadlines, and pairs seen and given before."""
    numbers, shape = np.random.default_rng(4), (40, 60)
    ones = np.ones(60, dtype=np.int64)
    full = np.full(40, 4)
    panel = Panel(numbers.integers(0, top, shape), numbers.random(shape) > 0.2, ones * 2, full, full * 0, ones)
    weeks = np.cumsum(numbers.integers(0, 2, (40, 3)), axis=1)
    seen, kept = (numbers.random(shape) < share for share in (0.1, 0.01))
    return panel, Workload(np.array(numbers.integers(0, 3, 60)), weeks, full // 2, full, seen, kept)


def test_a_busy_panel_with_several_deadlines_is_planned_to_the_proof_on_every_level() -> None:
    panel, work = busy_panel(1_000_000)
    found = balanced_matching(panel, work)
    assert found.is_certified
    key = worth(panel, work, plan_of(found))
    assert (found.matching.reviews_missing, found.late, found.seen, found.peak) == (key[0], key[2], key[3], max(key[4]))
    assert key[2] > 0


def test_numbers_too_large_for_exact_arithmetic_are_a_fault_and_no_plan() -> None:
    panel, work = busy_panel(2**50)
    with pytest.raises(ArithmeticError, match="too large"):
        balanced_matching(replace(panel, reviews=panel.reviews * 3), work)


@pytest.mark.parametrize("shape", [(0, 3), (3, 0)])
def test_without_evaluators_everything_waits_and_without_portfolios_nothing_does(shape: tuple[int, int]) -> None:
    panel, work = crowd(3, 3, 2)
    cut = (slice(0, shape[0]), slice(0, shape[1]))
    panel = Panel(
        panel.fits[cut],
        panel.allowed[cut],
        *(np.ones(n, dtype=np.int64) for n in (shape[1], shape[0], shape[0], shape[1])),
    )
    found = balanced_matching(panel, work)
    assert (found.matching.reviews_missing, found.is_certified) == (shape[1], True)
