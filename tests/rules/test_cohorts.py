import pytest

from rules.cohorts import plan_cohorts, private_cohort_sizes
from schemas.records import CohortPlan, DistrictDemand, FacilitatorOffer
from tests.builders import policy

COHORTS = policy().cohorts
SLOTS = {"TUE-15:30": 1, "WED-15:30": 2}


def district(lea_id: str, learners: int, region: str = "Capitol", **slots: int) -> DistrictDemand:
    return DistrictDemand(
        lea_id, region, learners, {k.replace("_", "-").replace("h", ":"): v for k, v in slots.items()} or SLOTS
    )


def facilitator(number: int, *slots: str, most: int = 2) -> FacilitatorOffer:
    return FacilitatorOffer(f"F{number}", slots or tuple(SLOTS), most)


def check(plan: CohortPlan, demands: list[DistrictDemand], offers: list[FacilitatorOffer]) -> None:
    """What every plan must keep, told apart from how it is found."""
    by_id = {d.lea_id: d for d in demands}
    placed: dict[str, int] = {}
    for cohort in plan.cohorts:
        size = sum(cohort.learners_by_lea_id.values())
        assert 15 <= size <= 35
        assert all(cohort.slot in by_id[lea_id].slot_ranks for lea_id in cohort.learners_by_lea_id)
        if cohort.kind == "private":
            assert len(cohort.learners_by_lea_id) == 1
        assert len({by_id[lea_id].region for lea_id in cohort.learners_by_lea_id}) == 1
        for lea_id, number in cohort.learners_by_lea_id.items():
            placed[lea_id] = placed.get(lea_id, 0) + number
    leads = [(cohort.facilitator_id, cohort.slot) for cohort in plan.cohorts]
    assert len(leads) == len(set(leads))
    for offer in offers:
        mine = [slot for facilitator_id, slot in leads if facilitator_id == offer.facilitator_id]
        assert len(mine) <= offer.maximum_cohorts
        assert set(mine) <= set(offer.slots)
    for demand in demands:
        assert placed.get(demand.lea_id, 0) in {0, demand.learners}
        assert (demand.lea_id in plan.unplaced) is (demand.learners > 0 and demand.lea_id not in placed)


@pytest.mark.parametrize(
    ("learners", "sizes"), [(19, ()), (20, (20,)), (35, (35,)), (36, (18, 18)), (71, (24, 24, 23))]
)
def test_a_district_of_twenty_or_more_gets_even_private_cohorts(learners: int, sizes: tuple[int, ...]) -> None:
    assert private_cohort_sizes(learners, COHORTS) == sizes


def test_small_districts_of_a_region_learn_together() -> None:
    demands = [district("1", 8), district("2", 9), district("3", 9, region="Western")]
    offers = [facilitator(1)]
    plan = plan_cohorts(demands, offers, COHORTS)
    check(plan, demands, offers)
    assert [dict(c.learners_by_lea_id) for c in plan.cohorts] == [{"1": 8, "2": 9}]
    assert "9 learners" in plan.unplaced["3"].reason


def test_learners_get_the_slot_they_like_best() -> None:
    plan = plan_cohorts([district("1", 20)], [facilitator(1)], COHORTS)
    assert [c.slot for c in plan.cohorts] == ["TUE-15:30"]
    assert plan.values["rank_cost"] == plan.bounds["rank_cost"] == 20


def test_private_cohorts_come_all_or_none() -> None:
    demands = [district("1", 70)]
    one, two = [facilitator(1, most=1)], [facilitator(1, most=2)]
    assert plan_cohorts(demands, one, COHORTS).cohorts == ()
    plan = plan_cohorts(demands, two, COHORTS)
    check(plan, demands, two)
    assert len(plan.cohorts) == 2


def test_most_learners_come_first_when_facilitators_are_few() -> None:
    demands, offers = [district("1", 20), district("2", 34)], [facilitator(1, most=1)]
    plan = plan_cohorts(demands, offers, COHORTS)
    check(plan, demands, offers)
    assert plan.values["learners_placed"] == 34
    assert "facilitators' cohorts are all taken" in plan.unplaced["1"].reason


def test_a_district_without_a_slot_that_is_led_waits_with_that_reason() -> None:
    plan = plan_cohorts([district("1", 20, FRI_15h30=1)], [facilitator(1)], COHORTS)
    assert "No facilitator is available in the slots" in plan.unplaced["1"].reason


def test_no_learners_or_no_facilitators_make_an_empty_plan() -> None:
    assert plan_cohorts([], [facilitator(1)], COHORTS).cohorts == ()
    assert plan_cohorts([district("1", 0)], [], COHORTS).unplaced == {}
    assert plan_cohorts([district("1", 14)], [], COHORTS).cohorts == ()


def test_a_plan_of_many_districts_keeps_every_constraint_and_is_the_same_each_time() -> None:
    demands = [district(str(i), 5 + i % 40, region=f"R{i % 4}") for i in range(24)]
    offers = [facilitator(i, most=3) for i in range(12)]
    plan = plan_cohorts(demands, offers, COHORTS)
    check(plan, demands, offers)
    assert plan == plan_cohorts(demands[::-1], offers[::-1], COHORTS)


def test_no_time_for_the_solver_is_a_fault_and_no_empty_plan() -> None:
    hurried = COHORTS.model_copy(update={"solver_seconds": 0})
    with pytest.raises(ArithmeticError, match="no cohort plan was found within 0 s at level"):
        plan_cohorts([district(str(n), 20 + n) for n in range(9)], [facilitator(n, most=1) for n in range(4)], hurried)
