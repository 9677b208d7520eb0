"""Plans made again: nobody is moved without need, against brute force, and the difference is told."""

from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rules.replanning import Moved, moves_of, replan_cohorts
from schemas.records import DistrictDemand, FacilitatorOffer, PlannedCohort
from tests.rules.test_cohorts import COHORTS, can_be_led, check, district, facilitator, instances, ways, worth

Instance = tuple[list[DistrictDemand], list[FacilitatorOffer]]


def cohort(slot: str, **learners: int) -> PlannedCohort:
    return PlannedCohort(
        "combined", "A", slot, "F1", {name.removeprefix("d"): number for name, number in learners.items()}
    )


@settings(max_examples=200, deadline=None)
@given(instances(), st.randoms(use_true_random=False))
def test_most_are_placed_and_then_nobody_moves_who_could_have_stayed(instance: Instance, draw: object) -> None:
    demands, offers = instance
    before = [cohort(draw.choice(sorted(d.slot_ranks)), **{f"d{d.lea_id}": d.learners}) for d in demands]  # type: ignore[attr-defined]
    by_id = {d.lea_id: d for d in demands}
    plan, moves = replan_cohorts(before, demands, offers, COHORTS)
    check(plan, demands, offers)
    had = Counter({(c.slot, lea_id): n for c in before for lea_id, n in c.learners_by_lea_id.items()})
    best: tuple[int, ...] = (0, 0, 0, 0, 0)
    for cohorts in ways(demands, [], [], {d.lea_id: d.region for d in demands}):
        placed, *costs = worth(cohorts, by_id)
        room = Counter[tuple[str, str]]()
        for slot, learners in cohorts:
            room.update({(slot, lea_id): n for lea_id, n in learners.items()})
        key = (-placed, -(had & room).total(), *costs)
        if key < best and can_be_led([slot for slot, _ in cohorts], offers):
            best = key
    values = plan.values
    kept = values.get("people_kept", 0)
    assert (
        -values["learners_placed"],
        -kept,
        values["rank_cost"],
        values["cohorts"],
        values["districts_pooled"],
    ) == best
    assert plan.values == plan.bounds
    assert sum(move.learners for move in moves) == had.total() - kept


def test_without_a_facilitator_only_the_cohort_that_was_led_by_her_moves() -> None:
    demands = [district("1", 20), district("2", 20), district("3", 20)]
    before = [cohort("WED-15:30", d1=20), cohort("TUE-15:30", d2=20), cohort("WED-15:30", d3=20)]
    offers = [facilitator(1), facilitator(2, "TUE-15:30")]
    plan, moves = replan_cohorts(before, demands, offers, COHORTS)
    assert plan.values["people_kept"] == 40
    assert [(move.from_slot, move.to_slot, move.learners) for move in moves] == [("WED-15:30", "TUE-15:30", 20)]


def test_late_sign_ups_join_where_their_district_is_and_leavers_leave_the_rest_in_place() -> None:
    demands = [district("1", 25), district("2", 22)]
    before = [cohort("WED-15:30", d1=20), cohort("TUE-15:30", d2=30)]
    plan, moves = replan_cohorts(before, demands, [facilitator(1), facilitator(2)], COHORTS)
    assert plan.values["people_kept"] == 42
    assert moves == (Moved("1", None, "WED-15:30", 5),)


@pytest.mark.parametrize(
    ("before", "after", "moves"),
    [
        ({"A": 3}, {"A": 3}, []),
        ({"A": 3}, {}, [Moved("1", "A", None, 3)]),
        (
            {"A": 3, "B": 2},
            {"B": 1, "C": 5},
            [Moved("1", "A", "C", 3), Moved("1", "B", "C", 1), Moved("1", None, "C", 1)],
        ),
    ],
)
def test_the_difference_names_who_changes_who_is_new_and_who_is_left_over(
    before: dict[str, int], after: dict[str, int], moves: list[Moved]
) -> None:
    assert moves_of("1", before, after) == moves
