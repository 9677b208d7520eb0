"""Who can lead how many cohorts in which slots, and who leads which.

What facilitators can do is told by one number for every set of slots: how many cohorts they can lead in it at most. A plan's
cohorts can all be led if none of these numbers is exceeded (Hall's theorem), and a flow names the number that is.
Source: FAQ III (a facilitator leads the sessions); ruling: at most one cohort a slot, and a maximum for each facilitator.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from ortools.graph.python import max_flow, min_cost_flow

from schemas.records import FacilitatorOffer

PARTS = 1_000_000  # a relaxed number of cohorts is counted in millionths


def most_cohorts(slots: Collection[str], facilitators: Sequence[FacilitatorOffer]) -> int:
    """How many cohorts can be led in these slots at most."""
    wanted = set(slots)
    return sum(max(min(f.maximum_cohorts, len(wanted & set(f.slots))), 0) for f in facilitators)


def overbooked(cohorts_by_slot: Mapping[str, float], facilitators: Sequence[FacilitatorOffer]) -> frozenset[str] | None:
    """The set of slots in which more cohorts are planned than can be led; none where all can be led."""
    wanted = {slot: int(number * PARTS) for slot, number in sorted(cohorts_by_slot.items())}
    network = _network(wanted, facilitators)
    flow = max_flow.SimpleMaxFlow()
    for tail, head, capacity in network.hired:
        flow.add_arc_with_capacity(tail, head, np.int64(capacity * PARTS))
    for tail, head in network.leads.values():
        flow.add_arc_with_capacity(tail, head, PARTS)
    for slot, node in network.slots.items():
        flow.add_arc_with_capacity(node, network.sink, np.int64(wanted[slot]))
    flow.solve(0, network.sink)
    if flow.optimal_flow() >= sum(wanted.values()) - 10 * len(wanted):
        return None
    reached = set(flow.get_source_side_min_cut())
    return frozenset(slot for slot, node in network.slots.items() if node not in reached)


class LedSlot(NamedTuple):
    """Who leads a cohort in a slot."""

    facilitator_id: str
    slot: str


def leaders_by_slot(
    cohorts_by_slot: Mapping[str, int],
    facilitators: Sequence[FacilitatorOffer],
    so_far: Collection[LedSlot] = (),
) -> Mapping[str, list[str]]:
    """Who leads the cohorts of each slot; all of them, where nothing is overbooked.

    As many as possible of those who lead ``so_far`` go on: another leader costs one.
    """
    wanted = dict(sorted(cohorts_by_slot.items()))
    network = _network(wanted, facilitators)
    flow = min_cost_flow.SimpleMinCostFlow()
    for tail, head, capacity in network.hired:
        flow.add_arc_with_capacity_and_unit_cost(tail, head, capacity, 0)
    arcs = {
        key: flow.add_arc_with_capacity_and_unit_cost(tail, head, 1, key not in so_far)
        for key, (tail, head) in network.leads.items()
    }
    for slot, node in network.slots.items():
        flow.add_arc_with_capacity_and_unit_cost(node, network.sink, wanted[slot], 0)
    flow.set_node_supply(0, sum(wanted.values()))
    flow.set_node_supply(network.sink, -sum(wanted.values()))
    flow.solve_max_flow_with_min_cost()
    leaders: dict[str, list[str]] = defaultdict(list)
    for lead, arc in arcs.items():
        if flow.flow(arc):
            leaders[lead.slot].append(lead.facilitator_id)
    return leaders


@dataclass(frozen=True, slots=True)
class _Network:
    """From the source (0) to facilitators with their maximum, from them to the slots they have free, and on to the sink."""

    hired: list[tuple[int, int, int]]
    leads: dict[LedSlot, tuple[int, int]]
    slots: dict[str, int]
    sink: int


def _network(slots: Collection[str], facilitators: Sequence[FacilitatorOffer]) -> _Network:
    nodes = {slot: number for number, slot in enumerate(slots, start=1 + len(facilitators))}
    numbered = list(enumerate(facilitators, start=1))
    return _Network(
        [(0, number, max(facilitator.maximum_cohorts, 0)) for number, facilitator in numbered],
        {
            LedSlot(facilitator.facilitator_id, slot): (number, nodes[slot])
            for number, facilitator in numbered
            for slot in sorted(nodes.keys() & set(facilitator.slots))
        },
        nodes,
        1 + len(facilitators) + len(nodes),
    )
