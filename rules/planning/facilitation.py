"""Who can lead how many cohorts in which slots, and who leads which.

What facilitators can do is told by one number for every set of slots: how many cohorts they can lead in it at most. A plan's
cohorts can all be led if none of these numbers is exceeded (Hall's theorem), and a flow names the number that is.
Source: FAQ III (a facilitator leads the sessions); ruling: at most one cohort a slot, and a maximum for each facilitator.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from typing import Any

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
    flow, sink = _flow(wanted, facilitators)
    flow.solve(0, sink)
    if flow.optimal_flow() >= sum(wanted.values()) - 10 * len(wanted):
        return None
    reached = set(flow.get_source_side_min_cut())
    return frozenset(slot for number, slot in enumerate(wanted, start=1 + len(facilitators)) if number not in reached)


def leaders_by_slot(
    cohorts_by_slot: Mapping[str, int],
    facilitators: Sequence[FacilitatorOffer],
    so_far: Collection[tuple[str, str]] = (),
) -> Mapping[str, list[str]]:
    """Who leads the cohorts of each slot; all of them, where nothing is overbooked.

    As many as possible of those who lead ``so_far`` (facilitator and slot) go on.
    """
    wanted = dict(sorted(cohorts_by_slot.items()))
    flow = min_cost_flow.SimpleMinCostFlow()
    arcs, sink = _joined(flow, wanted, facilitators, so_far)
    flow.set_node_supply(0, sum(wanted.values()))
    flow.set_node_supply(sink, -sum(wanted.values()))
    flow.solve_max_flow_with_min_cost()
    leaders: dict[str, list[str]] = defaultdict(list)
    for (facilitator_id, slot), arc in arcs.items():
        if flow.flow(arc):
            leaders[slot].append(facilitator_id)
    return leaders


def _joined(
    flow: Any, wanted: Mapping[str, int], facilitators: Sequence[FacilitatorOffer], so_far: Collection[tuple[str, str]]
) -> tuple[Mapping[tuple[str, str], int], int]:
    """The arcs of a flow at a cost: one for each cohort that gets another leader."""
    nodes = {slot: 1 + len(facilitators) + number for number, slot in enumerate(wanted)}
    sink = 1 + len(facilitators) + len(nodes)
    arcs = {}
    for number, facilitator in enumerate(facilitators, start=1):
        flow.add_arc_with_capacity_and_unit_cost(0, number, max(facilitator.maximum_cohorts, 0), 0)
        for slot in sorted(nodes.keys() & set(facilitator.slots)):
            key = facilitator.facilitator_id, slot
            arcs[key] = flow.add_arc_with_capacity_and_unit_cost(number, nodes[slot], 1, key not in so_far)
    for slot, node in nodes.items():
        flow.add_arc_with_capacity_and_unit_cost(node, sink, wanted[slot], 0)
    return arcs, sink


def _flow(wanted: Mapping[str, int], facilitators: Sequence[FacilitatorOffer]) -> tuple[Any, int]:
    """From the source through the facilitators and the slots they are free in to the sink, in millionths of a cohort."""
    flow = max_flow.SimpleMaxFlow()
    nodes = {slot: 1 + len(facilitators) + number for number, slot in enumerate(wanted)}
    sink = 1 + len(facilitators) + len(nodes)
    for number, facilitator in enumerate(facilitators, start=1):
        flow.add_arc_with_capacity(0, number, max(facilitator.maximum_cohorts, 0) * PARTS)
        for slot in sorted(nodes.keys() & set(facilitator.slots)):
            flow.add_arc_with_capacity(number, nodes[slot], PARTS)
    for slot, node in nodes.items():
        flow.add_arc_with_capacity(node, sink, np.int64(wanted[slot]))
    return flow, sink
