"""What a solution of the program means: which districts learn together, when, and led by whom.

Members of a slot are packed into cohorts here; a district that does not go into any of them is left over and told.
Source: FAQ I (15 to 35, combined cohorts); ruling: a small district is never split over cohorts.
"""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from rules.cohort_sizes import private_cohort_sizes
from rules.cohorts.solver.cohort_problem import Problem, Standings
from rules.cohorts.solver.cohort_variables import Model, Terms
from rules.cohorts.solver.facilitation import leaders_by_slot
from rules.cohorts.solver.programs import Floats
from schemas.records import PlannedCohort
from schemas.statuses import CohortKind

Sizes = Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Draft:
    """A cohort that nobody leads yet."""

    kind: CohortKind
    state: str
    slot: str
    learners_by_lea_id: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Members:
    """The small districts of a state that a solution puts into the pools of a slot."""

    state: str
    slot: str
    lea_ids: tuple[str, ...]


def drafts_of(model: Model, values: Floats, problem: Problem) -> list[Draft]:
    """The cohorts that a solution means."""
    return [
        *_private_drafts(model, values, problem),
        *_group_drafts(model, values, problem),
        *_pool_drafts(model, values, problem),
        *_filled_drafts(model, values, problem),
    ]


def led(drafts: Sequence[Draft], problem: Problem) -> tuple[PlannedCohort, ...]:
    """The cohorts with who leads them."""
    found = leaders_by_slot(slot_counts(drafts), problem.facilitators, problem.blocks)
    leaders = {slot: list(ids) for slot, ids in found.items()}
    ordered = sorted(drafts, key=lambda d: (d.slot, d.kind, d.state, sorted(d.learners_by_lea_id)))
    return tuple(PlannedCohort(d.kind, d.slot, leaders[d.slot].pop(0), d.learners_by_lea_id) for d in ordered)


def slot_counts(drafts: Sequence[Draft]) -> Counter[str]:
    """How many cohorts there are in each slot."""
    return Counter(draft.slot for draft in drafts)


def values_of(drafts: Sequence[Draft] | Sequence[PlannedCohort], problem: Problem) -> Mapping[str, int]:
    """What a plan is worth at each level, counted from its cohorts."""
    members = [(lea_id, number, draft.slot) for draft in drafts for lea_id, number in draft.learners_by_lea_id.items()]
    return {
        "learners_placed": sum(number for _, number, _ in members),
        "rank_cost": sum(number * problem.by_lea_id[lea_id].slot_ranks[slot] for lea_id, number, slot in members),
        "cohorts": len(drafts),
        "districts_pooled": sum(len(draft.learners_by_lea_id) for draft in drafts if draft.kind == CohortKind.COMBINED),
    }


def placed_by(drafts: Sequence[Draft] | Sequence[PlannedCohort]) -> frozenset[str]:
    """The districts that are in a cohort."""
    return frozenset(lea_id for draft in drafts for lea_id in draft.learners_by_lea_id)


def people_kept(planned: Sequence[Draft] | Sequence[PlannedCohort], standing: Standings) -> int:
    """How many of those who had a slot can stay in it."""
    room: Counter[tuple[str, str]] = Counter()
    for cohort in planned:
        for lea_id, number in cohort.learners_by_lea_id.items():
            room[lea_id, cohort.slot] += number
    had = ((lea_id, slot, people) for lea_id, slots in standing.items() for slot, people in slots.items())
    return sum(min(people, room[lea_id, slot]) for lea_id, slot, people in had)


def _private_drafts(model: Model, values: Floats, problem: Problem) -> list[Draft]:
    drafts: list[Draft] = []
    for (lea_id, slot), number in model.private.items():
        demand = problem.by_lea_id[lea_id]
        small = min(private_cohort_sizes(demand.learners, problem.cohorts))
        larger = int(values[model.larger[lea_id, slot]]) if (lea_id, slot) in model.larger else 0
        sizes = (small + (count < larger) for count in range(int(values[number])))
        drafts += [Draft(CohortKind.PRIVATE, demand.state, slot, {lea_id: size}) for size in sizes]
    return drafts


def _group_drafts(model: Model, values: Floats, problem: Problem) -> list[Draft]:
    demands = problem.by_lea_id
    return [
        Draft(
            CohortKind.COMBINED,
            demands[lea_ids[0]].state,
            slot,
            {lea_id: demands[lea_id].learners for lea_id in lea_ids},
        )
        for (slot, lea_ids), number in model.groups.items()
        if values[number]
    ]


def _filled_drafts(model: Model, values: Floats, problem: Problem) -> list[Draft]:
    demands, drafts = problem.by_lea_id, []
    for pool, inside in model.filled.items():
        lea_ids = tuple(lea_id for lea_id, number in inside.items() if values[number])
        if lea_ids and problem.meets(pool.slot, lea_ids):
            sizes = {lea_id: demands[lea_id].learners for lea_id in lea_ids}
            drafts.append(Draft(CohortKind.COMBINED, pool.state, pool.slot, sizes))
    return drafts


def _pool_drafts(model: Model, values: Floats, problem: Problem) -> list[Draft]:
    drafts = []
    for (state, slot), sizes in _members(model, values, problem).items():
        pools = packed(sizes, int(values[model.pools[state, slot]]), problem)
        drafts += [
            Draft(CohortKind.COMBINED, state, slot, pool) for pool in pools if problem.meets(slot, tuple(sorted(pool)))
        ]
    return drafts


def _members(model: Model, values: Floats, problem: Problem) -> Mapping[tuple[str, str], Sizes]:
    """The learners of the districts that are members of a state's slot."""
    demands = problem.by_lea_id
    members: dict[tuple[str, str], dict[str, int]] = defaultdict(dict)
    for (lea_id, slot), number in model.members.items():
        if values[number]:
            members[demands[lea_id].state, slot][lea_id] = demands[lea_id].learners
    return members


def unpacked(model: Model, values: Floats, problem: Problem, drafts: Sequence[Draft]) -> list[Members]:
    """The members in a solution of which some are in none of its cohorts."""
    placed = placed_by(drafts)
    members = _members(model, values, problem).items()
    return [Members(state, slot, tuple(sizes)) for (state, slot), sizes in members if not sizes.keys() <= placed]


def forbid(model: Model, members: Members, values: Floats) -> None:
    """These districts do not go into so few pools of their slot: more pools, or one district less."""
    pools = model.pools[members.state, members.slot]
    terms: Terms = [(pools, 1), *((model.members[lea_id, members.slot], -1) for lea_id in members.lea_ids)]
    model.program.row(terms, lower=1 - len(members.lea_ids) + float(values[pools]))


def packed(sizes: Sizes, pools: int, problem: Problem) -> list[Sizes]:
    """The districts in as many pools; the fewest smallest districts are left out where they do not go in."""
    least, most = problem.cohorts.minimum_participants, problem.cohorts.maximum_participants
    ordered = dict(sorted(sizes.items(), key=lambda item: (-item[1], item[0])))
    while pools:
        for found in (_evenly(ordered, pools), _one_by_one(ordered, pools, least, most)):
            if all(least <= sum(pool.values()) <= most for pool in found):
                return [dict(sorted(pool.items())) for pool in found]
        ordered.popitem()
        pools = min(pools, sum(ordered.values()) // least)
    return []


def _evenly(sizes: Sizes, pools: int) -> list[dict[str, int]]:
    """The largest district first, each into the pool that is emptiest."""
    found: list[dict[str, int]] = [{} for _ in range(pools)]
    for lea_id, learners in sizes.items():
        min(found, key=lambda pool: sum(pool.values()))[lea_id] = learners
    return found


def _one_by_one(sizes: Sizes, pools: int, least: int, most: int) -> list[Sizes]:
    """One pool after the other, as full as it must be for the rest to go into the others; the largest districts first."""
    left = dict(sizes)
    found: list[Sizes] = []
    for others in range(pools - 1, -1, -1):
        together = sum(left.values())
        pool = _filled(left, max(least, together - others * most), min(most, together - others * least))
        found.append(pool)
        left = {lea_id: learners for lea_id, learners in left.items() if lea_id not in pool}
    return found


def _filled(sizes: Sizes, least: int, most: int) -> Sizes:
    """Districts, the largest first, whose learners are between the two numbers; none if there are no such."""
    ways = ways_to_fill(sizes, most)
    total = next((total for total in ways if total >= least), 0)
    return {lea_id: sizes[lea_id] for lea_id in ways[total]}


def ways_to_fill(sizes: Sizes, most: int) -> Mapping[int, tuple[str, ...]]:
    """For each number of learners up to ``most`` that some districts have together, the first such districts."""
    ways: dict[int, tuple[str, ...]] = {0: ()}
    for lea_id, learners in sizes.items():
        for total, way in list(ways.items()):
            if total + learners <= most and total + learners not in ways:
                ways[total + learners] = (*way, lea_id)
    return ways
