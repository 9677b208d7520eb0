"""Plans that must be nearly full, or whose sizes do not add up: never less than a plain CP-SAT model, or a greedy plan."""

import pytest

from benchmarks.cohort_suite import instances, plain_cp_sat
from benchmarks.cohorts import read_instance
from rules.cohorts.plan import plan_cohorts
from rules.cohorts.solver.cohort_model import model_of
from rules.cohorts.solver.cohort_problem import Problem
from rules.cohorts.solver.cohort_values import values_in
from rules.cohorts.solver.greedy import greedy_plan
from schemas.records import DistrictDemand, FacilitatorOffer
from tests.factories.cohorts import district_demand, facilitator_offer
from tests.rules.cohorts.plan_checks import COHORTS, check

EASY = (
    "80 of 3-19, half the facilitators, 2",
    pytest.param("one region, four slots, 1", marks=pytest.mark.exhaustive),  # 20 s of both cores
    pytest.param("giants up to 1,000, 4", marks=pytest.mark.exhaustive),
)


@pytest.mark.parametrize("kind", EASY)
def test_where_facilitators_are_short_a_plan_places_no_fewer_than_a_plain_model_and_a_greedy_plan(kind: str) -> None:
    found = next(found for found in instances() if found["kind"] == kind)
    demands, offers = read_instance(found)
    cohorts = COHORTS.model_copy(update={"solver_seconds": 15})
    plan = plan_cohorts(demands, offers, cohorts)
    check(plan, demands, offers)
    greedy = greedy_plan(Problem(demands, offers, cohorts))
    placed = plan.values["learners_placed"]
    assert placed >= sum(sum(draft.learners_by_lea_id.values()) for draft in greedy)
    assert placed >= plain_cp_sat(found, 15)["placed"]
    assert placed == plan.bounds["learners_placed"]


FULL: tuple[list[DistrictDemand], list[FacilitatorOffer]] = (
    [district_demand(str(n), learners, TUE_15h30=1) for n, learners in enumerate((19, 17, 13, 11, 11, 11, 18, 16))],
    [facilitator_offer(1, most=1), facilitator_offer(2, most=1)],
)


def test_districts_without_common_open_days_are_parted_in_every_pool_of_their_slot(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("rules.cohorts.solver.cohort_pools.LOOKED_AT", 0)
    demands, offers = FULL

    def meets(_slot: str, lea_ids: tuple[str, ...]) -> bool:
        return not {"1", "6"} <= set(lea_ids) and not {"0", "7"} <= set(lea_ids)

    plan = plan_cohorts(demands, offers, COHORTS, meets=meets)
    check(plan, demands, offers)
    assert all(meets(cohort.slot, tuple(cohort.learners_by_lea_id)) for cohort in plan.cohorts)
    assert plan.values["learners_placed"] == plan.bounds["learners_placed"] == 35 + 34


def test_a_plan_that_the_program_does_not_know_is_a_fault() -> None:
    demands, offers = FULL
    problem = Problem(demands, offers, COHORTS)
    model = model_of(problem)
    model.reach(0, -70)
    drafts = greedy_plan(problem)[:1]
    with pytest.raises(ArithmeticError, match="none of the program's"):
        values_in(model, drafts, problem)
