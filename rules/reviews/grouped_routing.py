"""Reviews assigned under rules on groups: so many of a group on each portfolio, and people who never review one together.

Levels in order: fewest loads below their minimum, fewest reviews missing, fewest members of groups missing, then as without
groups: fewest taken away, fewest late, fewest by people who have seen the portfolio, least greatest load, fewest reviews above
each lower one, greatest fit. Source: ruling on who reviews (FAQ III, independent panel); ruling: groups and pairs are named in
the policy; ruling on fair load.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from math import inf

import numpy as np

from rules.cohorts.solver.programs import Floats, Program, Search, Watch, best_of_levels, nobody_watches
from rules.reviews.balanced_matching import BalancedMatching, Units, Workload
from rules.reviews.matching import Matching, Panel
from rules.reviews.pairs import Ints

LEVELS = (
    "loads_missing",
    "reviews_missing",
    "members_missing",
    "taken_away",
    "late",
    "seen",
    "greatest_load",
    "loads",
    "fit",
)
SHORT, MISSING, MEMBERS, TAKEN, LATE, SEEN, GREATEST, LOADS, FIT = range(len(LEVELS))


@dataclass(frozen=True, slots=True)
class Group:
    """Evaluators (their rows) of whom each portfolio (column) wants at least and at most so many."""

    evaluators: frozenset[int]
    at_least: Ints
    at_most: Ints


@dataclass(frozen=True, slots=True)
class GroupedMatching:
    """The plan, how many members of groups portfolios still want, and whether it is proven on every level."""

    matching: Matching
    members_missing: int
    is_certified: bool

    def balanced(self, work: Workload) -> BalancedMatching:
        """The same as a plan without groups is told."""
        given = self.matching.given
        seen = int((given * work.seen).sum())
        return BalancedMatching(self.matching, work.late(given), seen, work.peak(given), self.is_certified)


@dataclass(slots=True)
class _Model:
    program: Program
    pairs: dict[tuple[int, int], int] = field(default_factory=dict)
    slacks: list[int] = field(default_factory=list)


def grouped_matching(
    panel: Panel,
    groups: Sequence[Group],
    never_together: Sequence[tuple[int, int]] = (),
    work: Workload | None = None,
    *,
    seconds: float = inf,
    watch: Watch = nobody_watches,
) -> GroupedMatching:
    """The best matching under the rules; ``never_together`` are pairs of evaluators who do not review one portfolio.

    Without ``work`` the levels on time and loads say nothing. Every allowed pair is a variable, so that up to some 100,000 of
    them are solved in reasonable time.
    """
    model = _model(panel, groups, never_together, work)
    if work:
        _add_time(model, panel, work)
        _add_loads(model, panel, work)
    known: Floats = np.zeros(len(model.program.mosts))
    for slack in model.slacks:
        known[slack] = model.program.mosts[slack]
    levels = best_of_levels(model.program, known, Search(seconds=seconds, watch=watch))
    given = np.zeros_like(panel.fits)
    for (evaluator, portfolio), variable in model.pairs.items():
        given[evaluator, portfolio] = int(levels[-1].values[variable])
    fit = int((given * panel.fits).sum())
    matching = Matching(given, fit, -levels[FIT].bound, levels[MISSING].cost, levels[SHORT].cost)
    return GroupedMatching(matching, levels[MEMBERS].cost, all(level.cost == level.bound for level in levels))


def _variable(program: Program, most: float, **costs: float) -> int:
    """A new variable, with its costs by the names of the levels."""
    return program.variable(most, *(costs.get(name, 0.0) for name in LEVELS))


def _model(
    panel: Panel, groups: Sequence[Group], never_together: Sequence[tuple[int, int]], work: Workload | None
) -> _Model:
    model = _Model(Program(len(LEVELS)))
    program, portfolios = model.program, panel.fits.shape[1]
    for e, p in zip(*np.nonzero(panel.allowed), strict=True):
        costs = {"fit": -float(panel.fits[e, p])}
        if work:
            costs |= {"taken_away": -float(work.kept[e, p]), "seen": float(work.seen[e, p])}
        model.pairs[int(e), int(p)] = _variable(program, float(panel.counts[p]), **costs)
    for evaluator, least in enumerate(panel.minimum_loads):
        mine = [(model.pairs[evaluator, p], 1.0) for p in range(portfolios) if (evaluator, p) in model.pairs]
        program.row(mine, upper=float(panel.maximum_loads[evaluator]))
        model.slacks.append(_variable(program, float(least), loads_missing=1))
        program.row([*mine, (model.slacks[-1], 1)], lower=float(least))
    for portfolio in range(portfolios):
        _add_portfolio(model, panel, portfolio, groups, never_together)
    return model


def _add_portfolio(
    model: _Model, panel: Panel, portfolio: int, groups: Sequence[Group], never_together: Sequence[tuple[int, int]]
) -> None:
    program, count = model.program, panel.counts[portfolio]
    wanted = float(panel.reviews[portfolio] * count)
    pairs = ((e, model.pairs.get((e, portfolio))) for e in range(len(panel.fits)))
    of = {e: (variable, 1.0) for e, variable in pairs if variable is not None}
    model.slacks.append(_variable(program, wanted, reviews_missing=1))
    program.row([*of.values(), (model.slacks[-1], 1)], wanted, wanted)
    for group in groups:
        members = [of[e] for e in sorted(group.evaluators & of.keys())]
        program.row(members, upper=float(group.at_most[portfolio] * count))
        least = float(group.at_least[portfolio] * count)
        model.slacks.append(_variable(program, least, members_missing=1))
        program.row([*members, (model.slacks[-1], 1)], lower=least)
    for first, second in never_together:
        if first in of and second in of:
            program.row([of[first], of[second]], upper=float(count))


def _add_time(model: _Model, panel: Panel, work: Workload) -> None:
    """What an evaluator is given beyond the time until any of the deadlines is late."""
    for evaluator, room in enumerate(work.in_time):
        late = _variable(model.program, float(panel.reviews.sum()), late=1)
        due: list[tuple[int, float]] = []
        for number, can in enumerate(room):
            mine = (model.pairs.get((evaluator, int(p))) for p in np.flatnonzero(work.deadlines == number))
            due += [(variable, 1.0) for variable in mine if variable is not None]
            model.program.row([*due, (late, -1.0)], upper=float(can))


def _add_loads(model: _Model, panel: Panel, work: Workload) -> None:
    """Each further review of an evaluator by the rank of the load that it leads to; which ranks any load reaches."""
    program, units = model.program, Units.of(panel, work)
    own: list[list[tuple[int, float]]] = [[] for _ in panel.fits]
    reached: list[list[tuple[int, float]]] = [[] for _ in range(int(units.ranks.max(initial=-1)) + 1)]
    for evaluator, rank in zip(units.whose, units.ranks, strict=True):
        unit = _variable(program, 1.0, loads=float(rank))
        own[evaluator].append((unit, -1.0))
        reached[rank].append((unit, 1.0))
    for evaluator, mine in enumerate(own):
        given = [(variable, 1.0) for (e, _), variable in model.pairs.items() if e == evaluator]
        program.row([*given, *mine], upper=0.0)
    before: int | None = None
    for some in reached:
        is_reached = _variable(program, 1.0, greatest_load=1)
        program.row([*some, (is_reached, -float(len(some)))], upper=0.0)
        if before is not None:
            program.row([(is_reached, 1.0), (before, -1.0)], upper=0.0)
        before = is_reached
