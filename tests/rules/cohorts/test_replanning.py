"""Plans made again: nobody is moved without need, against brute force, and the difference is told."""

from collections import Counter
from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rules.cohorts.replanning import (
    LearnerPlace,
    Moved,
    ask_for_a_leader,
    change_leader,
    continued,
    dissolve,
    handed_over,
    keeps_its_days,
    led_on,
    let_facilitator_go,
    let_wait,
    lose_slot,
    may_replan,
    moves_of,
    place_again,
    replan_cohorts,
    seated,
    who_moves,
)
from schemas.records import DistrictDemand, FacilitatorOffer, PlannedCohort
from schemas.statuses import CohortKind, Outcome
from tests.factories.cohorts import district_demand, facilitator_offer, planning_instances
from tests.rules.cohorts.plan_checks import COHORTS, can_be_led, check, ways, worth

Instance = tuple[list[DistrictDemand], list[FacilitatorOffer]]


def cohort(slot: str, **learners: int) -> PlannedCohort:
    return PlannedCohort(
        CohortKind.COMBINED, slot, "F1", {name.removeprefix("d"): number for name, number in learners.items()}
    )


@settings(max_examples=200, deadline=None)
@given(planning_instances(), st.randoms(use_true_random=False))
def test_most_are_placed_and_then_nobody_moves_who_could_have_stayed(instance: Instance, draw: object) -> None:
    demands, offers = instance
    before = [cohort(draw.choice(sorted(d.slot_ranks)), **{f"d{d.lea_id}": d.learners}) for d in demands]  # type: ignore[attr-defined]
    by_id = {d.lea_id: d for d in demands}
    plan, moves = replan_cohorts(before, demands, offers, COHORTS)
    check(plan, demands, offers)
    had = Counter({(c.slot, lea_id): n for c in before for lea_id, n in c.learners_by_lea_id.items()})
    best: tuple[int, ...] = (0, 0, 0, 0, 0)
    for cohorts in ways(demands, [], [], {d.lea_id: d.state for d in demands}):
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
    demands = [district_demand("1", 20), district_demand("2", 20), district_demand("3", 20)]
    before = [cohort("WED-15:30", d1=20), cohort("TUE-15:30", d2=20), cohort("WED-15:30", d3=20)]
    offers = [facilitator_offer(1), facilitator_offer(2, "TUE-15:30")]
    plan, moves = replan_cohorts(before, demands, offers, COHORTS)
    assert plan.values["people_kept"] == 40
    assert [(move.from_slot, move.to_slot, move.learners) for move in moves] == [("WED-15:30", "TUE-15:30", 20)]


def test_late_sign_ups_join_where_their_district_is_and_leavers_leave_the_rest_in_place() -> None:
    demands = [district_demand("1", 25), district_demand("2", 22)]
    before = [cohort("WED-15:30", d1=20), cohort("TUE-15:30", d2=30)]
    plan, moves = replan_cohorts(before, demands, [facilitator_offer(1), facilitator_offer(2)], COHORTS)
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


def planned(slot: str, leader: str, **learners: int) -> PlannedCohort:
    return replace(cohort(slot, **learners), facilitator_id=leader)


def test_who_leads_in_a_slot_goes_on_leading_there() -> None:
    demands = [district_demand("1", 20), district_demand("2", 20)]
    offers = [facilitator_offer(number) for number in range(1, 6)]
    before = [planned("WED-15:30", "F4", d1=20), planned("TUE-15:30", "F5", d2=20)]
    plan, moves = replan_cohorts(before, demands, offers, COHORTS)
    assert not moves
    assert {(c.slot, c.facilitator_id) for c in plan.cohorts} == {("WED-15:30", "F4"), ("TUE-15:30", "F5")}


def test_a_cohort_that_goes_on_is_the_one_with_most_people_in_common_and_keeps_its_leader() -> None:
    before = {"C1": planned("TUE-15:30", "F1", d1=9, d2=9), "C2": planned("TUE-15:30", "F2", d3=20)}
    after = [
        planned("TUE-15:30", "F1", d3=20, d1=9),
        planned("TUE-15:30", "F2", d2=9, d4=9),
        planned("WED-15:30", "F3", d5=20),
    ]
    continues = continued(before, after)
    assert continues == ["C2", "C1", None]
    assert [c.facilitator_id for c in led_on(after, continues, before)] == ["F2", "F1", "F3"]


def test_a_cohort_with_nobody_in_common_is_a_new_one() -> None:
    assert continued({"C1": planned("TUE-15:30", "F1", d1=20)}, [planned("TUE-15:30", "F1", d2=20)]) == [None]


def test_everybody_stays_where_they_are_as_far_as_there_is_room_then_at_least_in_the_slot() -> None:
    after = [planned("TUE-15:30", "F1", d1=1), planned("TUE-15:30", "F2", d1=1), planned("WED-15:30", "F1", d1=1)]
    people = [
        LearnerPlace("a", "1", "C1", "TUE-15:30"),
        LearnerPlace("b", "1", "C1", "TUE-15:30"),
        LearnerPlace("c", "1"),
        LearnerPlace("d", "1"),
    ]
    assert seated(people, after, ["C1", None, None]) == {"a": 0, "b": 1, "c": 2, "d": None}


def test_who_stays_in_the_cohort_or_waits_on_does_not_move_and_everybody_else_does() -> None:
    people = [
        LearnerPlace("waits-on", "1"),
        LearnerPlace("stays", "1", "C1", "TUE-15:30"),
        LearnerPlace("has-to-wait", "1", "C2", "TUE-15:30"),
        LearnerPlace("moves", "1", "C2", "TUE-15:30"),
        LearnerPlace("joins", "1"),
        LearnerPlace("goes-to-a-new-one", "1", "C2", "TUE-15:30"),
    ]
    seats = {"waits-on": None, "stays": 0, "has-to-wait": None, "moves": 0, "joins": 0, "goes-to-a-new-one": 1}
    assert list(who_moves(people, seats, ["C1", None]).items()) == [
        ("goes-to-a-new-one", 1),
        ("has-to-wait", None),
        ("joins", 0),
        ("moves", 0),
    ]


def test_a_cohort_goes_on_only_where_no_district_is_closed_on_one_of_its_days() -> None:
    days = [date(2022, 9, 13), date(2022, 9, 27)]
    assert keeps_its_days(days, [date(2022, 9, 14)])
    assert not keeps_its_days(days, [date(2022, 9, 27)])


def test_who_hands_a_cohort_over_does_so_before_taking_another() -> None:
    now = {"C1": "F1", "C2": "F2", "C3": "F3", "C4": "F4"}
    then = {"C1": "F2", "C2": "F3", "C3": "F5", "C4": "F4"}
    assert handed_over(now, then) == [("C3", "F5"), ("C2", "F3"), ("C1", "F2")]


def test_cohorts_are_planned_again_with_a_reason_only() -> None:
    assert [may_replan(reason).outcome for reason in ("F1 is ill", " ")] == [Outcome.ACCEPTED, Outcome.REJECTED]


def test_what_a_new_plan_changes_is_told_with_its_reason() -> None:
    why = "F1 has moved away"
    told = {
        let_facilitator_go(why).outcome: "Leads no more cohorts",
        dissolve(why).outcome: "Dissolved before its first session",
        change_leader("F2", why).outcome: "Led by F2 from now on",
        ask_for_a_leader(why).outcome: "No facilitator is free at its time",
        place_again(CohortKind.PRIVATE, "C1", "TUE-15:30", why).outcome: "Placed in the private cohort C1, TUE-15:30",
        let_wait(why).outcome: "The cohort cannot be held",
    }
    assert set(told) == {
        Outcome.LEFT, Outcome.DISSOLVED, Outcome.LED_ANEW, Outcome.OPERATOR, Outcome.PLACED, Outcome.WAITING,
    }  # fmt: skip
    assert ask_for_a_leader(why).reason.endswith("merge it with another cohort: F1 has moved away.")


def test_operators_are_told_of_a_cohort_whose_facilitator_no_longer_has_its_slot() -> None:
    assert lose_slot("F001", "TUE-15:30", ("MON-15:30", "TUE-15:30")) is None
    ruling = lose_slot("F001", "TUE-15:30", ("MON-15:30",))
    assert ruling is not None
    assert (ruling.outcome, ruling.reason.startswith("F001 can no longer lead in TUE-15:30")) == (
        Outcome.OPERATOR,
        True,
    )
