"""The panel's weeks: brute force on small panels, the schedule kept week by week, and what would help."""

from itertools import combinations, product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rules.reviews.capacity import Bottleneck, CapacityPlan, Load, bottleneck_of, evaluators_needed, plan_capacity

WEEKS = 4


@st.composite
def panels(draw: st.DrawFn) -> tuple[list[Load], dict[str, list[int]]]:
    """Few portfolios and evaluators: deadlines past, near or far, absences, and reviews that are given already."""
    names = "ABC"[: draw(st.integers(0, 3))]
    capacities = {who: draw(st.lists(st.integers(0, 2), min_size=WEEKS, max_size=WEEKS)) for who in names}
    loads = []
    for number in range(draw(st.integers(0, 3))):
        target = draw(st.integers(-2, 2))
        allowed = sorted(draw(st.sets(st.sampled_from(names)))) if names else []
        holders = tuple(allowed[:1]) if draw(st.booleans()) else ()
        fits = {who: draw(st.integers(0, 3)) * 1000 for who in allowed if who not in holders}
        loads.append(Load(f"P{number}", "educator", target, target + 1, holders, draw(st.integers(0, 2)), fits))
    return loads, capacities


def check(loads: list[Load], capacities: dict[str, list[int]], plan: CapacityPlan) -> tuple[int, int, int, int]:
    """Whether the plan keeps every week and every rule, and what it is worth."""
    late, breached, missing, fit = set(), set(), 0, 0
    for load in loads:
        weeks = {who: week for (portfolio_id, who), week in plan.weeks.items() if portfolio_id == load.portfolio_id}
        free = [who for who in weeks if who not in load.given]
        assert set(free) <= set(load.fits)
        assert len(free) <= load.wanted
        missing += load.reviews - len(weeks)
        fit += sum(load.fits[who] for who in free)
        if load.reviews > len(weeks) or any(week > load.target_week for week in weeks.values()):
            late.add(load.portfolio_id)
        if load.reviews > len(weeks) or any(week > load.limit_week for week in weeks.values()):
            breached.add(load.portfolio_id)
    for who, rooms in capacities.items():
        for week, room in enumerate(rooms):
            assert sum(name == who and at == week for (_, name), at in plan.weeks.items()) <= room
    assert late <= set(plan.late)
    assert breached <= set(plan.breached)
    return len(plan.breached), len(plan.late), missing, -fit


def brute_force(loads: list[Load], capacities: dict[str, list[int]]) -> tuple[int, int, int, int]:
    """The best of all plans: who reviews what in which week, tried one by one."""
    ways = []
    for load in loads:
        mine = []
        for number in range(min(load.wanted, len(load.fits)) + 1):
            for chosen in combinations(sorted(load.fits), number):
                for holders in (c for n in range(len(load.given) + 1) for c in combinations(load.given, n)):
                    people = (*holders, *chosen)
                    mine += [
                        tuple(zip(people, weeks, strict=True)) for weeks in product(range(WEEKS), repeat=len(people))
                    ]
        ways.append(mine)
    best: tuple[int, int, int, int] | None = None
    for plan in product(*ways):
        used = [pair for reviews in plan for pair in reviews]
        if all(used.count((who, week)) <= capacities[who][week] for who, week in set(used)):
            key = worth(loads, plan)
            best = min(best or key, key)
    assert best is not None
    return best


def worth(loads: list[Load], plan: tuple[tuple[tuple[str, int], ...], ...]) -> tuple[int, int, int, int]:
    late = breaches = missing = fit = 0
    for load, reviews in zip(loads, plan, strict=True):
        lacking = load.reviews - len(reviews)
        latest = max((week for _, week in reviews), default=-9)
        late += load.reviews > 0 and (lacking > 0 or latest > load.target_week)
        breaches += load.reviews > 0 and (lacking > 0 or latest > load.limit_week)
        missing += lacking
        fit += sum(load.fits[who] for who, _ in reviews if who in load.fits)
    return breaches, late, missing, -fit


@settings(max_examples=200, deadline=None)
@given(panels())
def test_no_plan_has_fewer_breaches_then_fewer_late_then_fewer_missing(
    panel: tuple[list[Load], dict[str, list[int]]],
) -> None:
    loads, capacities = panel
    plan = plan_capacity(loads, capacities)
    assert plan.is_proven
    assert check(loads, capacities, plan) == brute_force(loads, capacities)


def alike(number: int, target: int, limit: int, *who: str, wanted: int = 1) -> list[Load]:
    return [Load(f"P{n}", "librarian", target, limit, (), wanted, dict.fromkeys(who, 0)) for n in range(number)]


def test_a_week_that_is_too_full_is_named_with_its_role_and_what_is_missing() -> None:
    loads, capacities = alike(7, 0, 1, "A", "B"), {"A": [1] * 9, "B": [2] * 9}
    plan = plan_capacity(loads, capacities)
    assert (len(plan.late), len(plan.breached)) == (4, 1)
    assert plan.bottleneck == bottleneck_of(loads, capacities, by_limit=True) == Bottleneck("librarian", 1, 1)


def test_who_is_absent_reviews_later_and_nothing_is_late_where_that_is_soon_enough() -> None:
    plan = plan_capacity(alike(2, 1, 3, "A"), {"A": [0, 2, 2]})
    assert set(plan.weeks.values()) == {1}
    assert plan.late == ()
    assert plan.bottleneck is None


@pytest.mark.parametrize(("number", "needed"), [(2, 0), (3, 1), (8, 3), (9, 4)])
def test_so_many_more_evaluators_and_no_fewer_prevent_every_breach(number: int, needed: int) -> None:
    capacities = {"A": [1] * 9}
    loads = alike(number, 0, 1, "A")
    assert evaluators_needed(loads, capacities, [1] * 9) == needed


def test_what_is_past_its_limit_is_prevented_by_nobody_and_what_cannot_be_helped_is_told(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert evaluators_needed(alike(3, -3, -1, "A"), {"A": [1] * 9}, [1] * 9) == 0
    monkeypatch.setattr("rules.reviews.capacity.MOST_MORE", 2)
    assert evaluators_needed(alike(3, 0, 0, "A"), {"A": [0] * 9}, [0] * 9) is None


def test_a_large_panel_is_planned_to_the_proof() -> None:
    draw = np.random.default_rng(1)
    names = [f"E{n}" for n in range(12)]
    loads = [
        Load(
            f"P{n}",
            "educator",
            t := int(draw.integers(0, 6)),
            t + 2,
            (),
            2,
            {w: int(draw.integers(0, 10)) * 100_000 for w in names},
        )
        for n in range(60)
    ]
    plan = plan_capacity(loads, {who: [2] * 12 for who in names})
    assert plan.is_proven
    assert check(loads, {who: [2] * 12 for who in names}, plan)[:2] == (len(plan.breached), len(plan.late))
