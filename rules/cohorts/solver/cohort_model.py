"""The cohort plan as an integer program: private cohorts, pools of small districts, and the facilitators' limits.

What pools there can be in a slot is told in ``cohort_pools``.
Source: packages (20 or more), FAQ I (15 to 35, combined cohorts), FAQ III (day and time that fit).
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from math import inf
from types import MappingProxyType

from rules.cohort_sizes import private_cohort_sizes
from rules.cohorts.solver.cohort_pools import add_pools
from rules.cohorts.solver.cohort_problem import Problem
from rules.cohorts.solver.cohort_variables import LEVELS, Model, Terms
from rules.cohorts.solver.facilitation import most_cohorts, overbooked
from rules.cohorts.solver.programs import Floats
from schemas.records import DistrictDemand

LEADERS_LISTED = 2_000  # facilitators' slots


def model_of(
    problem: Problem,
    *,
    pooled: bool = True,
    private: bool = True,
    taken: Mapping[str, int] = MappingProxyType({}),
    is_exact: bool = False,
    lists_leaders: bool = False,
) -> Model:
    """The program of a problem, or of a part of it where the other part has ``taken`` so many cohorts in the slots.

    Where it is not exact, pools are counted in slots that many districts can share. Where leaders are many and need not be
    listed, sets of slots are bounded instead.
    """
    model = Model()
    for demand in problem.private() if private else ():
        _add_private(model, problem, demand)
    for demands in problem.pooled_by_state.values() if pooled else ():
        _add_state(model, problem, demands, is_exact=is_exact)
    for slot in sorted(model.cohorts_in.keys() | taken.keys()):
        model.slots[slot] = model.program.variable(most_cohorts((slot,), problem.facilitators, problem.blocks))
        others = -taken.get(slot, 0)
        terms: Terms = [*model.cohorts_in.get(slot, ()), (model.slots[slot], -1)]
        model.slot_rows[slot] = model.program.row(terms, others, others)
    _add_leaders(model, problem, are_listed=lists_leaders)
    model.level_rows = [model.program.keep(model.program.level(number), -inf, inf) for number in range(len(LEVELS))]
    model.stay_row = model.program.keep(model.moved(), -inf, inf)
    return model


def _add_leaders(model: Model, problem: Problem, *, are_listed: bool) -> None:
    """Who leads: a variable for each kind of facilitator in each slot; where they are too many, sets of slots are bounded."""
    facilitators = problem.facilitators
    kinds = Counter((tuple(sorted(set(f.slots) & model.slots.keys())), f.maximum_cohorts) for f in facilitators)
    _limit(model, model.slots, problem)
    if not are_listed and sum(len(slots) for slots, _ in kinds) > LEADERS_LISTED:
        return
    led: dict[str, Terms] = defaultdict(list)
    for (slots, most), count in sorted(kinds.items()):
        in_block: dict[str, Terms] = defaultdict(list)
        for slot in slots:
            lead = (model.program.variable(count), 1.0)
            led[slot].append(lead)
            in_block[problem.blocks[slot]].append(lead)
        model.program.row([lead for leads in in_block.values() for lead in leads], upper=max(most, 0) * count)
        for leads in in_block.values():
            if len(leads) > 1:
                model.program.row(leads, upper=count)
    for slot, number in model.slots.items():
        model.program.row([*led[slot], (number, -1)], lower=0)


def bound_overbooked(model: Model, problem: Problem, values: Floats) -> bool:
    """Bound the set of slots in which a solution has more cohorts than can be led; whether there is one."""
    counts = {slot: float(values[number]) for slot, number in model.slots.items()}
    too_many = overbooked(counts, problem.facilitators, problem.blocks)
    if too_many is not None:
        _limit(model, too_many, problem)
    return too_many is not None


def _limit(model: Model, slots: Collection[str], problem: Problem) -> None:
    """At most so many cohorts in a set of slots as can be led in it."""
    upper = most_cohorts(slots, problem.facilitators, problem.blocks)
    model.program.row([(model.slots[slot], 1) for slot in slots], upper=upper)


def _add_private(model: Model, problem: Problem, demand: DistrictDemand) -> None:
    """All of the district's cohorts or none, each in any of its slots, the larger ones counted to get the better slots."""
    sizes = private_cohort_sizes(demand.learners, problem.cohorts)
    size, larger = demand.learners // len(sizes), demand.learners % len(sizes)
    program = model.program
    placed = program.variable(1, -demand.learners)
    every: Terms = [(placed, -len(sizes))]
    big: Terms = [(placed, -larger)]
    for slot in problem.usable_slots(demand):
        key, rank = (demand.lea_id, slot), demand.slot_ranks[slot]
        number = model.private[key] = program.variable(len(sizes), 0, rank * size, 1)
        every.append((number, 1))
        model.cohorts_in[slot].append((number, 1))
        stay: Terms = [(number, -size)]
        if larger:
            one_more = model.larger[key] = program.variable(larger, 0, rank)
            program.row([(one_more, 1), (number, -1)], upper=0)
            big.append((one_more, 1))
            stay.append((one_more, -1))
        _let_stay(model, problem.stand_in(demand.lea_id, slot), stay)
    program.row(every, 0, 0)
    program.row(big, 0, 0)


def _let_stay(model: Model, people: int, room: Terms) -> None:
    """As many of a district's learners stay in a slot as are in it (``people``) and as its cohorts there have room for."""
    if people:
        stay = model.program.variable(people)
        model.program.row([(stay, 1), *room], upper=0)
        model.stay[stay] = 1


def _add_state(model: Model, problem: Problem, demands: Sequence[DistrictDemand], *, is_exact: bool) -> None:
    """The pools of a state: each district in at most one of them."""
    slots: dict[str, list[DistrictDemand]] = defaultdict(list)
    for demand in demands:
        for slot in problem.usable_slots(demand):
            slots[slot].append(demand)
    of_district: dict[str, Terms] = defaultdict(list)
    pools: Terms = []
    learners: Terms = []
    for slot, able in sorted(slots.items()):
        most = most_cohorts((slot,), problem.facilitators, problem.blocks) if is_exact else None
        added = add_pools(model, problem, slot, able, most_pools=most)
        pools += added.pools
        learners += added.learners
        model.cohorts_in[slot] += added.pools
        for lea_id, variable in added.members:
            of_district[lea_id].append((variable, 1))
    for terms in of_district.values():
        model.program.row(terms, upper=1)
    _bound_state(model, problem, pools, learners, sum(d.learners for d in demands if d.lea_id in of_district))


def _bound_state(model: Model, problem: Problem, pools: Terms, learners: Terms, together: int) -> None:
    """The last pool of a state is not fuller than what is left for it, which the relaxation does not see by itself."""
    full, left = divmod(together, problem.cohorts.maximum_participants)
    number = model.program.variable(together // problem.cohorts.minimum_participants)
    model.program.row([*pools, (number, -1)], 0, 0)
    if left:
        upper = full * problem.cohorts.maximum_participants - left * full
        model.program.row([*learners, (number, -left)], upper=upper)


def part_who_cannot_meet(model: Model, problem: Problem, values: Floats) -> bool:
    """Part the districts of a pool that find no days together, in every pool of the slot; whether there are such."""
    apart = set[tuple[str, str, tuple[str, ...]]]()
    for pool, inside in model.filled.items():
        lea_ids = tuple(lea_id for lea_id, number in inside.items() if values[number])
        if lea_ids and not problem.meets(pool.slot, lea_ids):
            apart.add((pool.state, pool.slot, lea_ids))
    for state, slot, lea_ids in sorted(apart):
        alike = [inside for pool, inside in model.filled.items() if (pool.state, pool.slot) == (state, slot)]
        for inside in alike:
            model.program.row([(inside[lea_id], 1) for lea_id in lea_ids], upper=len(lea_ids) - 1)
    return bool(apart)
