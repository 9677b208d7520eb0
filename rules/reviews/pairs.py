"""The best matching of pairs that are listed: the least cost of one flow, with prices that prove it over every pair.

All numbers are integers, so that the proof is exact. Source: FAQ III (independent panel); ruling on who reviews.
"""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from ortools.graph.python import min_cost_flow

Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]


SMALL_PENALTY = 4  # times the greatest fit: tried first, since small numbers are solved faster


class Wants(NamedTuple):
    """What is wanted: so many reviews of each of ``counts`` portfolios that are alike, and the loads of evaluators."""

    reviews: Ints
    counts: Ints
    maximum_loads: Ints
    minimum_loads: Ints

    @property
    def nodes(self) -> int:
        """Portfolios, evaluators, and the sink."""
        return len(self.reviews) + len(self.maximum_loads) + 1


class Pairs(NamedTuple):
    """The pairs that may be given: whose, of which portfolio, and how well they fit."""

    evaluators: Ints
    portfolios: Ints
    fits: Ints


class MatchedPairs(NamedTuple):
    """How often each pair is given, and what is missing; prices of evaluators and values of portfolios that prove it.

    No matching of these pairs with as many reviews and loads has a greater total fit than ``bound``.
    """

    times: Ints
    missing: Ints
    prices: Ints
    values: Ints
    total_fit: int
    bound: int
    loads_missing: int


class _Arcs(NamedTuple):
    tails: Ints
    heads: Ints
    room: Ints
    costs: Ints


def _penalty_of(greatest_fit: int, nodes: int) -> int:
    """More than any chain of exchanges can gain in fit: one more review always comes first."""
    return 2 * (greatest_fit + 1) * (nodes + 1)


def greatest_exact_fit(nodes: int) -> int:
    """The greatest fit with which the flow's arithmetic is exact."""
    return int(2**60 // (4 * (nodes + 2) ** 2)) - 1


def match_pairs(wants: Wants, pairs: Pairs, greatest_fit: int) -> MatchedPairs:
    """The matching with the fewest minimum loads missing, then the most reviews, then the greatest total fit.

    Raises:
        ArithmeticError: the numbers are inconsistent, or too large for exact arithmetic.
    """
    for penalty in (SMALL_PENALTY * (greatest_fit + 1), _penalty_of(greatest_fit, wants.nodes)):
        arcs = _arcs(wants, pairs, penalty)
        used = _used(wants, arcs)
        missing = used[len(pairs.fits) : len(pairs.fits) + len(wants.reviews)]
        first = slice(len(arcs.room) - 2 * len(wants.maximum_loads), len(arcs.room) - len(wants.maximum_loads))
        if not missing.any() and np.array_equal(used[first], arcs.room[first]):
            break  # where nothing is missing, it does not matter how much that would cost
    return _proven(wants, pairs, used[: len(pairs.fits)], missing, _potentials(arcs, used, wants.nodes))


def _used(wants: Wants, arcs: _Arcs) -> Ints:
    flow: Any = min_cost_flow.SimpleMinCostFlow()
    numbers = flow.add_arcs_with_capacity_and_unit_cost(*arcs)
    supplies = wants.reviews * wants.counts
    nodes = np.append(np.arange(len(supplies)), wants.nodes - 1)
    flow.set_nodes_supplies(nodes, np.append(supplies, -supplies.sum()))
    if flow.solve() != flow.OPTIMAL:  # reviews that nobody gives make every honest panel solvable
        raise ArithmeticError("the matching has no optimal flow; its numbers are inconsistent")
    used: Ints = np.asarray(flow.flows(numbers), dtype=np.int64)
    return used


def _arcs(wants: Wants, pairs: Pairs, penalty: int) -> _Arcs:
    """The pairs, reviews that nobody gives, and the loads up to their minimum and beyond it."""
    portfolios, evaluators = len(wants.reviews), len(wants.maximum_loads)
    sink = wants.nodes - 1
    every, panelists = np.arange(portfolios), np.arange(portfolios, sink)
    least = np.minimum(wants.minimum_loads, wants.maximum_loads)
    nothing = np.zeros(evaluators, dtype=np.int64)
    return _Arcs(
        np.concatenate([pairs.portfolios, every, panelists, panelists]),
        np.concatenate([pairs.evaluators + portfolios, np.full(portfolios + 2 * evaluators, sink)]),
        np.concatenate(
            [wants.counts[pairs.portfolios], wants.reviews * wants.counts, least, wants.maximum_loads - least]
        ),
        np.concatenate([-pairs.fits, np.full(portfolios, penalty), nothing - 2 * penalty, nothing]),
    )


def _proven(wants: Wants, pairs: Pairs, times: Ints, missing: Ints, potentials: Ints) -> MatchedPairs:
    """The matching with what its prices prove."""
    portfolios = len(wants.reviews)
    loads = np.bincount(pairs.evaluators, times, len(wants.maximum_loads)).astype(np.int64)
    sink = potentials[-1]
    prices, values = sink - potentials[portfolios:-1], potentials[:portfolios] - sink
    prices = np.where((loads == 0) & (wants.minimum_loads == 0), np.maximum(prices, 0), prices)
    gains = pairs.fits - values[pairs.portfolios] - prices[pairs.evaluators]
    extra = (np.maximum(gains, 0) * wants.counts[pairs.portfolios]).sum()
    given = ((wants.reviews * wants.counts - missing) * values).sum()
    least = np.minimum(wants.minimum_loads, loads)  # what cannot be met is missing, whatever it would be worth
    taken = (np.where(prices > 0, wants.maximum_loads, least) * prices).sum()
    total, short = int((times * pairs.fits).sum()), int(np.maximum(wants.minimum_loads - loads, 0).sum())
    return MatchedPairs(times, missing, prices, values, total, int(extra + given + taken), short)


class _Ways(NamedTuple):
    """Arcs in the order of the nodes that they reach, each of which begins at one of ``first``."""

    start: Ints
    length: Ints
    first: Ints
    reached: Ints

    @classmethod
    def of(cls, start: Ints, end: Ints, length: Ints) -> "_Ways":
        order = np.argsort(end, kind="stable")
        ordered = end[order]
        first = np.flatnonzero(np.diff(ordered, prepend=-1))
        return cls(start[order], length[order], first, ordered[first])

    def shorten(self, found: Ints) -> bool:
        """Shorten what is ``found`` by one more arc; whether anything got shorter."""
        if not len(self.reached):
            return False
        before = found[self.reached]
        shorter = np.minimum(np.minimum.reduceat(found[self.start] + self.length, self.first), before)
        found[self.reached] = shorter
        return not np.array_equal(before, shorter)


def _potentials(arcs: _Arcs, used: Ints, nodes: int) -> Ints:
    """Prices at which no exchange pays: the shortest ways in what the flow leaves open (Bellman and Ford).

    What can be taken back is little, and is looked at before what can be given.
    """
    more, less = used < arcs.room, used > 0
    back = _Ways.of(arcs.heads[less], arcs.tails[less], -arcs.costs[less])
    onward = _Ways.of(arcs.tails[more], arcs.heads[more], arcs.costs[more])
    found = np.zeros(nodes, dtype=np.int64)
    is_shorter = True
    while is_shorter:
        is_shorter = back.shorten(found)
        is_shorter |= onward.shorten(found)
    return found
