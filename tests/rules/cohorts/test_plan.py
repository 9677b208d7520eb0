import random
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace
from itertools import product
from math import inf

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rules.cohorts.plan import plan_cohorts
from rules.cohorts.reasons import Change, Standing, cheapest_change, why_unplaced
from rules.cohorts.sizes import private_cohort_sizes
from rules.cohorts.solver.cohort_model import Problem
from rules.cohorts.solver.cohort_parts import PRIVATE_SECONDS, Prices
from rules.cohorts.solver.cohort_plan import packed
from rules.cohorts.solver.programs import NO_FLOATS, Solution, solve
from schemas.records import CohortPlan, DistrictDemand, FacilitatorOffer
from tests.builders import policy

COHORTS = policy().cohorts
SLOTS = {"TUE-15:30": 1, "WED-15:30": 2}
Group = tuple[str, dict[str, int]]


def district(lea_id: str, learners: int, region: str = "Capitol", **slots: int) -> DistrictDemand:
    return DistrictDemand(
        lea_id, region, learners, {k.replace("_", "-").replace("h", ":"): v for k, v in slots.items()} or SLOTS
    )


def facilitator(number: int, *slots: str, most: int = 2) -> FacilitatorOffer:
    return FacilitatorOffer(f"F{number}", slots or tuple(SLOTS), most)


def check(plan: CohortPlan, demands: list[DistrictDemand], offers: list[FacilitatorOffer]) -> None:
    """What every plan must keep, told apart from how it is found."""
    by_id = {d.lea_id: d for d in demands}
    placed: dict[str, list[int]] = {}
    for cohort in plan.cohorts:
        size = sum(cohort.learners_by_lea_id.values())
        assert 15 <= size <= 35
        assert all(cohort.slot in by_id[lea_id].slot_ranks for lea_id in cohort.learners_by_lea_id)
        is_private = [by_id[lea_id].learners >= 20 for lea_id in cohort.learners_by_lea_id]
        assert is_private == [True] if cohort.kind == "private" else not any(is_private)
        assert {by_id[lea_id].region for lea_id in cohort.learners_by_lea_id} == {cohort.region}
        for lea_id, number in cohort.learners_by_lea_id.items():
            placed.setdefault(lea_id, []).append(number)
    leads = [(cohort.facilitator_id, cohort.slot) for cohort in plan.cohorts]
    assert len(leads) == len(set(leads))
    for offer in offers:
        mine = [slot for facilitator_id, slot in leads if facilitator_id == offer.facilitator_id]
        assert len(mine) <= offer.maximum_cohorts
        assert set(mine) <= set(offer.slots)
    for demand in demands:
        sizes = placed.get(demand.lea_id, [])
        assert sum(sizes) in {0, demand.learners}
        assert len(sizes) <= 1 or (len(sizes) == -(-demand.learners // 35) and max(sizes) - min(sizes) <= 1)
        assert (demand.lea_id in plan.unplaced) is (demand.learners > 0 and not sizes)
    levels = [plan.values[name] for name in ("learners_placed", "rank_cost", "cohorts", "districts_pooled")]
    assert tuple(levels) == worth([(c.slot, dict(c.learners_by_lea_id)) for c in plan.cohorts], by_id)
    assert plan.values["learners_placed"] <= plan.bounds["learners_placed"]
    assert all(plan.values[level] >= plan.bounds[level] for level in ("rank_cost", "cohorts", "districts_pooled"))


def worth(cohorts: list[Group], by_id: dict[str, DistrictDemand]) -> tuple[int, int, int, int]:
    """What a plan is worth at each level, counted one learner's district at a time."""
    pairs = [(slot, lea_id, number) for slot, learners in cohorts for lea_id, number in learners.items()]
    return (
        sum(number for _, _, number in pairs),
        sum(number * by_id[lea_id].slot_ranks[slot] for slot, lea_id, number in pairs),
        len(cohorts),
        sum(by_id[lea_id].learners < 20 for _, lea_id, _ in pairs),
    )


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
    assert "Nobody can lead five sessions on open days" in plan.unplaced["1"].reason


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
    with pytest.raises(ArithmeticError, match="no cohort plan was found within 0 s"):
        plan_cohorts([district(str(n), 20 + n) for n in range(9)], [facilitator(n, most=1) for n in range(4)], hurried)


@st.composite
def instances(draw: st.DrawFn) -> tuple[list[DistrictDemand], list[FacilitatorOffer]]:
    """Small instances, among them ones without facilitators, without a common slot, or with learners too few or too many."""
    slots = ("TUE-15:30", "WED-15:30", "THU-17:00")
    demands = []
    for number in range(draw(st.integers(0, 5))):
        marked = draw(st.permutations(slots))[: draw(st.integers(1, 3))]
        learners = draw(st.one_of(st.integers(1, 19), st.sampled_from((12, 14, 15, 20, 36, 40, 71))))
        ranks = {slot: rank for rank, slot in enumerate(marked, start=1)}
        demands.append(DistrictDemand(str(number), draw(st.sampled_from("AAB")), learners, ranks))
    offers = [
        FacilitatorOffer(f"F{number}", tuple(draw(st.sets(st.sampled_from(slots)))), draw(st.integers(0, 3)))
        for number in range(draw(st.integers(0, 3)))
    ]
    return demands, offers


def can_be_led(slots: list[str], offers: list[FacilitatorOffer], taken: tuple[tuple[str, str], ...] = ()) -> bool:
    """Whether somebody is free for each of them, tried one by one."""
    if not slots:
        return True
    return any(
        slots[0] in offer.slots
        and (offer.facilitator_id, slots[0]) not in taken
        and sum(who == offer.facilitator_id for who, _ in taken) < offer.maximum_cohorts
        and can_be_led(slots[1:], offers, (*taken, (offer.facilitator_id, slots[0])))
        for offer in offers
    )


def ways(
    demands: list[DistrictDemand], pools: list[Group], private: list[Group], regions: dict[str, str]
) -> Iterator[list[Group]]:
    """Every way to put the districts, one after the other, into cohorts of their own or into pools."""
    if not demands:
        if all(sum(learners.values()) >= 15 for _, learners in pools):
            yield [*private, *pools]
        return
    first, *rest = demands
    yield from ways(rest, pools, private, regions)
    if first.learners >= 20:
        count = -(-first.learners // 35)
        sizes = [first.learners // count + (n < first.learners % count) for n in range(count)]
        for slots in product(first.slot_ranks, repeat=count):
            own = [(slot, {first.lea_id: n}) for slot, n in zip(slots, sizes, strict=True)]
            yield from ways(rest, pools, [*private, *own], regions)
        return
    for slot in first.slot_ranks:
        yield from ways(rest, [*pools, (slot, {first.lea_id: first.learners})], private, regions)
    for number, (slot, learners) in enumerate(pools):
        fits = regions[next(iter(learners))] == first.region and sum(learners.values()) + first.learners <= 35
        if slot in first.slot_ranks and fits:
            joined = [*pools[:number], (slot, {**learners, first.lea_id: first.learners}), *pools[number + 1 :]]
            yield from ways(rest, joined, private, regions)


@settings(max_examples=200, deadline=None)
@given(instances())
def test_no_plan_of_a_small_instance_is_better_at_any_level(
    instance: tuple[list[DistrictDemand], list[FacilitatorOffer]],
) -> None:
    demands, offers = instance
    by_id = {d.lea_id: d for d in demands}
    plan = plan_cohorts(demands, offers, COHORTS)
    check(plan, demands, offers)
    assert plan.values == plan.bounds
    best: tuple[int, ...] = (0, 0, 0, 0)
    for cohorts in ways(demands, [], [], {d.lea_id: d.region for d in demands}):
        placed, *costs = worth(cohorts, by_id)
        key = (-placed, *costs)
        if key < best and can_be_led([slot for slot, _ in cohorts], offers):
            best = key
    placed, *costs = plan.values.values()
    assert (-placed, *costs) == best


@settings(max_examples=60, deadline=None)
@given(instances())
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


def many(regions: int, supply: int) -> tuple[list[DistrictDemand], list[FacilitatorOffer]]:
    """Forty districts, of which some cannot be placed if facilitators are few."""
    draw = random.Random(3)  # noqa: S311 - a repeatable choice
    slots = [f"{day}-{hour}" for day in ("MON", "TUE", "WED", "THU") for hour in ("15:30", "16:30")]
    demands = []
    for number in range(40):
        marked = {slot: rank for rank, slot in enumerate(draw.sample(slots, 3), start=1)}
        learners = draw.choice((3, 5, 8, 12, 18, 24, 41))
        demands.append(DistrictDemand(f"{number:03}", f"R{draw.randrange(regions)}", learners, marked))
    offers = [FacilitatorOffer(f"F{n:02}", tuple(draw.sample(slots, 5)), draw.randint(1, 3)) for n in range(supply)]
    return demands, offers


@pytest.mark.parametrize("listed", [0, 2_000])
@pytest.mark.parametrize(("regions", "supply"), [(3, 20), (3, 9)])
def test_in_parts_a_state_is_planned_nearly_as_well_as_whole(
    regions: int, supply: int, listed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("rules.cohorts.solver.cohort_model.LEADERS_LISTED", listed)
    demands, offers = many(regions, supply)
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
    demands, offers = many(3, 10)
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
    monkeypatch.setattr("rules.cohorts.plan._core", lambda *_: None)
    free = Prices(1_000.0, defaultdict(float))
    monkeypatch.setattr("rules.cohorts.solver.cohort_parts._prices", lambda *_: free)
    slots = ({"TUE-15:30": 1}, {"WED-15:30": 1}, {"THU-17:00": 1})
    counts = (learners, learners, fewer)
    demands = [DistrictDemand(str(n), str(n), counts[n], slot) for n, slot in enumerate(slots)]
    plan = plan_cohorts(demands, EITHER, COHORTS)
    check(plan, demands, EITHER)
    assert plan.values["learners_placed"] == learners + fewer
    monkeypatch.setattr("rules.cohorts.solver.cohort_parts.AGAIN", 1)
    check(plan_cohorts(demands, EITHER, COHORTS), demands, EITHER)


@pytest.mark.parametrize(("tries", "placed"), [(20, 48), (1, 32)])
def test_a_region_whose_pools_cannot_be_led_is_planned_again_or_gives_the_smallest_up(
    tries: int, placed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("rules.cohorts.plan.SOLVED_WHOLE", -1)
    monkeypatch.setattr("rules.cohorts.solver.cohort_model.LEADERS_LISTED", 0)
    monkeypatch.setattr("rules.cohorts.solver.cohort_parts.AGAIN", tries)
    monkeypatch.setattr("rules.cohorts.solver.cohort_parts._prices", lambda *_: Prices(1_000.0, defaultdict(float)))
    offers = [*EITHER, FacilitatorOffer("F3", ("FRI-15:30",), 1)]
    slots = ({"TUE-15:30": 1}, {"THU-17:00": 1}, {"WED-15:30": 1, "FRI-15:30": 2})
    demands = [DistrictDemand(str(n), str(n), 16, slot) for n, slot in enumerate(slots)]
    plan = plan_cohorts(demands, offers, COHORTS)
    check(plan, demands, offers)
    assert plan.values["learners_placed"] == placed


@pytest.mark.parametrize(("is_private", "kept"), [(False, "private"), (True, "combined")])
def test_the_part_of_which_nothing_is_found_in_time_waits(
    monkeypatch: pytest.MonkeyPatch, *, is_private: bool, kept: str
) -> None:
    monkeypatch.setattr("rules.cohorts.plan.SOLVED_WHOLE", -1)
    demands, offers = many(3, 9)
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


TIGHT = [district(str(n), learners, TUE_15h30=1) for n, learners in enumerate((18, 18, 9, 9, 9, 4))]
TWO = [facilitator(1, most=1), facilitator(2, most=1)]


def test_districts_that_do_not_go_into_the_pools_that_are_counted_have_their_groups_listed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """67 learners are enough for two cohorts of 35, and yet these districts do not go into two."""
    best = plan_cohorts(TIGHT, TWO, COHORTS)
    assert best.values == best.bounds
    assert best.values["learners_placed"] == 58
    monkeypatch.setattr("rules.cohorts.solver.cohort_model.LOOKED_AT", 0.02)
    assert plan_cohorts(TIGHT, TWO, COHORTS) == best


def test_where_groups_cannot_be_listed_the_plan_keeps_the_rules_and_claims_no_proof(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("rules.cohorts.solver.cohort_model.LOOKED_AT", 0)
    plan = plan_cohorts(TIGHT, TWO, COHORTS)
    check(plan, TIGHT, TWO)
    assert dict(plan.bounds) == {"learners_placed": 67, "rank_cost": 0, "cohorts": 0, "districts_pooled": 0}


def test_in_parts_a_region_is_planned_again_until_its_districts_go_into_its_pools(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("rules.cohorts.plan.SOLVED_WHOLE", 0)
    monkeypatch.setattr("rules.cohorts.solver.cohort_model.LOOKED_AT", 0)
    plan = plan_cohorts(TIGHT, TWO, COHORTS)
    check(plan, TIGHT, TWO)
    assert plan.values["learners_placed"] == 58
    monkeypatch.setattr("rules.cohorts.solver.cohort_parts.AGAIN", 1)
    check(plan_cohorts(TIGHT, TWO, COHORTS), TIGHT, TWO)


def test_closed_days_keep_districts_out_of_a_slot_and_apart() -> None:
    demands = [district("1", 9), district("2", 9), district("3", 20)]
    offers = [facilitator(n) for n in range(3)]

    def meets(slot: str, lea_ids: tuple[str, ...]) -> bool:
        return slot != "TUE-15:30" and not {"1", "2"} <= set(lea_ids)

    plan = plan_cohorts(demands, offers, COHORTS, meets=meets)
    assert [(c.slot, set(c.learners_by_lea_id)) for c in plan.cohorts] == [("WED-15:30", {"3"})]


@pytest.mark.parametrize(
    ("demands", "offers", "reason", "change"),
    [
        ([district("1", 20, FRI_15h30=1)], [facilitator(1)], "Nobody can lead", Change("slot", "TUE-15:30", 1)),
        ([district("1", 9)], [facilitator(1)], "The region has 9 learners", Change("learners", "TUE-15:30", 6)),
        (
            [district("1", 20), district("2", 34)],
            [facilitator(1, most=1)],
            "The facilitators' cohorts are all taken",
            Change("facilitator", "TUE-15:30", 1),
        ),
        (
            [district("1", 16), district("2", 40, TUE_15h30=1)],
            [facilitator(1, "TUE-15:30"), facilitator(2, "TUE-15:30")],
            "The facilitators' cohorts are all taken",
            Change("facilitator", "TUE-15:30", 1),
        ),
        (
            [district("1", 9, FRI_15h30=1), district("2", 16)],
            [facilitator(1)],
            "Nobody can lead",
            Change("slot", "TUE-15:30", 1),
        ),
        (
            [district(n, 12, TUE_15h30=1) for n in "123"],
            [facilitator(1), facilitator(2)],
            "The plan with the most learners",
            Change("learners", "TUE-15:30", 3),
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
    if change.kind == "slot":
        demands = [replace(d, slot_ranks={**d.slot_ranks, change.slot: 9}) if d is waiting else d for d in demands]
    elif change.kind == "facilitator":
        offers = [*offers, *(FacilitatorOffer(f"N{n}", (change.slot,), 1) for n in range(change.number))]
    else:
        demands = [*demands, DistrictDemand("new", waiting.region, change.number, {change.slot: 1})]
    assert lea_id not in plan_cohorts(demands, offers, COHORTS).unplaced


def test_who_watches_hears_how_far_the_solver_is_and_can_stop_it() -> None:
    heard: list[str] = []
    plan_cohorts([district("1", 20)], [facilitator(1)], COHORTS, watch=heard.append)
    assert next(line for line in heard if line.startswith("level")) == "level 1 of 4: learners_placed"
