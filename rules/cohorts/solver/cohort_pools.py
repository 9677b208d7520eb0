"""The pools that a state may have in a slot, as variables of a program.

Where few districts can share a slot, each group of them that makes a cohort is a variable. Where many can, either they are
members of the slot whose pools are counted, which allows a little more than can be packed, or each pool says who is in it,
which is exact and harder to solve.
Source: FAQ I (15 to 35, combined cohorts); ruling: a small district is never split over cohorts.
"""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from rules.cohorts.solver.cohort_problem import Problem
from rules.cohorts.solver.cohort_variables import Model, Pool, Terms
from schemas.records import DistrictDemand

LOOKED_AT = 50  # groups, also ones too small, for each that may be listed


class Added(NamedTuple):
    """What a slot adds to its state: pools, learners in them, and which variable puts which district into one."""

    pools: Terms
    learners: Terms
    members: list[tuple[str, int]]


def add_pools(
    model: Model, problem: Problem, slot: str, able: Sequence[DistrictDemand], *, most_pools: int | None
) -> Added:
    """The pools of the districts that are ``able`` to meet in a slot; exact where it is told how many there are at most."""
    groups = groups_of(able, problem, slot)
    if groups is not None:
        return _add_groups(model, problem, slot, groups)
    if most_pools is None:
        return _add_members(model, problem, slot, able)
    return _add_filled(model, problem, slot, able, most_pools)


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
    pool = program.variable(_learners(able) // least, 0, 0, 1)
    model.pools[able[0].state, slot] = pool
    members = {demand.lea_id: _member(model, problem, slot, demand) for demand in able}
    model.members.update({(lea_id, slot): number for lea_id, number in members.items()})
    learners: Terms = [(members[demand.lea_id], demand.learners) for demand in able]
    program.row([*learners, (pool, -least)], lower=0)
    program.row([*learners, (pool, -most)], upper=0)
    for number in members.values() if problem.groups_listed else ():
        program.row([(number, 1), (pool, -1)], upper=0)
    return Added([(pool, 1)], learners, list(members.items()))


def _member(model: Model, problem: Problem, slot: str, demand: DistrictDemand) -> int:
    """Whether a district is in the slot, or in one pool of it."""
    number = model.program.variable(1, -demand.learners, demand.learners * demand.slot_ranks[slot], 0, 1)
    model.stay[number] = problem.stand_in(demand.lea_id, slot)
    return number


def _add_filled(model: Model, problem: Problem, slot: str, able: Sequence[DistrictDemand], most_pools: int) -> Added:
    """A variable for each pool, and one for each district in each of them."""
    most, least = problem.cohorts.maximum_participants, problem.cohorts.minimum_participants
    program, added = model.program, Added([], [], [])
    for number in range(min(most_pools, _learners(able) // least)):
        pool = program.variable(1, 0, 0, 1)
        inside = {demand.lea_id: _member(model, problem, slot, demand) for demand in able}
        model.filled[Pool(able[0].state, slot, number)] = inside
        learners: Terms = [(inside[demand.lea_id], demand.learners) for demand in able]
        program.row([*learners, (pool, -least)], lower=0)
        program.row([*learners, (pool, -most)], upper=0)
        if number:  # pools are alike: the first ones are filled
            program.row([added.pools[-1], (pool, -1)], lower=0)
        added.pools.append((pool, 1.0))
        added.learners.extend(learners)
        added.members.extend(inside.items())
    return added
