"""A state planned whole, level by level from a greedy plan: by price, and then by constraint search while there is time.

By price a program is solved in which pools are counted: it bounds every plan, and mostly its solution is one. Where districts
do not go into the pools of its solution, or it is not proven in its share of the time, constraint search goes on from the best
plan with pools that say who is in them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from math import ceil, inf
from time import monotonic
from typing import NamedTuple

from rules.cohorts.solver.cohort_model import model_of, part_who_cannot_meet
from rules.cohorts.solver.cohort_plan import Draft, drafts_of, people_kept, values_of
from rules.cohorts.solver.cohort_problem import Problem
from rules.cohorts.solver.cohort_values import values_in
from rules.cohorts.solver.cohort_variables import LEVELS, Model
from rules.cohorts.solver.constraint_search import search_level
from rules.cohorts.solver.greedy import greedy_plan
from rules.cohorts.solver.programs import EPSILON, Bools, Floats, Search, Watch, best_of_level, solve

KEPT = "people_kept"
GAINS = (LEVELS[0], KEPT)  # the more the better; of the other levels the less
FIRST_SHARE = 0.9  # of the time, for who is placed; each further level but the last may take half of what is left
FIRST_BY_PRICE = 0.3  # of a level's time: prices tell little about who is placed, and nearly all of what follows
BY_PRICE = 0.6
EVERY_GROUP = 1_000  # that makes a cohort in a slot
MORE_VARIABLES = 5  # times: groups are searched well where they are not many more than pools with districts
CORE_REACH = 40  # learners x rank: how far from its price a choice may be to be tried first


class Found(NamedTuple):
    """The best plan that is known, and what none can cost less than at the level that was looked at."""

    drafts: list[Draft]
    bound: int


@dataclass(frozen=True, slots=True)
class Level:
    """A level by its name, and the names of all in their order."""

    name: str
    names: Sequence[str]
    problem: Problem

    def costs(self, model: Model) -> Floats:
        """What each variable costs at the level."""
        return model.moved() if self.name == KEPT else model.program.level(LEVELS.index(self.name))

    def row(self, model: Model) -> int:
        """The row that bounds these costs."""
        return model.stay_row if self.name == KEPT else model.level_rows[LEVELS.index(self.name)]

    def cost(self, drafts: Sequence[Draft]) -> int:
        """What a plan costs at the level."""
        return self.all_costs(drafts)[self.names.index(self.name)]

    def all_costs(self, drafts: Sequence[Draft]) -> list[int]:
        """What a plan costs at all levels."""
        values = {**values_of(drafts, self.problem), KEPT: people_kept(drafts, self.problem.standing)}
        return [-values[name] if name in GAINS else values[name] for name in self.names]


def plan_levels(problem: Problem, watch: Watch) -> tuple[list[Draft], Mapping[str, int]]:
    """The best plan that is found within the policy's ``solver_seconds``, and the proven bound of each level."""
    until = monotonic() + problem.cohorts.solver_seconds
    counted = model_of(problem, lists_leaders=True)
    names = [LEVELS[0], *([KEPT] if problem.standing else []), *LEVELS[1:]]
    models, bounds = [counted], {}
    best = greedy_plan(problem)
    for number, name in enumerate(names, start=1):
        watch(f"level {number} of {len(names)}: {name}")
        level, now = Level(name, names, problem), monotonic()
        share = FIRST_SHARE if number == 1 else 1.0 if number == len(names) else 0.5
        seconds = max(until - now, 0) * share
        priced = now + seconds * (FIRST_BY_PRICE if number == 1 else BY_PRICE)
        best, bound = _by_price(level, counted, best, Search(watch=watch, until=priced))
        if level.cost(best) > bound:
            if len(models) == 1:
                models += _exact(problem, counted)
            for left, model in zip(range(len(models) - 1, 0, -1), models[1:], strict=True):
                share_ends = monotonic() + (now + seconds - monotonic()) / left
                best, bound = _by_search(level, model, Found(best, bound), Search(watch=watch, until=share_ends))
        bounds[name] = abs(bound)
        for model in models:
            model.program.uppers[level.row(model)] = level.cost(best)
    return best, bounds


def _exact(problem: Problem, counted: Model) -> list[Model]:
    """The program whose pools say who is in them, and the one of all groups, if they are few; with what the levels came to."""
    filled = model_of(replace(problem, groups_listed=0), is_exact=True, lists_leaders=True)
    listed = model_of(replace(problem, groups_listed=EVERY_GROUP), is_exact=True, lists_leaders=True)
    are_few = not listed.filled and len(listed.program.mosts) <= MORE_VARIABLES * len(filled.program.mosts)
    exact = [filled, listed] if are_few else [filled]
    for model in exact:
        for here, there in zip(
            [*model.level_rows, model.stay_row], [*counted.level_rows, counted.stay_row], strict=True
        ):
            model.program.uppers[here] = counted.program.uppers[there]
    return exact


def _by_price(level: Level, model: Model, best: list[Draft], search: Search) -> Found:
    known, row = values_in(model, best, level.problem), level.row(model)
    core = _core(model, search) if level.name == LEVELS[0] else None
    found = best_of_level(model.program, level.costs(model), row, known, search, core=core)
    model.program.uppers[row] = inf
    return Found(_better(level, best, drafts_of(model, found.values, level.problem)), found.bound)


def _core(model: Model, search: Search) -> Bools:
    """What a good plan is likely made of: what is near its price in the relaxation of the first two levels."""
    relaxed = Search(is_whole=False, watch=search.watch)  # a relaxation is solved to its end, whatever the time
    placed = solve(model.program, model.program.level(0), relaxed)
    model.reach(0, ceil(placed.cost - EPSILON))
    ranks = solve(model.program, model.program.level(1), relaxed)
    model.reach(0, inf)
    return ranks.reduced_costs <= CORE_REACH


def _by_search(level: Level, model: Model, found: Found, search: Search) -> Found:
    best, bound = found
    while True:  # districts are parted once, and there are only so many
        known = values_in(model, best, level.problem)
        again = search_level(model.program, level.costs(model), known, bound, search)
        best, bound = _better(level, best, drafts_of(model, again.values, level.problem)), max(bound, again.bound)
        if not part_who_cannot_meet(model, level.problem, again.values):
            return Found(best, bound)


def _better(level: Level, best: list[Draft], other: list[Draft]) -> list[Draft]:
    return min(best, other, key=level.all_costs)
