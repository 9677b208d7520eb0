"""Why a district waits, and the smallest change that places it."""

from dataclasses import replace
from datetime import date

import pytest

from rules.cohorts.plan import plan_cohorts
from rules.cohorts.reasons import Change, Standing, cheapest_change, place, why_unplaced
from rules.cohorts.solver.cohort_problem import Problem
from schemas.kinds import ChangeKind
from schemas.records import DistrictDemand, FacilitatorOffer
from schemas.statuses import CohortKind, Outcome
from tests.factories.cohorts import district_demand, facilitator_offer
from tests.rules.cohorts.plan_checks import COHORTS


@pytest.mark.parametrize(
    ("demands", "offers", "reason", "change"),
    [
        (
            [district_demand("1", 20, FRI_15h30=1)],
            [facilitator_offer(1)],
            "At the times that the district marked, no facilitator can lead all",
            Change(ChangeKind.SLOT, "TUE-15:30", 1),
        ),
        (
            [district_demand("1", 9)],
            [facilitator_offer(1)],
            "At these times, the districts without cohorts of their own have 9 participants together",
            Change(ChangeKind.LEARNERS, "TUE-15:30", 6),
        ),
        (
            [district_demand("1", 20), district_demand("2", 34)],
            [facilitator_offer(1, most=1)],
            "At the times that the district marked, no facilitator can lead another",
            Change(ChangeKind.FACILITATOR, "TUE-15:30", 1),
        ),
        (
            [district_demand("1", 16), district_demand("2", 40, TUE_15h30=1)],
            [facilitator_offer(1, "TUE-15:30"), facilitator_offer(2, "TUE-15:30")],
            "At the times that the district marked, no facilitator can lead another",
            Change(ChangeKind.FACILITATOR, "TUE-15:30", 1),
        ),
        (
            [district_demand("1", 9, FRI_15h30=1), district_demand("2", 16)],
            [facilitator_offer(1)],
            "At the times that the district marked, no facilitator can lead all",
            Change(ChangeKind.SLOT, "TUE-15:30", 1),
        ),
        (
            [district_demand(n, 12, TUE_15h30=1) for n in "123"],
            [facilitator_offer(1), facilitator_offer(2)],
            "The plan that places the most participants",
            Change(ChangeKind.LEARNERS, "TUE-15:30", 3),
        ),
    ],
)
def test_who_waits_is_told_why_and_the_change_that_is_named_places_them(
    demands: list[DistrictDemand], offers: list[FacilitatorOffer], reason: str, change: Change
) -> None:
    plan = plan_cohorts(demands, offers, COHORTS)
    problem = Problem(demands, offers, COHORTS)
    assert why_unplaced(plan.cohorts, problem) == plan.unplaced
    lea_id, ruling = next(iter(plan.unplaced.items()))
    waiting = next(d for d in demands if d.lea_id == lea_id)
    standing = Standing(plan.cohorts, [d for d in demands if d.lea_id in plan.unplaced], problem)
    assert cheapest_change(waiting, standing) == change
    assert ruling.reason.startswith(reason)
    assert ruling.reason.endswith(change.sentence)
    if change.kind is ChangeKind.SLOT:
        demands = [replace(d, slot_ranks={**d.slot_ranks, change.slot: 9}) if d is waiting else d for d in demands]
    elif change.kind is ChangeKind.FACILITATOR:
        offers = [*offers, *(FacilitatorOffer(f"N{n}", (change.slot,), 1) for n in range(change.number))]
    else:
        demands = [*demands, DistrictDemand("new", change.number, {change.slot: 1}, waiting.state)]
    assert lea_id not in plan_cohorts(demands, offers, COHORTS).unplaced


def test_who_is_placed_is_told_where_and_from_when() -> None:
    ruling = place(CohortKind.COMBINED, "2022-C001", "TUE-15:30", date(2022, 9, 13))
    assert ruling.outcome == Outcome.PLACED
    assert ruling.reason == "Placed in the combined cohort 2022-C001, TUE-15:30, from 2022-09-13."
