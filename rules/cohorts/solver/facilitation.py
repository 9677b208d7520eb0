"""Who can lead how many cohorts in which slots, and who leads which.

What facilitators can do is told by one number for every set of slots: how many cohorts they can lead in it at most. A plan's
cohorts can all be led if none of these numbers is exceeded (Hall's theorem), and a flow names the number that is.
Slots that overlap are one block (``rules/meetings.py``), in which a facilitator leads at most one cohort.
Source: FAQ III (a facilitator leads the sessions); ruling: one meeting at a time, and a maximum for each facilitator.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from ortools.graph.python import max_flow, min_cost_flow

from schemas.records import FacilitatorOffer

PARTS = 1_000_000  # a relaxed number of cohorts is counted in millionths
Blocks = Mapping[str, str]


def most_cohorts(slots: Collection[str], facilitators: Sequence[FacilitatorOffer], blocks: Blocks) -> int:
    """How many cohorts can be led in these slots at most."""
    wanted = set(slots)
    able = ({blocks[slot] for slot in wanted & set(f.slots)} for f in facilitators)
    return sum(max(min(f.maximum_cohorts, len(found)), 0) for f, found in zip(facilitators, able, strict=True))


def overbooked(
    cohorts_by_slot: Mapping[str, float], facilitators: Sequence[FacilitatorOffer], blocks: Blocks
) -> frozenset[str] | None:
    """The set of slots in which more cohorts are planned than can be led; none where all can be led."""
    wanted = {slot: int(number * PARTS) for slot, number in sorted(cohorts_by_slot.items())}
    network = _network(wanted, facilitators, blocks)
    flow = max_flow.SimpleMaxFlow()
    for tail, head, capacity in network.limits:
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
    blocks: Blocks,
    so_far: Collection[LedSlot] = (),
) -> Mapping[str, list[str]]:
    """Who leads the cohorts of each slot; all of them, where nothing is overbooked.

    As many as possible of those who lead ``so_far`` go on: another leader costs one.
    """
    wanted = dict(sorted(cohorts_by_slot.items()))
    network = _network(wanted, facilitators, blocks)
    flow = min_cost_flow.SimpleMinCostFlow()
    for tail, head, capacity in network.limits:
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
    """From the source (0) to facilitators with their maximum, to their blocks with one cohort each, to slots, and the sink."""

    limits: list[tuple[int, int, int]]
    leads: dict[LedSlot, tuple[int, int]]
    slots: dict[str, int]
    sink: int


def _network(slots: Collection[str], facilitators: Sequence[FacilitatorOffer], blocks: Blocks) -> _Network:
    nodes = {slot: number for number, slot in enumerate(slots, start=1 + len(facilitators))}
    sink = 1 + len(facilitators) + len(nodes)
    network = _Network([], {}, nodes, sink)
    of_block: dict[tuple[int, str], int] = {}
    for number, facilitator in enumerate(facilitators, start=1):
        network.limits.append((0, number, max(facilitator.maximum_cohorts, 0)))
        for slot in sorted(nodes.keys() & set(facilitator.slots)):
            block = number, blocks[slot]
            if block not in of_block:
                of_block[block] = sink + 1 + len(of_block)
                network.limits.append((number, of_block[block], 1))
            network.leads[LedSlot(facilitator.facilitator_id, slot)] = (of_block[block], nodes[slot])
    return network
