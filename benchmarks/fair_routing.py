"""Fair routing: the least score of any portfolio as great as can be, and then the greatest total, each with its proof.

The best least score is often what the worst portfolio's best evaluators give it; then one program with this score as a minimum
is the whole answer. Otherwise it is looked for first. Programs are solved by HiGHS (scipy).
"""

import time
from dataclasses import dataclass
from math import floor, inf
from typing import Any, NamedTuple

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import block_array, csr_array, eye_array

from rules.reviews.matching import Matching, Panel, best_matching
from rules.reviews.pairs import Ints

HALF = 0.5  # of a unit, so that a row of whole numbers is met in floating point
NEARLY = 1e-3  # of a unit
IMPOSSIBLE = 2  # scipy's status of a program without a solution
TOTAL_SHARE = 0.3  # of the time that is left when the least score is looked for: for the greatest total with it
SEARCH_SHARE = 0.3  # of the time that is left: for a plan with one least score
Plan = tuple[int, Ints]  # with its least score


@dataclass(frozen=True, slots=True)
class FairMatching:
    """Who reviews what, the least score and the total in units with what is proven of them, and what is not proven."""

    given: Ints
    least: int
    least_bound: int
    total: int
    total_bound: int
    reviews_missing: int
    loads_missing: int
    not_proven: tuple[str, ...]


def fair_matching(panel: Panel, seconds: float) -> FairMatching:
    """The fairest matching that is found in time; as many reviews and minimum loads as without fairness come first.

    ``seconds`` count from the best matching without fairness on, which is what there is if they are too few.
    """
    start = best_matching(panel)
    until = time.monotonic() + seconds
    program = _Program(panel, start)
    best = least_of(panel, start.given), start.given
    bound = max(_greatest_least(panel, start), best[0])
    found = program.solve(bound, until)
    if not found.plan:  # not every portfolio can have what the worst one can, or it is not found in time
        bound -= found.is_impossible
        best, bound = _raised(program, best, bound, until - (until - time.monotonic()) * TOTAL_SHARE)
        found = program.solve(best[0], until)
    plans = [best, *([found.plan] if found.plan else [])]
    least, given = max(plans, key=lambda plan: (plan[0], total_of(panel, plan[1])))
    total = total_of(panel, given)
    is_bounded = least == bound and found.bound < inf
    total_bound = max(min(start.total_fit, int(found.bound)), total) if is_bounded else start.total_fit
    names = ((least == bound, "min_portfolio_score"), (least == bound and total == total_bound, "objective"))
    not_proven = tuple(name for is_proven, name in names if not is_proven)
    missing = start.reviews_missing, start.loads_missing
    return FairMatching(given, least, bound, total, total_bound, *missing, not_proven)


def _raised(program: "_Program", best: Plan, bound: int, until: float) -> tuple[Plan, int]:
    """A plan with the greatest least score that is found, and what none can exceed: by halving what is between the two.

    What is not decided in a share of the time is left open, and less is asked for.
    """
    asked = bound
    while best[0] < asked and time.monotonic() < until:
        middle = (best[0] + asked + 1) // 2
        now = time.monotonic()
        found = program.solve(middle, now + (until - now) * SEARCH_SHARE, is_any_enough=True)
        if found.plan:
            best = found.plan
        else:
            asked = middle - 1
            bound = asked if found.is_impossible and bound > middle - 1 else bound
    return best, max(bound, best[0])


def least_of(panel: Panel, given: Ints) -> int:
    """The least score of any portfolio."""
    return int((given * panel.fits).sum(axis=0).min(initial=np.iinfo(np.int64).max)) if panel.fits.size else 0


def total_of(panel: Panel, given: Ints) -> int:
    """The score of all portfolios."""
    return int((given * panel.fits).sum())


def _greatest_least(panel: Panel, start: Matching) -> int:
    """What the worst portfolio has if its best evaluators review it; nothing that is below zero where reviews are missing."""
    if not panel.fits.size:
        return 0
    fits = np.where(panel.allowed, panel.fits, np.iinfo(np.int32).min if start.reviews_missing else panel.fits.min())
    ordered = -np.sort(-fits, axis=0)
    if start.reviews_missing:
        ordered = np.maximum(ordered, 0)
    sums = np.vstack([np.zeros(fits.shape[1], dtype=np.int64), np.cumsum(ordered, axis=0)])
    return int(sums[np.minimum(panel.reviews, len(fits)), np.arange(fits.shape[1])].min())


class _Found(NamedTuple):
    """A plan with its least score, if one was found; what the total of none can exceed; whether there is no plan at all."""

    plan: Plan | None
    bound: float
    is_impossible: bool


class _Program:
    """Each pair is given or not, and so many reviews and loads are missing as must be."""

    def __init__(self, panel: Panel, start: Matching) -> None:
        self.panel = panel
        self.whose, self.which = np.nonzero(panel.allowed)
        evaluators, portfolios = panel.fits.shape
        pairs = len(self.whose)
        self.worth = panel.fits[self.whose, self.which].astype(np.float64)
        number, ones = np.arange(pairs), np.ones(pairs)
        by_portfolio = csr_array((ones, (self.which, number)), shape=(portfolios, pairs))
        by_evaluator = csr_array((ones, (self.whose, number)), shape=(evaluators, pairs))
        score = csr_array((self.worth, (self.which, number)), shape=(portfolios, pairs))
        missing, short = eye_array(portfolios), eye_array(evaluators)
        one, every = csr_array(np.ones((1, portfolios))), csr_array(np.ones((1, evaluators)))
        blocks = [
            [by_portfolio, missing, None],
            [by_evaluator, None, None],
            [by_evaluator, None, short],
            [None, one, None],
            [None, None, every],
            [score, None, None],
        ]
        self.rows = block_array(blocks).tocsr()
        exact = np.array([start.reviews_missing, start.loads_missing])
        self.lowers = np.concatenate([panel.reviews, np.zeros(evaluators), panel.minimum_loads, exact])
        free = np.full(evaluators, np.inf), exact, np.full(portfolios, np.inf)
        self.uppers = np.concatenate([panel.reviews, panel.maximum_loads, *free])
        self.mosts = np.concatenate([ones, panel.reviews, panel.minimum_loads]).astype(np.float64)

    def solve(self, least: int, until: float, *, is_any_enough: bool = False) -> _Found:
        """A plan in which every portfolio has at least this score; with the greatest total, unless any is enough."""
        seconds = until - time.monotonic()
        if seconds <= 0 or not self.panel.fits.size:
            return _Found(None, inf, is_impossible=False)
        costs = np.zeros(len(self.mosts))
        costs[: len(self.worth)] = -self.worth
        lowers = np.concatenate([self.lowers, np.full(len(self.panel.reviews), least - HALF)])
        found = milp(
            costs,
            integrality=np.ones(len(costs)),
            bounds=Bounds(np.zeros(len(self.mosts)), self.mosts),
            constraints=LinearConstraint(self.rows, lowers, self.uppers),
            options={"time_limit": seconds, "mip_rel_gap": float(is_any_enough)},
        )
        dual = found.get("mip_dual_bound")
        bound = float(floor(-dual + NEARLY)) if dual is not None and np.isfinite(dual) else inf
        return _Found(None if found.x is None else self._plan(found.x), bound, found.status == IMPOSSIBLE)

    def _plan(self, values: Any) -> Plan:
        given = np.zeros(self.panel.fits.shape, dtype=np.int64)
        given[self.whose, self.which] = np.rint(values[: len(self.whose)]).astype(np.int64)
        return least_of(self.panel, given), given
