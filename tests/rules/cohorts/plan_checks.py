"""What every cohort plan must keep, small instances of the problem, and every plan of them, told apart from the solver."""

import random
from collections.abc import Iterator
from itertools import product

from hypothesis import strategies as st

from schemas.records import CohortPlan, DistrictDemand, FacilitatorOffer
from schemas.statuses import CohortKind
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
        assert is_private == [True] if cohort.kind is CohortKind.PRIVATE else not any(is_private)
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
