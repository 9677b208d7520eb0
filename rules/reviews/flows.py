"""The least cost of a flow from portfolios over evaluators to one sink, with prices that prove it over every pair.

Only promising pairs go into the flow; at its prices no other pair can improve it, or those that could go in next. All numbers
are integers, so that the proof is exact.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from ortools.graph.python import min_cost_flow

from rules.reviews.matching import Panel
from rules.reviews.pairs import Bools, Ints


class Arcs(NamedTuple):
    """The arcs between other nodes than portfolios, and how much each can take."""

    tails: Ints
    heads: Ints
    room: Ints


@dataclass(frozen=True, slots=True)
class Network:
    """Portfolios are the first nodes; a pair leads to its node of ``entries`` (evaluators by portfolios).

    A missing review leads to the ``sink``, which is the last node. ``layers`` are the nodes of evaluators, those nearest to the
    sink first. ``kept`` says which of the arcs that were planned have any room.
    """

    entries: Ints
    arcs: Arcs
    panel: Panel
    layers: Sequence[Ints]
    kept: Bools
    sink: int

    def solve(self, pairs: Ints, tails: Ints, missing: Ints, chosen: Bools) -> "Flow":
        """The flow of the least cost; ``chosen`` pairs are looked at first.

        Raises:
            ArithmeticError: the numbers are inconsistent, or too large for exact arithmetic.
        """
        while True:  # every round adds pairs, of which there are only so many
            whose, which = np.nonzero(chosen)
            every = np.arange(len(missing))
            arcs = Arcs(
                np.concatenate([which, self.arcs.tails, every]),
                np.concatenate([self.entries[whose, which], self.arcs.heads, np.full(len(every), self.sink)]),
                np.concatenate([np.ones(len(which), dtype=np.int64), self.arcs.room, self.panel.reviews]),
            )
            costs = np.concatenate([pairs[whose, which], tails, missing])
            used = _used(arcs, costs, self.panel.reviews, self.sink)
            prices = _prices(self, arcs, costs, used)
            reduced = pairs + prices[: len(every)] - prices[self.entries]
            better = (reduced < 0) & self.panel.allowed & ~chosen
            if not better.any():
                break
            chosen = chosen | self.panel.best_pairs(better, -reduced)
        given = np.zeros(pairs.shape, dtype=np.int64)
        given[whose, which] = used[: len(whose)]
        at_prices = costs + prices[arcs.tails] - prices[arcs.heads]
        gap = int((used * at_prices).sum() - (arcs.room * np.minimum(at_prices, 0)).sum())
        gap -= int(np.minimum(reduced, 0)[self.panel.allowed & ~chosen].sum())
        further = at_prices[len(whose) :]
        left = len(every)
        return Flow(given, used[-left:], chosen, (reduced, further[:-left], further[-left:]), gap)


@dataclass(frozen=True, slots=True)
class Flow:
    """Who is given what, what is missing, the pairs that were looked at, and what everything costs at prices.

    By ``gap`` another flow could be better at most: nothing, where the proof holds.
    """

    given: Ints
    missing: Ints
    chosen: Bools
    reduced: tuple[Ints, Ints, Ints]
    gap: int


def _used(arcs: Arcs, costs: Ints, supplies: Ints, sink: int) -> Ints:
    flow: Any = min_cost_flow.SimpleMinCostFlow()
    numbers = flow.add_arcs_with_capacity_and_unit_cost(arcs.tails, arcs.heads, arcs.room, costs)
    nodes = np.append(np.arange(len(supplies)), sink)
    flow.set_nodes_supplies(nodes, np.append(supplies, -supplies.sum()))
    if flow.solve() != flow.OPTIMAL:  # reviews that nobody gives make every honest panel solvable
        raise ArithmeticError("the routing has no optimal flow; its numbers are inconsistent or too large")
    used: Ints = np.asarray(flow.flows(numbers), dtype=np.int64)
    return used


def _prices(network: Network, arcs: Arcs, costs: Ints, used: Ints) -> Ints:
    """Prices at which no exchange pays: the shortest ways in what the flow leaves open (Bellman and Ford).

    An evaluator without a review is as dear as can be, so that no pair looks better than it is.
    """
    more, less = used < arcs.room, used > 0
    start = np.concatenate([arcs.tails[more], arcs.heads[less]])
    end = np.concatenate([arcs.heads[more], arcs.tails[less]])
    length = np.concatenate([costs[more], -costs[less]])
    found = np.zeros(network.sink + 1, dtype=np.int64)
    while True:
        before = found.copy()
        np.minimum.at(found, end, found[start] + length)
        if np.array_equal(before, found):
            break
    busy = np.zeros(len(found), dtype=bool)
    busy[arcs.heads[less]] = True
    for nodes in network.layers:
        idle = nodes[~busy[nodes]]
        own = more & np.isin(arcs.tails, idle)
        least = np.full(len(found), found.min() - np.abs(costs).max(initial=0) - 1)
        np.maximum.at(least, arcs.tails[own], found[arcs.heads[own]] - costs[own])
        found[idle] = np.minimum(found[idle], least[idle])
    return found
