"""Who is matched with whom: the greatest total fit within exact loads, with a proof over every pair.

Only _promising pairs go into the flow; prices then prove that no other pair can improve it, or name those that could, which go
in next. Fits are integers (millionths), so that the proof is exact. Source: ruling on who reviews (FAQ III, independent panel).
"""

from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from ortools.graph.python import min_cost_flow

Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]
FIRST_PAIRS = 14
MORE_PAIRS = 10
PRICE_ROUNDS = 8
PRICED_BY = 1_000  # portfolios
SPREAD = 20_000  # millionths of the best fit


@dataclass(frozen=True, slots=True)
class Matching:
    """Who reviews what (``given``: evaluators by portfolios), its total fit, and the least upper bound that is proven.

    ``reviews_missing`` could not be given to anybody, ``loads_missing`` are minimum loads that cannot be met. The bound is for
    the same numbers missing; the plan is the best where it equals the total fit.
    """

    given: Ints
    total_fit: int
    bound: int
    reviews_missing: int
    loads_missing: int

    @property
    def is_certified(self) -> bool:
        """Whether the prices prove that nothing better exists, over all pairs."""
        return self.total_fit == self.bound


@dataclass(frozen=True, slots=True)
class Panel:
    """What is to be matched: fits (millionths) and allowed pairs of evaluators by portfolios, and how many of each.

    ``counts`` says of how many portfolios that are alike a column stands; each of them wants ``reviews`` different evaluators.
    """

    fits: Ints
    allowed: Bools
    reviews: Ints
    maximum_loads: Ints
    minimum_loads: Ints
    counts: Ints

    @property
    def penalty(self) -> int:
        """More than any chain of exchanges can gain in fit: one more review always comes first."""
        return 2 * int(np.abs(self.fits).max(initial=1) + 1) * (sum(self.fits.shape) + 2)

    def first_pairs(self) -> Bools:
        """The pairs that are looked at first."""
        number = min(FIRST_PAIRS + int(self.reviews.max()), len(self.fits))
        return _promising(self, _first_prices(self), number)

    def best_pairs(self, better: Bools, gains: Ints) -> Bools:
        """Of the pairs that are ``better``, some of the best for each portfolio."""
        some = np.flatnonzero(better.any(axis=0))
        worth = np.where(better[:, some], gains[:, some] + _spread(self.fits.shape)[:, some], 0)
        best = np.zeros_like(better)
        best[:, some] = _best_of_each(worth, MORE_PAIRS) & better[:, some]
        return best


def best_matching(panel: Panel) -> Matching:
    """The matching with the most reviews, and of those the one with the greatest total fit; minimum loads come first of all."""
    if not panel.fits.size:
        nobody = int((panel.reviews * panel.counts).sum())
        return Matching(np.zeros_like(panel.fits), 0, 0, nobody, int(panel.minimum_loads.sum()))
    chosen = panel.first_pairs()
    while True:  # every round adds pairs, of which there are only so many
        found = _solve(panel, chosen)
        gains = panel.fits - found.values[np.newaxis, :]
        gains -= found.prices[:, np.newaxis]
        better = gains > 0
        better &= panel.allowed
        better &= ~chosen
        if not better.any():
            break
        chosen |= panel.best_pairs(better, gains)
    total = int((found.given * panel.fits).sum())
    short = int(np.maximum(panel.minimum_loads - found.given.sum(axis=1), 0).sum())
    return Matching(found.given, total, _bound(panel, gains, found), int(found.missing.sum()), short)


def _first_prices(panel: Panel) -> Ints:
    """Rough prices of evaluators that many want, so that the first pairs are spread over all of them.

    Some portfolios tell them: every so many-th, which stand for all.
    """
    prices = np.zeros(len(panel.fits), dtype=np.int64)
    wanted = int(panel.reviews.max())
    step = int(np.abs(panel.fits).max(initial=1)) // 4
    every = max(len(panel.reviews) // PRICED_BY, 1)
    some = replace(panel, fits=panel.fits[:, ::every], allowed=panel.allowed[:, ::every], counts=panel.counts[::every])
    share = panel.counts.sum() / max(int(some.counts.sum()), 1)
    for round_ in range(PRICE_ROUNDS if wanted < len(panel.fits) else 0):
        demand = share * (_promising(some, prices, wanted) @ some.counts)
        over = (demand - panel.maximum_loads) / np.maximum(panel.maximum_loads, 1)
        prices = np.maximum(prices + (step // (round_ + 1) * np.clip(over, -1, 1)).astype(np.int64), 0)
    return prices


def _promising(panel: Panel, prices: Ints, number: int) -> Bools:
    """For each portfolio the evaluators that fit best at these prices."""
    worth = panel.fits + _spread(panel.fits.shape) - prices[:, np.newaxis]
    worth = np.where(panel.allowed, worth, np.iinfo(np.int64).min)
    return _best_of_each(worth, number) & panel.allowed


@lru_cache(maxsize=2)
def _spread(shape: tuple[int, int]) -> Ints:
    """A little for every pair, by which portfolios that fit alike look at others among evaluators that fit alike."""
    return np.random.default_rng(1).integers(0, SPREAD, shape)


def _best_of_each(worth: Ints, number: int) -> Bools:
    """The best evaluators of each portfolio; what is worth nothing at all may be among them."""
    chosen = np.zeros(worth.shape, dtype=bool)
    last = len(worth) - min(number, len(worth))
    best = np.argpartition(worth, min(last, len(worth) - 1), axis=0)[last:]
    np.put_along_axis(chosen, best, values=True, axis=0)
    return chosen


class _Solved(NamedTuple):
    """A matching: reviews, missing reviews, prices of evaluators, values of portfolios."""

    given: Ints
    missing: Ints
    prices: Ints
    values: Ints


class _Arcs(NamedTuple):
    """The arcs of a flow."""

    tails: Ints
    heads: Ints
    room: Ints
    costs: Ints


def _solve(panel: Panel, chosen: Bools) -> _Solved:
    """The best matching of the chosen pairs."""
    arcs = _arcs(panel, chosen)
    tails, heads, room, costs = arcs
    flow: Any = min_cost_flow.SimpleMinCostFlow()
    numbers = flow.add_arcs_with_capacity_and_unit_cost(tails, heads, room, costs)
    supplies = panel.reviews * panel.counts
    nodes = np.arange(len(supplies) + 1)
    nodes[-1] = heads.max(initial=0)
    flow.set_nodes_supplies(nodes, np.append(supplies, -supplies.sum()))
    if flow.solve() != flow.OPTIMAL:  # reviews that nobody gives make every honest panel solvable
        raise ArithmeticError("the matching has no optimal flow; its numbers are inconsistent")
    used = flow.flows(numbers)
    potentials = _potentials(arcs, used)
    evaluators, portfolios = panel.fits.shape
    pairs = int(chosen.sum())
    given = np.zeros(panel.fits.shape, dtype=np.int64)
    given[heads[:pairs] - portfolios, tails[:pairs]] = used[:pairs]
    sink = potentials[-1]
    prices = sink - potentials[portfolios : portfolios + evaluators]
    idle = (given.sum(axis=1) == 0) & (panel.minimum_loads == 0)
    return _Solved(
        given,
        used[pairs : pairs + portfolios],
        np.where(idle, np.maximum(prices, 0), prices),
        potentials[:portfolios] - sink,
    )


def _arcs(panel: Panel, chosen: Bools) -> _Arcs:
    """The pairs, reviews that nobody gives, and the loads up to their minimum and beyond it.

    Nodes are the portfolios, the evaluators, and the sink.
    """
    evaluators, portfolios = panel.fits.shape
    sink = portfolios + evaluators
    whose, which = np.nonzero(chosen)
    every, panelists = np.arange(portfolios), np.arange(portfolios, sink)
    to_sink = np.full(portfolios + 2 * evaluators, sink)
    tails = np.concatenate([which, every, panelists, panelists])
    heads = np.concatenate([whose + portfolios, to_sink])
    beyond = np.maximum(panel.maximum_loads - panel.minimum_loads, 0)
    room = np.concatenate([panel.counts[which], panel.reviews * panel.counts, panel.minimum_loads, beyond])
    nothing = np.zeros(evaluators, dtype=np.int64)
    penalty = panel.penalty
    first = np.full(evaluators, -2 * penalty)
    costs = np.concatenate([-panel.fits[whose, which], np.full(portfolios, penalty), first, nothing])
    return _Arcs(tails, heads, room, costs)


def _potentials(arcs: _Arcs, used: Ints) -> Ints:
    """Prices at which no exchange pays: the shortest ways in what the flow leaves open (Bellman and Ford)."""
    tails, heads, room, costs = arcs
    more, less = used < room, used > 0
    start = np.concatenate([tails[more], heads[less]])
    end = np.concatenate([heads[more], tails[less]])
    length = np.concatenate([costs[more], -costs[less]])
    found = np.zeros(int(heads.max(initial=0)) + 1, dtype=np.int64)
    while True:
        before = found.copy()
        np.minimum.at(found, end, found[start] + length)
        if np.array_equal(before, found):
            return found


def _bound(panel: Panel, gains: Ints, found: _Solved) -> int:
    """What the prices prove: no matching with as many reviews and loads has a greater total fit."""
    prices, loads = found.prices, found.given.sum(axis=1)
    extra = (np.where(panel.allowed, np.maximum(gains, 0), 0) * panel.counts[np.newaxis, :]).sum()
    given = (panel.reviews * panel.counts - found.missing) * found.values
    least = np.minimum(panel.minimum_loads, loads)  # what cannot be met is missing, whatever it would be worth
    taken = np.where(prices > 0, panel.maximum_loads, least) * prices
    return int(extra + given.sum() + taken.sum())
