"""Who can lead how many cohorts in which slots, and who leads which.

What facilitators can do is told by one number for every set of slots: how many cohorts they can lead in it at most. A plan's
cohorts can all be led if none of these numbers is exceeded (Hall's theorem), and a flow names the number that is.
Source: FAQ III (a facilitator leads the sessions); ruling: at most one cohort a slot, and a maximum for each facilitator.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from typing import Any

import numpy as np
from ortools.graph.python import max_flow

from schemas.records import FacilitatorOffer

PARTS = 1_000_000  # a relaxed number of cohorts is counted in millionths


def most_cohorts(slots: Collection[str], facilitators: Sequence[FacilitatorOffer]) -> int:
    """How many cohorts can be led in these slots at most."""
    wanted = set(slots)
    return sum(max(min(f.maximum_cohorts, len(wanted & set(f.slots))), 0) for f in facilitators)


def overbooked(cohorts_by_slot: Mapping[str, float], facilitators: Sequence[FacilitatorOffer]) -> frozenset[str] | None:
    """The set of slots in which more cohorts are planned than can be led; none where all can be led."""
    wanted = {slot: int(number * PARTS) for slot, number in sorted(cohorts_by_slot.items())}
    flow, _, sink = _flow(wanted, facilitators, PARTS)
    flow.solve(0, sink)
    if flow.optimal_flow() >= sum(wanted.values()) - 10 * len(wanted):
        return None
    reached = set(flow.get_source_side_min_cut())
    return frozenset(slot for number, slot in enumerate(wanted, start=1 + len(facilitators)) if number not in reached)


def leaders_by_slot(
    cohorts_by_slot: Mapping[str, int], facilitators: Sequence[FacilitatorOffer]
) -> Mapping[str, list[str]]:
    """Who leads the cohorts of each slot; all of them, where nothing is overbooked."""
    wanted = dict(sorted(cohorts_by_slot.items()))
    flow, arcs, sink = _flow(wanted, facilitators, 1)
    flow.solve(0, sink)
    leaders: dict[str, list[str]] = defaultdict(list)
    for (facilitator_id, slot), arc in arcs.items():
        if flow.flow(arc):
            leaders[slot].append(facilitator_id)
    return leaders


def _flow(
    wanted: Mapping[str, int], facilitators: Sequence[FacilitatorOffer], unit: int
) -> tuple[Any, Mapping[tuple[str, str], int], int]:
    """From the source through the facilitators and the slots they are free in to the sink."""
    flow = max_flow.SimpleMaxFlow()
    nodes = {slot: 1 + len(facilitators) + number for number, slot in enumerate(wanted)}
    sink = 1 + len(facilitators) + len(nodes)
    arcs = {}
    for number, facilitator in enumerate(facilitators, start=1):
        flow.add_arc_with_capacity(0, number, max(facilitator.maximum_cohorts, 0) * unit)
        for slot in sorted(nodes.keys() & set(facilitator.slots)):
            arcs[facilitator.facilitator_id, slot] = flow.add_arc_with_capacity(number, nodes[slot], unit)
    for slot, node in nodes.items():
        flow.add_arc_with_capacity(node, sink, np.int64(wanted[slot]))
    return flow, arcs, sink
