"""A nation of cohorts: every rule kept, nobody left out who could be placed, and the slots within a hundredth of the bound."""

import pytest

from benchmarks.cohorts import learners_of, made_up, planned
from schemas.records import DistrictDemand, FacilitatorOffer
from tests.rules.cohorts.plan_checks import check

pytestmark = pytest.mark.exhaustive


@pytest.mark.parametrize("supply", [1.15, 1.0])
def test_a_nation_is_planned_to_the_proof_of_who_is_placed_and_within_a_hundredth_of_the_best_slots(
    supply: float,
) -> None:
    found = made_up(learners_of(17_800, 51), supply)
    row, plan = planned(found, 30)
    demands = [DistrictDemand(d["id"], d["learners"], d["slots"], d["region"]) for d in found["districts"]]
    check(
        plan, demands, [FacilitatorOffer(f["id"], tuple(f["slots"]), f["max_cohorts"]) for f in found["facilitators"]]
    )
    assert row["placed"] == row["bounds"]["placed"]
    assert 0 <= row["gap"] <= 0.01
