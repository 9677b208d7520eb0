"""Integer programs: whole numbers that keep linear rows, and the best of them with the bound that is proven.

HiGHS solves them. A level is solved by price: what the relaxation prices out of reach of the best known plan is left
away, which loses nothing. What a plan means is not decided here. No I/O; who waits is told through ``Watch``.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from math import ceil, inf
from time import monotonic
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray
from ortools.math_opt import model_pb2
from ortools.math_opt.python import mathopt

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Watch = Callable[[str], None]
EPSILON = 1e-5
FIRST_REACH = 0.003  # of the objective: how far above its bound the best plan is first looked for
MORE_REACH = 4
LARGE = 20_000  # variables from which the inner way is faster than the simplex
DAY_SECONDS = 86_400


def nobody_watches(_: str) -> None:
    """Nobody wants to know how far the solver is."""


@dataclass(slots=True)
class Program:
    """Variables from zero to a most, and rows that bound sums of them; ``costs`` has one column for each level."""

    levels: int
    mosts: list[float] = field(default_factory=list)
    costs: list[tuple[float, ...]] = field(default_factory=list)
    lowers: list[float] = field(default_factory=list)
    uppers: list[float] = field(default_factory=list)
    entries: list[tuple[int, int, float]] = field(default_factory=list)

    def variable(self, most: float, *costs: float) -> int:
        """A new variable and what one of it costs at each level; its number."""
        self.mosts.append(most)
        self.costs.append((*costs, *(0.0,) * (self.levels - len(costs))))
        return len(self.mosts) - 1

    def row(self, terms: Iterable[tuple[int, float]], lower: float = -inf, upper: float = inf) -> int:
        """A new row: what its terms sum up to lies between the two; its number."""
        number = len(self.lowers)
        self.entries += [(number, variable, factor) for variable, factor in terms]
        self.lowers.append(lower)
        self.uppers.append(upper)
        return number

    def level(self, number: int) -> Floats:
        """What each variable costs at a level."""
        return np.array([cost[number] for cost in self.costs], dtype=np.float64)

    def keep(self, costs: Floats, lower: float, upper: float) -> int:
        """A row that keeps a cost between two values; its number."""
        return self.row([(int(number), float(costs[number])) for number in np.nonzero(costs)[0]], lower, upper)


@dataclass(frozen=True, slots=True)
class Solution:
    """The values found, their cost (infinite if none), and what no solution can be below; prices only if relaxed."""

    values: Floats
    cost: float
    bound: float
    row_prices: Floats
    reduced_costs: Floats

    @property
    def is_proven(self) -> bool:
        """Whether the solver came to its end."""
        return self.bound > self.cost - 1 + EPSILON or self.bound == inf


NO_FLOATS: Floats = np.zeros(0)
NOTHING_FIXED: Mapping[int, float] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Search:
    """How a program is solved: whole numbers or relaxed, which variables may be used, for how long, and who watches.

    A search takes so many ``seconds``, and ends at ``until`` (by the monotonic clock); ``fixed`` are values of variables.
    """

    is_whole: bool = True
    kept: Bools | None = None
    seconds: float = inf
    watch: Watch = nobody_watches
    until: float = inf
    fixed: Mapping[int, float] = field(default_factory=lambda: NOTHING_FIXED)

    @property
    def seconds_left(self) -> float:
        """How long a search that begins now may take."""
        return max(min(self.seconds, self.until - monotonic(), DAY_SECONDS), 0.0)


def solve(program: Program, costs: Floats, search: Search) -> Solution:
    """The least cost; without a bound where the time was too short to find anything.

    Raises:
        ArithmeticError: the solver failed.
    """
    is_large = not search.is_whole and len(program.mosts) > LARGE
    parameters = mathopt.SolveParameters(
        relative_gap_tolerance=0.0 if search.is_whole else None,
        time_limit=timedelta(seconds=search.seconds_left),
        lp_algorithm=mathopt.LPAlgorithm.BARRIER if is_large else None,
    )
    try:
        model = mathopt.Model.from_model_proto(_proto(program, costs, search))
        result = mathopt.solve(model, mathopt.SolverType.HIGHS, params=parameters, msg_cb=_heard_by(search.watch))
    except (AttributeError, ValueError) as error:  # the first is how this ortools raises what HiGHS calls a fault
        raise ArithmeticError("the solver failed; its numbers are inconsistent") from error
    if not result.has_primal_feasible_solution():
        is_impossible = result.termination.reason == mathopt.TerminationReason.INFEASIBLE
        return Solution(NO_FLOATS, inf, inf if is_impossible else -inf, NO_FLOATS, NO_FLOATS)
    found = _numbers(result.variable_values())
    if search.is_whole:
        return Solution(np.rint(found), result.objective_value(), result.best_objective_bound(), NO_FLOATS, NO_FLOATS)
    prices, reduced = np.zeros(len(program.lowers)), np.zeros(len(found))
    if result.has_dual_feasible_solution():  # a program that is solved by looking at it has no prices
        prices, reduced = _numbers(result.dual_values()), _numbers(result.reduced_costs())
    return Solution(found, result.objective_value(), result.objective_value(), prices, reduced)


def _heard_by(watch: Watch) -> Callable[[Sequence[str]], None]:
    def hear(lines: Sequence[str]) -> None:
        watch(" ".join(" ".join(lines).split()))

    return hear


def _numbers(values: Mapping[Any, float]) -> Floats:
    return np.fromiter(values.values(), dtype=np.float64, count=len(values))


def _proto(program: Program, costs: Floats, search: Search) -> model_pb2.ModelProto:
    proto = model_pb2.ModelProto()
    number = len(program.mosts)
    proto.variables.ids.extend(range(number))
    leasts, mosts = np.zeros(number), np.array(program.mosts)
    if search.kept is not None:
        mosts = np.where(search.kept, mosts, 0.0)
    for variable, value in search.fixed.items():
        leasts[variable] = mosts[variable] = value
    proto.variables.lower_bounds.extend(leasts.tolist())
    proto.variables.upper_bounds.extend(mosts.tolist())
    proto.variables.integers.extend([search.is_whole] * number)
    proto.linear_constraints.ids.extend(range(len(program.lowers)))
    proto.linear_constraints.lower_bounds.extend(program.lowers)
    proto.linear_constraints.upper_bounds.extend(program.uppers)
    matrix = proto.linear_constraint_matrix
    rows, columns, factors = zip(*sorted(program.entries), strict=True) if program.entries else ((), (), ())
    matrix.row_ids.extend(rows)
    matrix.column_ids.extend(columns)
    matrix.coefficients.extend(factors)
    used = np.nonzero(costs)[0]
    proto.objective.linear_coefficients.ids.extend(used.tolist())
    proto.objective.linear_coefficients.values.extend(costs[used].tolist())
    return proto


@dataclass(frozen=True, slots=True)
class Level:
    """The best found at a level with whole costs, and the least that is proven to be possible."""

    values: Floats
    cost: int
    bound: int


def best_of_level(
    program: Program, costs: Floats, row: int, known: Floats, search: Search, *, core: Bools | None = None
) -> Level:
    """The least whole cost of a level; the ``row`` that bounds its costs is left at what was found.

    ``known`` keeps every row; ``core`` are variables that a good plan is likely made of. A plan that costs at most ``reach``
    more than the relaxation uses no variable whose reduced cost is more than that.
    """
    relaxed = solve(program, costs, Search(is_whole=False, watch=search.watch))
    bound = least = ceil(relaxed.cost - EPSILON)
    best = Level(known, round(float(costs @ known)), bound)
    if core is not None and best.cost > bound:
        best = _better(best, solve(program, costs, replace(search, kept=core)))
    reach = max(1, int(abs(least) * FIRST_REACH))
    while best.cost > bound:
        reach = min(reach, best.cost - least - 1)
        program.uppers[row] = least + reach
        near = relaxed.reduced_costs <= least + reach - relaxed.cost + EPSILON
        found = solve(program, costs, replace(search, kept=near))
        best = _better(best, found)
        if not found.is_proven:  # out of time: at least a plan as good as can be found at once
            program.uppers[row] = inf
            best = _better(best, solve(program, costs, replace(search, kept=near)))
            bound = max(bound, ceil(found.bound - EPSILON)) if found.bound > -inf else bound
            break
        bound = best.cost if found.cost < inf else least + reach + 1
        reach *= MORE_REACH
    program.uppers[row] = best.cost
    return Level(best.values, best.cost, bound)


def best_of_levels(program: Program, known: Floats, search: Search, levels: int | None = None) -> list[Level]:
    """The least whole cost of each level in turn (or of the first so many), within what those before it reached."""
    found: list[Level] = []
    for number in range(program.levels if levels is None else levels):
        costs = program.level(number)
        row = program.keep(costs, -inf, inf)
        found.append(best_of_level(program, costs, row, found[-1].values if found else known, search))
    return found


def _better(best: Level, found: Solution) -> Level:
    """What was known, or what was found if it costs less."""
    return Level(found.values, round(found.cost), best.bound) if found.cost < best.cost - 1 + EPSILON else best
