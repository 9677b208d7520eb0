"""Plans of a state too large to be solved whole, and where the solver's shortcuts end."""

from collections import defaultdict
from math import inf

import pytest
from hypothesis import given, settings

from rules.cohorts.plan import plan_cohorts
from rules.cohorts.solver.cohort_parts import PRIVATE_SECONDS, Prices
from rules.cohorts.solver.cohort_plan import packed
from rules.cohorts.solver.cohort_problem import Problem
from rules.cohorts.solver.programs import NO_FLOATS, Solution, solve
from schemas.records import DistrictDemand, FacilitatorOffer
from schemas.statuses import CohortKind
from tests.factories.cohorts import district_demand, facilitator_offer, forty_districts, planning_instances
from tests.rules.cohorts.plan_checks import COHORTS, check


@settings(max_examples=60, deadline=None)
@given(planning_instances())
def test_a_plan_in_parts_keeps_every_rule_and_its_bounds_are_none_that_a_better_plan_breaks(
    instance: tuple[list[DistrictDemand], list[FacilitatorOffer]],
) -> None:
    demands, offers = instance
    best = plan_cohorts(demands, offers, COHORTS)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("rules.cohorts.plan.SOLVED_WHOLE", -1)
        plan = plan_cohorts(demands, offers, COHORTS)
    check(plan, demands, offers)
    assert plan.bounds["learners_placed"] >= best.values["learners_placed"]
    if plan.values["learners_placed"] == best.values["learners_placed"]:
        assert plan.bounds["rank_cost"] <= best.values["rank_cost"] <= plan.values["rank_cost"]


@pytest.mark.parametrize("listed", [0, 2_000])
@pytest.mark.parametrize(("states", "supply"), [(3, 20), (3, 9)])
def test_in_parts_a_state_is_planned_nearly_as_well_as_whole(
    states: int, supply: int, listed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("rules.cohorts.solver.cohort_model.LEADERS_LISTED", listed)
    demands, offers = forty_districts(states, supply)
    best = plan_cohorts(demands, offers, COHORTS)
    check(best, demands, offers)
    monkeypatch.setattr("rules.cohorts.plan.SOLVED_WHOLE", 0)
    plan = plan_cohorts(demands, offers, COHORTS)
    check(plan, demands, offers)
    assert plan.values["learners_placed"] >= best.values["learners_placed"] * 0.98
    assert plan.bounds["learners_placed"] >= best.values["learners_placed"]


def test_facilitators_who_are_too_many_to_be_listed_are_bounded_by_sets_of_slots_to_the_same_plan(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    demands, offers = forty_districts(3, 10)
    best = plan_cohorts(demands, offers, COHORTS)
    monkeypatch.setattr("rules.cohorts.solver.cohort_model.LEADERS_LISTED", 0)
    plan = plan_cohorts(demands, offers, COHORTS)
    check(plan, demands, offers)
    assert plan.values == best.values


EITHER = [FacilitatorOffer("F1", ("TUE-15:30", "WED-15:30"), 1), FacilitatorOffer("F2", ("THU-17:00",), 1)]


@pytest.mark.parametrize(("learners", "fewer"), [(25, 20), (18, 16)])
@pytest.mark.parametrize("size", [-1, 20_000])
def test_one_facilitator_of_two_slots_leads_in_one_of_them_also_where_only_sets_of_slots_are_bounded(
    learners: int, fewer: int, size: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("rules.cohorts.plan.SOLVED_WHOLE", size)
    monkeypatch.setattr("rules.cohorts.solver.cohort_model.LEADERS_LISTED", 0)
    free = Prices(1_000.0, defaultdict(float))
    monkeypatch.setattr("rules.cohorts.solver.cohort_parts._prices", lambda *_: free)
    slots = ({"TUE-15:30": 1}, {"WED-15:30": 1}, {"THU-17:00": 1})
    counts = (learners, learners, fewer)
    demands = [DistrictDemand(str(n), counts[n], slot, str(n)) for n, slot in enumerate(slots)]
    plan = plan_cohorts(demands, EITHER, COHORTS)
    check(plan, demands, EITHER)
    assert plan.values["learners_placed"] == learners + fewer
    monkeypatch.setattr("rules.cohorts.solver.cohort_parts.AGAIN", 1)
    check(plan_cohorts(demands, EITHER, COHORTS), demands, EITHER)


@pytest.mark.parametrize(("tries", "placed"), [(20, 48), (1, 32)])
def test_a_state_whose_pools_cannot_be_led_is_planned_again_or_gives_the_smallest_up(
    tries: int, placed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("rules.cohorts.plan.SOLVED_WHOLE", -1)
    monkeypatch.setattr("rules.cohorts.solver.cohort_model.LEADERS_LISTED", 0)
    monkeypatch.setattr("rules.cohorts.solver.cohort_parts.AGAIN", tries)
    monkeypatch.setattr("rules.cohorts.solver.cohort_parts._prices", lambda *_: Prices(1_000.0, defaultdict(float)))
    offers = [*EITHER, FacilitatorOffer("F3", ("FRI-15:30",), 1)]
    slots = ({"TUE-15:30": 1}, {"THU-17:00": 1}, {"WED-15:30": 1, "FRI-15:30": 2})
    demands = [DistrictDemand(str(n), 16, slot, str(n)) for n, slot in enumerate(slots)]
    plan = plan_cohorts(demands, offers, COHORTS)
    check(plan, demands, offers)
    assert plan.values["learners_placed"] == placed


@pytest.mark.parametrize(("is_private", "kept"), [(False, CohortKind.PRIVATE), (True, CohortKind.COMBINED)])
def test_the_part_of_which_nothing_is_found_in_time_waits(
    monkeypatch: pytest.MonkeyPatch, *, is_private: bool, kept: CohortKind
) -> None:
    monkeypatch.setattr("rules.cohorts.plan.SOLVED_WHOLE", -1)
    demands, offers = forty_districts(3, 9)
    nothing = Solution(NO_FLOATS, inf, -inf, NO_FLOATS, NO_FLOATS)
    pooled = "rules.cohorts.solver.cohort_parts.solve"
    monkeypatch.setattr(
        pooled,
        lambda p, c, s: nothing if s.is_whole and (s.seconds == PRIVATE_SECONDS) == is_private else solve(p, c, s),
    )
    plan = plan_cohorts(demands, offers, COHORTS)
    check(plan, demands, offers)
    assert {cohort.kind for cohort in plan.cohorts} == {kept}


def test_districts_too_few_for_a_pool_are_all_left_out_of_it() -> None:
    assert packed({"1": 5}, 1, Problem([], [], COHORTS)) == []


TIGHT = [district_demand(str(n), learners, TUE_15h30=1) for n, learners in enumerate((18, 18, 9, 9, 9, 4))]
TWO = [facilitator_offer(1, most=1), facilitator_offer(2, most=1)]


def test_districts_that_do_not_go_into_the_pools_that_are_counted_have_their_groups_listed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """67 learners are enough for two cohorts of 35, and yet these districts do not go into two."""
    best = plan_cohorts(TIGHT, TWO, COHORTS)
    assert best.values == best.bounds
    assert best.values["learners_placed"] == 58
    monkeypatch.setattr("rules.cohorts.solver.cohort_pools.LOOKED_AT", 0.02)
    assert plan_cohorts(TIGHT, TWO, COHORTS) == best


def test_where_groups_cannot_be_listed_each_pool_says_who_is_in_it_to_the_same_plan(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("rules.cohorts.solver.cohort_pools.LOOKED_AT", 0)
    plan = plan_cohorts(TIGHT, TWO, COHORTS)
    check(plan, TIGHT, TWO)
    assert plan.values == plan.bounds
    assert plan.values["learners_placed"] == 58


def test_in_parts_a_state_is_planned_again_until_its_districts_go_into_its_pools(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("rules.cohorts.plan.SOLVED_WHOLE", 0)
    monkeypatch.setattr("rules.cohorts.solver.cohort_pools.LOOKED_AT", 0)
    plan = plan_cohorts(TIGHT, TWO, COHORTS)
    check(plan, TIGHT, TWO)
    assert plan.values["learners_placed"] == 58
    monkeypatch.setattr("rules.cohorts.solver.cohort_parts.AGAIN", 1)
    check(plan_cohorts(TIGHT, TWO, COHORTS), TIGHT, TWO)
