"""Who learns together, in which slot, led by whom: the plan that places most learners, in the slots they like best.

A district with enough learners gets private cohorts of even size; smaller ones of the whole state are pooled and never
split. A facilitator is in one meeting at a time. Levels in order: most learners placed, least sum of learners x slot rank,
fewest cohorts, fewest districts pooled.
A state is solved whole and to the proof; what is larger is solved state by state at common prices of the slots.
Source: packages (20 or more), FAQ I (15 to 35, combined cohorts), FAQ III (day and time that fit).
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from math import ceil, inf

import numpy as np

from rules.cohorts.reasons import why_unplaced
from rules.cohorts.solver.cohort_model import LEVELS, Model, bound_overbooked, model_of
from rules.cohorts.solver.cohort_parts import plan_in_parts, solve_led
from rules.cohorts.solver.cohort_plan import Draft, drafts_of, led, people_kept, values_of
from rules.cohorts.solver.cohort_problem import NOBODY_STANDS, Meets, Problem, Standings, always_meet
from rules.cohorts.solver.programs import EPSILON, Bools, Floats, Level, Search, Watch, best_of_level, nobody_watches
from schemas.policy import Cohorts
from schemas.records import CohortPlan, DistrictDemand, FacilitatorOffer

KEPT = "people_kept"
SOLVED_WHOLE = 20_000  # variables
MOST_GROUPS = 30_000
CORE_REACH = 40  # learners x rank: how far from its price a choice may be to be tried first


def plan_cohorts(
    demands: Sequence[DistrictDemand],
    facilitators: Sequence[FacilitatorOffer],
    cohorts: Cohorts,
    *,
    meets: Meets = always_meet,
    watch: Watch = nobody_watches,
    standing: Standings = NOBODY_STANDS,
) -> CohortPlan:
    """The best plan, with the proven bound of each level, and why others wait and what would help them.

    ``meets`` tells whether districts have enough common open days in a slot. ``watch`` hears how far the solver is; what it
    raises ends the search. ``standing`` are learners of the districts who have a slot already, by slot: as many as possible
    keep it, right after that most learners are placed (where the plan is solved whole).

    Raises:
        ArithmeticError: the solver failed, or found nothing within the policy's ``solver_seconds``.
    """
    problem = Problem(
        [d for d in sorted(demands, key=lambda d: d.lea_id) if d.learners > 0],
        sorted(facilitators, key=lambda f: f.facilitator_id),
        cohorts,
        meets,
        standing=standing,
    )
    drafts, bounds = _best(problem, watch)
    planned = led(drafts, problem)
    values = {**values_of(planned, problem), KEPT: people_kept(planned, standing)}
    return CohortPlan(planned, why_unplaced(planned, problem), {name: values[name] for name in bounds}, bounds)


def _best(problem: Problem, watch: Watch) -> tuple[list[Draft], Mapping[str, int]]:
    """The cohorts and the bounds; where districts of a slot do not go into its pools, more of its groups are listed."""
    model = model_of(problem)
    if len(model.program.mosts) > SOLVED_WHOLE:
        return plan_in_parts(problem, watch)
    levels = _levels(model, problem, watch)
    drafts = drafts_of(model, levels[-1].values, problem)
    reached = values_of(drafts, problem)
    if reached["learners_placed"] != -levels[0].cost and problem.groups_listed < MOST_GROUPS:
        return _best(replace(problem, groups_listed=problem.groups_listed * 10), watch)
    bounds = {name: abs(level.bound) for (name, _, _), level in zip(_steps(model, problem), levels, strict=True)}
    if reached["learners_placed"] == -levels[0].cost:
        return drafts, bounds
    nothing_proven = {KEPT: sum(sum(slots.values()) for slots in problem.standing.values())}
    return drafts, {name: bound if name == LEVELS[0] else nothing_proven.get(name, 0) for name, bound in bounds.items()}


def _steps(model: Model, problem: Problem) -> list[tuple[str, Floats, int]]:
    """The levels in their order with their costs and the rows that bound them; people who have a slot come second."""
    rows = zip(LEVELS, model.level_rows, strict=True)
    first, *others = [(name, model.program.level(number), row) for number, (name, row) in enumerate(rows)]
    return [first, (KEPT, model.moved(), model.stay_row), *others] if problem.standing else [first, *others]


def _levels(model: Model, problem: Problem, watch: Watch) -> list[Level]:
    """Every level solved in turn, each within what the levels before it reached, until all cohorts can be led."""
    while True:  # a set of slots is bounded once, and there are only so many
        core: Bools | None = _core(model, problem, watch)
        search = Search(seconds=problem.cohorts.solver_seconds, watch=watch)
        levels: list[Level] = []
        known = np.zeros(len(model.program.mosts))
        steps = _steps(model, problem)
        for number, (name, costs, row) in enumerate(steps, start=1):
            watch(f"level {number} of {len(steps)}: {name}")
            levels.append(best_of_level(model.program, costs, row, known, search, core=core))
            known, core = levels[-1].values, None
        if levels[0].cost == 0 and levels[0].bound < 0:
            raise ArithmeticError(f"no cohort plan was found within {problem.cohorts.solver_seconds} s")
        if not bound_overbooked(model, problem, known):
            return levels
        for _, _, row in steps:
            model.program.uppers[row] = inf


def _core(model: Model, problem: Problem, watch: Watch) -> Bools:
    """What a good plan is likely made of: what is near its price in the relaxation of the first two levels."""
    search = Search(is_whole=False, watch=watch)
    placed = solve_led(model, problem, model.program.level(0), search)
    model.reach(0, ceil(placed.cost - EPSILON))
    ranks = solve_led(model, problem, model.program.level(1), search)
    model.reach(0, inf)
    return ranks.reduced_costs <= CORE_REACH
