"""Reviews assigned under rules on groups: so many of a group on each portfolio, and people who never review one together.

Levels in order: fewest loads below their minimum, fewest reviews missing, fewest members of groups missing, greatest fit.
Source: ruling on who reviews (FAQ III, independent panel); ruling: groups and pairs are named in the policy.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import inf

import numpy as np

from rules.cohorts.solver.programs import Floats, Program, Search, Watch, best_of_levels, nobody_watches
from rules.reviews.matching import Ints, Matching, Panel

LEVELS = ("loads_missing", "reviews_missing", "members_missing", "fit")


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


@dataclass(frozen=True, slots=True)
class _Model:
    program: Program
    pairs: dict[tuple[int, int], int]
    short: list[int]
    missing: list[int]
    lacking: list[int]


def grouped_matching(
    panel: Panel,
    groups: Sequence[Group],
    never_together: Sequence[tuple[int, int]] = (),
    *,
    seconds: float = inf,
    watch: Watch = nobody_watches,
) -> GroupedMatching:
    """The best matching under the rules; ``never_together`` are pairs of evaluators who do not review one portfolio.

    Every allowed pair is a variable, so that up to some 100,000 of them are solved in reasonable time.
    """
    model = _model(panel, groups, never_together)
    known: Floats = np.zeros(len(model.program.mosts))
    for slack in (*model.short, *model.missing, *model.lacking):
        known[slack] = model.program.mosts[slack]
    levels = best_of_levels(model.program, known, Search(seconds=seconds, watch=watch))
    given = np.zeros_like(panel.fits)
    for (evaluator, portfolio), variable in model.pairs.items():
        given[evaluator, portfolio] = int(levels[-1].values[variable])
    loads, reviews, members, fit = levels
    matching = Matching(given, int((given * panel.fits).sum()), -fit.bound, reviews.cost, loads.cost)
    return GroupedMatching(matching, members.cost, all(level.cost == level.bound for level in levels))


def _model(panel: Panel, groups: Sequence[Group], never_together: Sequence[tuple[int, int]]) -> _Model:
    program = Program(len(LEVELS))
    evaluators, portfolios = panel.fits.shape
    wanted = panel.reviews * panel.counts
    pairs = {
        (int(e), int(p)): program.variable(float(panel.counts[p]), 0, 0, 0, -float(panel.fits[e, p]))
        for e, p in zip(*np.nonzero(panel.allowed), strict=True)
    }
    short = [program.variable(float(least), 1) for least in panel.minimum_loads]
    missing = [program.variable(float(number), 0, 1) for number in wanted]
    lacking: list[int] = []
    for evaluator in range(evaluators):
        mine = [(pairs[evaluator, p], 1.0) for p in range(portfolios) if (evaluator, p) in pairs]
        program.row(mine, upper=float(panel.maximum_loads[evaluator]))
        program.row([*mine, (short[evaluator], 1)], lower=float(panel.minimum_loads[evaluator]))
    for portfolio in range(portfolios):
        of = {e: (pairs[e, portfolio], 1.0) for e in range(evaluators) if (e, portfolio) in pairs}
        program.row([*of.values(), (missing[portfolio], 1)], float(wanted[portfolio]), float(wanted[portfolio]))
        for group in groups:
            members = [of[e] for e in sorted(group.evaluators & of.keys())]
            program.row(members, upper=float(group.at_most[portfolio] * panel.counts[portfolio]))
            least = float(group.at_least[portfolio] * panel.counts[portfolio])
            lacking.append(program.variable(least, 0, 0, 1))
            program.row([*members, (lacking[-1], 1)], lower=least)
        for first, second in never_together:
            if first in of and second in of:
                program.row([of[first], of[second]], upper=float(panel.counts[portfolio]))
    return _Model(program, pairs, short, missing, lacking)
