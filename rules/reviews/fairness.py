"""Reviews assigned fairly: first the portfolio that fares worst fares as well as possible, then the total fit is the greatest.

How well a portfolio fares is the sum of its reviewers' fits. Only promising pairs go into the program; the prices of its
relaxation prove that no other pair can improve it, or name those that could.
Source: ruling on who reviews (FAQ III, independent panel).
"""

from dataclasses import dataclass
from math import inf

import numpy as np

from rules.cohorts.solver.programs import Floats, Program, Search, Solution, Watch, best_of_level, nobody_watches, solve
from rules.reviews.matching import Bools, Ints, Matching, Panel, best_matching

WORST, TOTAL = 0, 1
ALL_PAIRS = 60_000  # so many are all looked at
FIRST_PAIRS = 24  # of each portfolio otherwise
FIRST_PORTFOLIOS = 6  # of each evaluator


@dataclass(frozen=True, slots=True)
class FairMatching:
    """The plan, and how well the portfolio that fares worst fares in it (millionths), with the bound that is proven."""

    matching: Matching
    worst: int
    worst_bound: int

    @property
    def is_certified(self) -> bool:
        """Whether no plan is fairer, and none that is as fair has a greater total fit."""
        return self.worst == self.worst_bound and self.matching.is_certified


@dataclass(frozen=True, slots=True)
class _Model:
    """The program, its pairs in the order of their variables, and the rows that bound its levels."""

    program: Program
    chosen: Bools
    whose: Ints
    which: Ints
    level_rows: tuple[int, int]

    def level(self, number: int) -> tuple[Floats, int]:
        """The costs of a level and the row that bounds them."""
        return self.program.level(number), self.level_rows[number]


def fair_matching(panel: Panel, *, seconds: float = inf, watch: Watch = nobody_watches) -> FairMatching:
    """The fairest matching among those with the most reviews; each search of the solver takes at most ``seconds``.

    Raises:
        ValueError: portfolios are counted together; which of them fares worst is not defined.
    """
    if (panel.counts > 1).any():
        raise ValueError("portfolios that are alike are given one by one here, not with a count")
    base = best_matching(panel)
    if not panel.fits.size:
        return FairMatching(base, 0, 0)
    search = Search(seconds=seconds, watch=watch)
    model = _with_all_that_pay(panel, base, _first_pairs(panel, base))
    worst = best_of_level(model.program, model.level(WORST), _values(model, base.given, panel), search)
    given = _given(model, worst.values, panel)
    fixed = _with_all_that_pay(panel, base, model.chosen, worst.cost)
    total = best_of_level(fixed.program, fixed.level(TOTAL), _values(fixed, given, panel), search)
    given = _given(fixed, total.values, panel)
    matching = Matching(given, int((given * panel.fits).sum()), -total.bound, base.reviews_missing, base.loads_missing)
    return FairMatching(matching, _worst(panel, given), -worst.bound)


def _worst(panel: Panel, given: Ints) -> int:
    return int((given * panel.fits).sum(axis=0).min())


def _first_pairs(panel: Panel, base: Matching) -> Bools:
    """All pairs where they are few; else those of the best total, and the best of each portfolio and of each evaluator."""
    if panel.allowed.sum() <= ALL_PAIRS:
        return panel.allowed
    worth = np.where(panel.allowed, panel.fits, -1)
    chosen = base.given > 0
    for axis, wanted in ((0, FIRST_PAIRS), (1, FIRST_PORTFOLIOS)):
        number = min(wanted, worth.shape[axis])
        best = np.argpartition(worth, worth.shape[axis] - number, axis=axis)
        best = best[-number:] if axis == 0 else best[:, -number:]
        np.put_along_axis(chosen, best, values=True, axis=axis)
    return chosen & panel.allowed


def _model(panel: Panel, base: Matching, chosen: Bools, worst_cost: float = inf) -> _Model:
    """As many reviews as can be given, loads kept, and the worst portfolio as a variable that no portfolio is below."""
    program = Program(2)
    whose, which = np.nonzero(chosen)
    for fit in panel.fits[whose, which]:
        program.variable(1, 0, -float(fit))
    worst = program.variable(float(max(int(panel.fits.max()) * int(panel.reviews.max()), 0)), -1, 0)
    by_portfolio: list[list[int]] = [[] for _ in panel.reviews]
    by_evaluator: list[list[int]] = [[] for _ in panel.maximum_loads]
    for number, (evaluator, portfolio) in enumerate(zip(whose.tolist(), which.tolist(), strict=True)):
        by_evaluator[evaluator].append(number)
        by_portfolio[portfolio].append(number)
    for portfolio, numbers in enumerate(by_portfolio):
        program.row([(number, 1) for number in numbers], upper=float(panel.reviews[portfolio]))
    for evaluator, numbers in enumerate(by_evaluator):
        program.row([(number, 1) for number in numbers], upper=float(panel.maximum_loads[evaluator]))
    program.row([(number, 1) for number in range(len(whose))], lower=float(base.given.sum()))
    for portfolio, numbers in enumerate(by_portfolio):
        terms = [(number, float(panel.fits[whose[number], portfolio])) for number in numbers]
        program.row([*terms, (worst, -1)], lower=0)
    short = [program.variable(float(least)) for least in panel.minimum_loads]
    for evaluator, numbers in enumerate(by_evaluator):
        terms = [(number, 1.0) for number in (*numbers, short[evaluator])]
        program.row(terms, lower=float(panel.minimum_loads[evaluator]))
    program.row([(number, 1) for number in short], upper=float(base.loads_missing))
    rows = tuple(program.keep(program.level(level), -inf, inf) for level in (WORST, TOTAL))
    program.uppers[rows[WORST]] = worst_cost
    return _Model(program, chosen, whose, which, (rows[WORST], rows[TOTAL]))


def _with_all_that_pay(panel: Panel, base: Matching, chosen: Bools, worst_cost: float = inf) -> _Model:
    """The program with all pairs by whose price the relaxation would gain; then no other pair can help."""
    level = WORST if worst_cost == inf else TOTAL
    while True:
        model = _model(panel, base, chosen, worst_cost)
        found = solve(model.program, model.program.level(level), Search(is_whole=False))
        gains = _gains(panel, found, level)
        better = panel.allowed & ~chosen & (gains > 0.5)  # noqa: PLR2004 - half a millionth is no gain
        if not better.any():
            return model
        chosen = chosen | better


def _gains(panel: Panel, found: Solution, level: int) -> Floats:
    """What one of each pair would gain at the prices of the rows."""
    evaluators, portfolios = panel.fits.shape
    prices = found.row_prices
    of_portfolio, rest = prices[:portfolios], prices[portfolios:]
    of_evaluator, rest = rest[:evaluators], rest[evaluators:]
    of_all, of_worst, of_least = rest[0], rest[1 : 1 + portfolios], rest[1 + portfolios : 1 + portfolios + evaluators]
    fits: Floats = panel.fits.astype(np.float64)
    gains: Floats = fits * (of_worst + (level == TOTAL))[np.newaxis, :]
    gains += of_portfolio[np.newaxis, :] + (of_evaluator + of_least)[:, np.newaxis] + of_all
    return gains


def _values(model: _Model, given: Ints, panel: Panel) -> Floats:
    """A plan as values of the variables."""
    pairs = given[model.whose, model.which].astype(np.float64)
    short = np.maximum(panel.minimum_loads - given.sum(axis=1), 0)
    return np.concatenate([pairs, [float(_worst(panel, given))], short])


def _given(model: _Model, values: Floats, panel: Panel) -> Ints:
    """The values of the variables as a plan."""
    given = np.zeros_like(panel.fits)
    given[model.whose, model.which] = np.rint(values[: len(model.whose)]).astype(np.int64)
    return given
