"""Cohort plans: what they keep, and against brute force that none is better."""

import pytest
from hypothesis import given, settings

from rules.cohort_sizes import private_cohort_sizes
from rules.cohorts.plan import plan_cohorts
from schemas.records import DistrictDemand, FacilitatorOffer
from tests.factories.cohorts import district_demand, facilitator_offer, planning_instances
from tests.rules.cohorts.plan_checks import COHORTS, can_be_led, check, ways, worth


@pytest.mark.parametrize(
    ("learners", "sizes"), [(19, ()), (20, (20,)), (35, (35,)), (36, (18, 18)), (71, (24, 24, 23))]
)
def test_a_district_of_twenty_or_more_gets_even_private_cohorts(learners: int, sizes: tuple[int, ...]) -> None:
    assert private_cohort_sizes(learners, COHORTS) == sizes


def test_small_districts_of_a_state_learn_together() -> None:
    demands = [district_demand("1", 8), district_demand("2", 9), district_demand("3", 9, state="Another")]
    offers = [facilitator_offer(1)]
    plan = plan_cohorts(demands, offers, COHORTS)
    check(plan, demands, offers)
    assert [dict(c.learners_by_lea_id) for c in plan.cohorts] == [{"1": 8, "2": 9}]
    assert "9 participants together" in plan.unplaced["3"].reason


def test_learners_get_the_slot_they_like_best() -> None:
    plan = plan_cohorts([district_demand("1", 20)], [facilitator_offer(1)], COHORTS)
    assert [c.slot for c in plan.cohorts] == ["TUE-15:30"]
    assert plan.values["rank_cost"] == plan.bounds["rank_cost"] == 20


def test_private_cohorts_come_all_or_none() -> None:
    demands = [district_demand("1", 70)]
    one, two = [facilitator_offer(1, most=1)], [facilitator_offer(1, most=2)]
    assert plan_cohorts(demands, one, COHORTS).cohorts == ()
    plan = plan_cohorts(demands, two, COHORTS)
    check(plan, demands, two)
    assert len(plan.cohorts) == 2


def test_most_learners_come_first_when_facilitators_are_few() -> None:
    demands, offers = [district_demand("1", 20), district_demand("2", 34)], [facilitator_offer(1, most=1)]
    plan = plan_cohorts(demands, offers, COHORTS)
    check(plan, demands, offers)
    assert plan.values["learners_placed"] == 34
    assert "no facilitator can lead another cohort" in plan.unplaced["1"].reason


def test_a_district_without_a_slot_that_is_led_waits_with_that_reason() -> None:
    plan = plan_cohorts([district_demand("1", 20, FRI_15h30=1)], [facilitator_offer(1)], COHORTS)
    assert "no facilitator can lead all sessions on school days" in plan.unplaced["1"].reason


def test_no_learners_or_no_facilitators_make_an_empty_plan() -> None:
    assert plan_cohorts([], [facilitator_offer(1)], COHORTS).cohorts == ()
    assert plan_cohorts([district_demand("1", 0)], [], COHORTS).unplaced == {}
    assert plan_cohorts([district_demand("1", 14)], [], COHORTS).cohorts == ()


def test_a_plan_of_many_districts_keeps_every_constraint_and_is_the_same_each_time() -> None:
    demands = [district_demand(str(i), 5 + i % 40, state=f"S{i % 4}") for i in range(24)]
    offers = [facilitator_offer(i, most=3) for i in range(12)]
    plan = plan_cohorts(demands, offers, COHORTS)
    check(plan, demands, offers)
    assert plan == plan_cohorts(demands[::-1], offers[::-1], COHORTS)


def test_no_time_for_the_solver_leaves_a_greedy_plan_that_says_what_is_not_proven() -> None:
    hurried = COHORTS.model_copy(update={"solver_seconds": 0})
    demands = [*(district_demand(str(n), 20 + n) for n in range(9)), *(district_demand(f"s{n}", 9) for n in range(9))]
    offers = [facilitator_offer(n, most=1) for n in range(4)]
    plan = plan_cohorts(demands, offers, hurried)
    check(plan, demands, offers)
    assert plan.values["learners_placed"] == 28 + 27 + 27 + 27
    assert plan.not_proven[0].startswith("rank cost 190 (proven: none better than ")


@settings(max_examples=200, deadline=None)
@given(planning_instances())
def test_no_plan_of_a_small_instance_is_better_at_any_level(
    instance: tuple[list[DistrictDemand], list[FacilitatorOffer]],
) -> None:
    demands, offers = instance
    by_id = {d.lea_id: d for d in demands}
    plan = plan_cohorts(demands, offers, COHORTS)
    check(plan, demands, offers)
    assert plan.values == plan.bounds
    best: tuple[int, ...] = (0, 0, 0, 0)
    for cohorts in ways(demands, [], [], {d.lea_id: d.state for d in demands}):
        placed, *costs = worth(cohorts, by_id)
        key = (-placed, *costs)
        if key < best and can_be_led([slot for slot, _ in cohorts], offers):
            best = key
    placed, *costs = plan.values.values()
    assert (-placed, *costs) == best


def test_closed_days_keep_districts_out_of_a_slot_and_apart() -> None:
    demands = [district_demand("1", 9), district_demand("2", 9), district_demand("3", 20)]
    offers = [facilitator_offer(n) for n in range(3)]

    def meets(slot: str, lea_ids: tuple[str, ...]) -> bool:
        return slot != "TUE-15:30" and not {"1", "2"} <= set(lea_ids)

    plan = plan_cohorts(demands, offers, COHORTS, meets=meets)
    assert [(c.slot, set(c.learners_by_lea_id)) for c in plan.cohorts] == [("WED-15:30", {"3"})]


def test_who_watches_hears_how_far_the_solver_is_and_can_stop_it() -> None:
    heard: list[str] = []
    plan_cohorts([district_demand("1", 20)], [facilitator_offer(1)], COHORTS, watch=heard.append)
    assert next(line for line in heard if line.startswith("level")) == "level 1 of 4: learners_placed"
