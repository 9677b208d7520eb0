"""The cohort plan as an integer program: private cohorts, pools of small districts, and the facilitators' limits.

A pool in a slot that few districts can share is a variable for each group of them; where many can, districts are members of
the slot and its pools are counted, which allows a little more than can be packed.
Source: packages (20 or more), FAQ I (15 to 35, combined cohorts), FAQ III (day and time that fit).
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from math import inf
from types import MappingProxyType
from typing import NamedTuple

import numpy as np

from rules.cohort_sizes import private_cohort_sizes
from rules.cohorts.solver.cohort_problem import Problem
from rules.cohorts.solver.facilitation import most_cohorts, overbooked
from rules.cohorts.solver.programs import Floats, Program
from schemas.records import DistrictDemand

LEVELS = ("learners_placed", "rank_cost", "cohorts", "districts_pooled")
Terms = list[tuple[int, float]]
LEADERS_LISTED = 2_000  # facilitators' slots
LOOKED_AT = 50  # groups, also ones too small, for each that may be listed


@dataclass(slots=True)
class Model:
    """The program and what its variables mean: cohorts and larger cohorts of a district in a slot, members, pools, groups."""

    program: Program = field(default_factory=lambda: Program(len(LEVELS)))
    private: dict[tuple[str, str], int] = field(default_factory=dict)
    larger: dict[tuple[str, str], int] = field(default_factory=dict)
    members: dict[tuple[str, str], int] = field(default_factory=dict)
    pools: dict[tuple[str, str], int] = field(default_factory=dict)
    groups: dict[tuple[str, tuple[str, ...]], int] = field(default_factory=dict)
    cohorts_in: dict[str, Terms] = field(default_factory=lambda: defaultdict(list))
    slots: dict[str, int] = field(default_factory=dict)
    slot_rows: dict[str, int] = field(default_factory=dict)
    level_rows: list[int] = field(default_factory=list)
    stay: dict[int, int] = field(default_factory=dict)
    stay_row: int = -1

    def moved(self) -> Floats:
        """What each variable costs in people who stay where they are: the more of them, the less."""
        costs = np.zeros(len(self.program.mosts))
        for number, people in self.stay.items():
            costs[number] = -people
        return costs

    def reach(self, level: int, cost: float) -> None:
        """From now on a level costs at most this much."""
        self.program.uppers[self.level_rows[level]] = cost


def model_of(
    problem: Problem, *, pooled: bool = True, private: bool = True, taken: Mapping[str, int] = MappingProxyType({})
) -> Model:
    """The program of a problem, or of a part of it where the other part has ``taken`` so many cohorts in the slots."""
    model = Model()
    for demand in problem.private() if private else ():
        _add_private(model, problem, demand)
    for demands in problem.pooled_by_state.values() if pooled else ():
        _add_state(model, problem, demands)
    for slot in sorted(model.cohorts_in.keys() | taken.keys()):
        model.slots[slot] = model.program.variable(most_cohorts((slot,), problem.facilitators, problem.blocks))
        others = -taken.get(slot, 0)
        terms: Terms = [*model.cohorts_in.get(slot, ()), (model.slots[slot], -1)]
        model.slot_rows[slot] = model.program.row(terms, others, others)
    _add_leaders(model, problem)
    model.level_rows = [model.program.keep(model.program.level(number), -inf, inf) for number in range(len(LEVELS))]
    model.stay_row = model.program.keep(model.moved(), -inf, inf)
    return model


def _add_leaders(model: Model, problem: Problem) -> None:
    """Who leads: a variable for each kind of facilitator in each slot; where they are too many, sets of slots are bounded."""
    facilitators = problem.facilitators
    kinds = Counter((tuple(sorted(set(f.slots) & model.slots.keys())), f.maximum_cohorts) for f in facilitators)
    _limit(model, model.slots, problem)
    if sum(len(slots) for slots, _ in kinds) > LEADERS_LISTED:
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


def _add_state(model: Model, problem: Problem, demands: Sequence[DistrictDemand]) -> None:
    """The pools of a state: each district in at most one of them."""
    slots: dict[str, list[DistrictDemand]] = defaultdict(list)
    for demand in demands:
        for slot in problem.usable_slots(demand):
            slots[slot].append(demand)
    of_district: dict[str, Terms] = defaultdict(list)
    pools: Terms = []
    learners: Terms = []
    for slot, able in sorted(slots.items()):
        groups = groups_of(able, problem, slot)
        added = (
            _add_members(model, problem, slot, able) if groups is None else _add_groups(model, problem, slot, groups)
        )
        pools += added.pools
        learners += added.learners
        model.cohorts_in[slot] += added.pools
        for lea_id, variable in added.members:
            of_district[lea_id].append((variable, 1))
    for terms in of_district.values():
        model.program.row(terms, upper=1)
    _bound_state(model, problem, pools, learners, sum(d.learners for d in demands if d.lea_id in of_district))


class Added(NamedTuple):
    """What a slot adds to its state: pools, learners in them, and which variable puts which district into one."""

    pools: Terms
    learners: Terms
    members: list[tuple[str, int]]


def groups_of(able: Sequence[DistrictDemand], problem: Problem, slot: str) -> list[tuple[DistrictDemand, ...]] | None:
    """Every group that makes a cohort in the slot; none where they are too many to be listed."""
    most, least = problem.cohorts.maximum_participants, problem.cohorts.minimum_participants
    found: list[tuple[DistrictDemand, ...]] = []
    open_: list[tuple[int, int, tuple[DistrictDemand, ...]]] = [(0, 0, ())] if _learners(able) >= least else []
    looked_at = 0
    while open_:
        start, total, group = open_.pop()
        if total >= least and problem.meets(slot, tuple(d.lea_id for d in group)):
            found.append(group)
        looked_at += 1
        if len(found) > problem.groups_listed or looked_at > LOOKED_AT * (problem.groups_listed + 1):
            return None
        more = ((n, total + able[n].learners) for n in range(start, len(able)))
        open_ += [(n + 1, both, (*group, able[n])) for n, both in more if both <= most]
    return found


def _learners(demands: Iterable[DistrictDemand]) -> int:
    return sum(demand.learners for demand in demands)


def _add_groups(model: Model, problem: Problem, slot: str, groups: Sequence[tuple[DistrictDemand, ...]]) -> Added:
    """A variable for each group."""
    added = Added([], [], [])
    for group in groups:
        total = _learners(group)
        ranks = sum(d.learners * d.slot_ranks[slot] for d in group)
        number = model.program.variable(1, -total, ranks, 1, len(group))
        model.groups[slot, tuple(d.lea_id for d in group)] = number
        model.stay[number] = sum(problem.stand_in(d.lea_id, slot) for d in group)
        added.pools.append((number, 1.0))
        added.learners.append((number, float(total)))
        added.members.extend((d.lea_id, number) for d in group)
    return added


def _add_members(model: Model, problem: Problem, slot: str, able: Sequence[DistrictDemand]) -> Added:
    """A variable for each district in the slot, and one for the number of its pools."""
    most, least = problem.cohorts.maximum_participants, problem.cohorts.minimum_participants
    program = model.program
    pool = program.variable(sum(d.learners for d in able) // least, 0, 0, 1)
    model.pools[able[0].state, slot] = pool
    learners: Terms = []
    for demand in able:
        ranks = demand.learners * demand.slot_ranks[slot]
        number = model.members[demand.lea_id, slot] = program.variable(1, -demand.learners, ranks, 0, 1)
        learners.append((number, demand.learners))
        model.stay[number] = problem.stand_in(demand.lea_id, slot)
    program.row([*learners, (pool, -least)], lower=0)
    program.row([*learners, (pool, -most)], upper=0)
    for number, _ in learners if problem.groups_listed else ():
        program.row([(number, 1), (pool, -1)], upper=0)
    return Added([(pool, 1)], learners, [(d.lea_id, model.members[d.lea_id, slot]) for d in able])


def _bound_state(model: Model, problem: Problem, pools: Terms, learners: Terms, together: int) -> None:
    """The last pool of a state is not fuller than what is left for it, which the relaxation does not see by itself."""
    full, left = divmod(together, problem.cohorts.maximum_participants)
    number = model.program.variable(together // problem.cohorts.minimum_participants)
    model.program.row([*pools, (number, -1)], 0, 0)
    if left:
        upper = full * problem.cohorts.maximum_participants - left * full
        model.program.row([*learners, (number, -left)], upper=upper)
