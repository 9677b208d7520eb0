"""Who reviews what within everybody's weeks, level by level, each with its proof over every pair.

Levels in order: fewest reviews that nobody gives, fewest taken from who has them, fewest late, fewest by people who have seen
the portfolio, even loads, greatest fit. Loads are even when no plan of the same reviews has a smaller greatest load relative to
capacity, then fewer reviews above any level of it: the loads of best flows are a matroid's bases, one of which is best at all.

Mostly all reviews can be in time and the loads that counting allows can be reached: then one matching between these loads is
the best. Otherwise two flows are solved, the second one among the best of the first: on arcs at whose prices nothing is lost.
Source: ruling on fair load; ruling on who reviews (FAQ III, independent panel).
"""

from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np

from rules.reviews.flows import Arcs, Flow, Network
from rules.reviews.matching import Matching, Panel, best_matching
from rules.reviews.pairs import Bools, Ints


@dataclass(frozen=True, slots=True)
class Workload:
    """The time of evaluators (rows), and which pairs with portfolios (columns) are not like the others.

    ``deadlines`` numbers each portfolio's deadline by time; ``in_time`` are the reviews that each evaluator can still write by
    each deadline, those due before it among them. ``open_loads`` are on the desks, and measured against ``capacities``.
    ``seen`` are pairs to be avoided, ``kept`` those that are given already.
    """

    deadlines: Ints
    in_time: Ints
    open_loads: Ints
    capacities: Ints
    seen: Bools
    kept: Bools

    def late(self, given: Ints) -> int:
        """How many reviews of a plan are late, if everybody writes what is due first."""
        done = np.zeros(len(given), dtype=np.int64)
        for number in range(self.in_time.shape[1]):
            due = given[:, self.deadlines == number].sum(axis=1)
            done = np.minimum(done + due, np.maximum(self.in_time[:, number], done))
        return int(given.sum() - done.sum())

    def peak(self, given: Ints) -> float:
        """The greatest load relative to capacity among those who are given something; infinite for who has no time at all."""
        loads = given.sum(axis=1)
        has = loads > 0
        with np.errstate(divide="ignore"):
            return float(((loads + self.open_loads)[has] / self.capacities[has]).max(initial=0.0))


@dataclass(frozen=True, slots=True)
class BalancedMatching:
    """The plan, what it is worth on the levels before the fit, and whether each of them is proven to be the best."""

    matching: Matching
    late: int
    seen: int
    peak: float
    is_level_certified: bool

    @property
    def is_certified(self) -> bool:
        """Whether every level is proven, the fit too."""
        return self.is_level_certified and self.matching.is_certified


class Units(NamedTuple):
    """Each further review that an evaluator can take: whose, and the rank of the relative load that it leads to (from 0)."""

    whose: Ints
    ranks: Ints

    @classmethod
    def of(cls, panel: Panel, work: Workload) -> "Units":
        """Those of everybody, one evaluator's after the other's."""
        room = np.minimum(panel.maximum_loads, panel.allowed.sum(axis=1))
        whose = np.repeat(np.arange(len(room)), room)
        number = np.arange(len(whose)) - np.repeat(np.cumsum(room) - room, room) + 1
        with np.errstate(divide="ignore"):
            ratios = (work.open_loads[whose] + number) / work.capacities[whose]
        return cls(whose, np.unique(ratios, return_inverse=True)[1].reshape(-1).astype(np.int64))


def balanced_matching(panel: Panel, work: Workload) -> BalancedMatching:
    """The best matching on all levels in turn; every column of ``panel`` is one portfolio, and no load has a minimum.

    Source: ruling on fair load.
    """
    if not panel.fits.size:
        return BalancedMatching(best_matching(panel), 0, 0, 0.0, is_level_certified=True)
    units = Units.of(panel, work)
    return _even(panel, work, units) or _by_flows(panel, work, units)


def _even(panel: Panel, work: Workload, units: Units) -> BalancedMatching | None:
    """The plan with the loads that counting allows, where it is best on the levels before; none where it is not.

    All units below a rank are taken, and of this rank so many as are left: no plan of as many reviews can have lower ones.
    """
    total = int(panel.reviews.sum())
    filled = np.cumsum(np.bincount(units.ranks, minlength=1))
    if not total or filled[-1] < total:
        return None
    last = int(np.searchsorted(filled, total))
    least, most = (
        np.bincount(units.whose[some], minlength=len(panel.fits)) for some in (units.ranks < last, units.ranks <= last)
    )
    first = 2 * (int(np.abs(panel.fits).max()) + 1) * (total + 1) if work.kept.any() else 0
    between = replace(panel, minimum_loads=least, maximum_loads=most, allowed=panel.allowed & ~work.seen)
    found = best_matching(replace(between, fits=panel.fits + first * work.kept))
    lost = work.kept & panel.allowed & (found.given == 0)
    if found.reviews_missing or found.loads_missing or not found.is_certified or lost.any() or work.late(found.given):
        return None
    fit = int((found.given * panel.fits).sum())
    return BalancedMatching(
        replace(found, total_fit=fit, bound=fit), 0, 0, work.peak(found.given), is_level_certified=True
    )


def _by_flows(panel: Panel, work: Workload, units: Units) -> BalancedMatching:
    network = _network(panel, work, units)
    chosen = _inviting(panel, work, units).first_pairs()
    first = network.solve(*_first_costs(panel, work, network), chosen)
    second = network.solve(*_second_costs(panel, units, network, first), first.chosen)
    given, missing = second.given, int(second.missing.sum())
    fit = int((given * panel.fits).sum())
    matching = Matching(given, fit, fit + second.gap, missing, 0)
    seen = int((given * work.seen).sum())
    return BalancedMatching(
        matching, work.late(given), seen, work.peak(given), is_level_certified=not (first.gap or second.gap)
    )


def _inviting(panel: Panel, work: Workload, units: Units) -> Panel:
    """The panel by which the first pairs are chosen: who has it, has not seen it, and has time; loads as even as can be."""
    worth = int(np.abs(panel.fits).max()) + 1
    has_time = work.in_time[:, work.deadlines] > 0
    filled = np.cumsum(np.bincount(units.ranks, minlength=1))
    last = int(np.searchsorted(filled, min(int(panel.reviews.sum()), int(filled[-1]))))
    most = np.bincount(units.whose[units.ranks <= last], minlength=len(panel.fits))
    fits = panel.fits + worth * (2 * work.kept.astype(np.int64) + has_time - work.seen)
    return replace(panel, fits=fits, maximum_loads=most)


def _network(panel: Panel, work: Workload, units: Units) -> Network:
    """From portfolios to an evaluator's entry for the deadline, on to the next one while time is left or late to the desk.

    From the desk it goes unit by unit to the sink.
    """
    evaluators, portfolios = panel.fits.shape
    deadlines = work.in_time.shape[1]
    entries = portfolios + np.arange(evaluators * deadlines).reshape(evaluators, deadlines)
    desks = entries.size + portfolios + np.arange(evaluators)
    sink = np.full(len(units.whose), desks[-1] + 1)
    onward = np.concatenate([entries[:, 1:], desks[:, np.newaxis]], axis=1)
    whole = np.full(entries.size, int(panel.reviews.sum()))
    tails = np.concatenate([entries.reshape(-1), entries.reshape(-1), desks[units.whose]])
    heads = np.concatenate([onward.reshape(-1), np.repeat(desks, deadlines), sink])
    room = np.concatenate([np.maximum(work.in_time, 0).reshape(-1), whole, np.ones(len(units.whose), dtype=np.int64)])
    kept = room > 0
    layers = [desks, *(entries[:, number] for number in reversed(range(deadlines)))]
    arcs = Arcs(tails[kept], heads[kept], room[kept])
    to = entries[:, work.deadlines]
    return Network(to, arcs, panel, layers, kept, int(desks[-1]) + 1)


def _first_costs(panel: Panel, work: Workload, network: Network) -> tuple[Ints, Ints, Ints]:
    """What pairs, further arcs and missing reviews cost by the levels before the loads, each level more than all after it.

    A cycle in the flow passes each evaluator and each portfolio at most once: so much can the later levels change by it.
    """
    evaluators, portfolios = panel.fits.shape
    passed = min(evaluators, portfolios) + 1
    late = int(min((work.seen & panel.allowed).sum(), 2 * portfolios)) + 1
    keep = late * 2 * passed + late
    missing = keep * (int(min((work.kept & panel.allowed).sum(), 2 * portfolios)) + 1) + keep
    pairs = work.seen.astype(np.int64) - keep * work.kept
    entries = work.in_time.size
    units = len(network.kept) - 2 * entries
    tails = np.concatenate([np.zeros(entries, dtype=np.int64), np.full(entries, late), np.zeros(units, dtype=np.int64)])
    return pairs, tails[network.kept], np.full(portfolios, missing)


def _second_costs(panel: Panel, units: Units, network: Network, first: Flow) -> tuple[Ints, Ints, Ints]:
    """The loads and then the fit, among the plans that are best so far: who leaves them pays more than both can gain.

    At the prices of a best flow every best flow leaves empty what costs more than nothing, and fills what costs less.
    """
    span = int(np.abs(panel.fits).max()) + 1
    load = 2 * span * (panel.fits.shape[1] + 1)
    whole = load * (int(units.ranks.max(initial=0)) + 2)
    ranks = np.concatenate([np.zeros(len(network.kept) - len(units.ranks), dtype=np.int64), units.ranks])[network.kept]
    pairs, tails, missing = (whole * np.sign(costs) for costs in first.reduced)
    return pairs - panel.fits, tails + load * ranks, missing
