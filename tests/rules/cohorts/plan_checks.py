"""What every cohort plan must keep, and every plan of a small instance, told apart from the solver."""

from collections.abc import Iterator
from datetime import time
from itertools import product

from schemas.records import CohortPlan, DistrictDemand, FacilitatorOffer
from schemas.statuses import CohortKind
from tests.factories.season import policy

COHORTS = policy().cohorts
Group = tuple[str, dict[str, int]]


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
        assert len({by_id[lea_id].state for lea_id in cohort.learners_by_lea_id}) == 1
        for lea_id, number in cohort.learners_by_lea_id.items():
            placed.setdefault(lea_id, []).append(number)
    leads = [(cohort.facilitator_id, cohort.slot) for cohort in plan.cohorts]
    for number, (who, slot) in enumerate(leads):
        assert not any(who == other and overlap(slot, theirs) for other, theirs in leads[:number])
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


def overlap(one: str, other: str) -> bool:
    """Whether two-hour sessions in the slots are less than a quarter of an hour apart."""
    first, second = (time.fromisoformat(slot[4:]) for slot in (one, other))
    apart = abs(first.hour * 60 + first.minute - second.hour * 60 - second.minute)
    return one[:3] == other[:3] and apart < 135


def worth(cohorts: list[Group], by_id: dict[str, DistrictDemand]) -> tuple[int, int, int, int]:
    """What a plan is worth at each level, counted one learner's district at a time."""
    pairs = [(slot, lea_id, number) for slot, learners in cohorts for lea_id, number in learners.items()]
    return (
        sum(number for _, _, number in pairs),
        sum(number * by_id[lea_id].slot_ranks[slot] for slot, lea_id, number in pairs),
        len(cohorts),
        sum(by_id[lea_id].learners < 20 for _, lea_id, _ in pairs),
    )


def can_be_led(slots: list[str], offers: list[FacilitatorOffer], taken: tuple[tuple[str, str], ...] = ()) -> bool:
    """Whether somebody is free for each of them, tried one by one."""
    if not slots:
        return True
    return any(
        slots[0] in offer.slots
        and not any(who == offer.facilitator_id and overlap(slots[0], slot) for who, slot in taken)
        and sum(who == offer.facilitator_id for who, _ in taken) < offer.maximum_cohorts
        and can_be_led(slots[1:], offers, (*taken, (offer.facilitator_id, slots[0])))
        for offer in offers
    )


def ways(
    demands: list[DistrictDemand], pools: list[Group], private: list[Group], states: dict[str, str]
) -> Iterator[list[Group]]:
    """Every way to put the districts, one after the other, into cohorts of their own or into pools."""
    if not demands:
        if all(sum(learners.values()) >= 15 for _, learners in pools):
            yield [*private, *pools]
        return
    first, *rest = demands
    yield from ways(rest, pools, private, states)
    if first.learners >= 20:
        count = -(-first.learners // 35)
        sizes = [first.learners // count + (n < first.learners % count) for n in range(count)]
        for slots in product(first.slot_ranks, repeat=count):
            own = [(slot, {first.lea_id: n}) for slot, n in zip(slots, sizes, strict=True)]
            yield from ways(rest, pools, [*private, *own], states)
        return
    for slot in first.slot_ranks:
        yield from ways(rest, [*pools, (slot, {first.lea_id: first.learners})], private, states)
    for number, (slot, learners) in enumerate(pools):
        fits = states[next(iter(learners))] == first.state and sum(learners.values()) + first.learners <= 35
        if slot in first.slot_ranks and fits:
            joined = [*pools[:number], (slot, {**learners, first.lea_id: first.learners}), *pools[number + 1 :]]
            yield from ways(rest, joined, private, states)
