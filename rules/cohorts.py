"""Who learns together, in which slot, led by whom: the plan that places most learners, in the slots they like best.

A district with enough learners gets private cohorts of even size; smaller ones are pooled within their region and never
split. Levels in order: most learners placed, least sum of learners x slot rank, fewest cohorts, fewest districts pooled.
A state is solved whole and to the proof; what is larger is solved region by region at common prices of the slots.
Source: packages (20 or more), FAQ I (15 to 35, combined cohorts), FAQ III (day and time that fit).
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from math import ceil, inf

import numpy as np

from rules.cohort_reasons import why_unplaced
from rules.planning.cohort_model import LEVELS, Meets, Model, Problem, always_meet, limit, model_of
from rules.planning.cohort_parts import plan_in_parts, relaxed
from rules.planning.cohort_plan import Draft, drafts_of, led, values_of
from rules.planning.facilitation import most_cohorts, overbooked
from rules.planning.programs import EPSILON, Bools, Level, Search, Watch, best_of_level, nobody_watches
from schemas.policy import Cohorts
from schemas.records import CohortPlan, DistrictDemand, FacilitatorOffer

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
) -> CohortPlan:
    """The best plan, with the proven bound of each level, and why others wait and what would help them.

    ``meets`` tells whether districts have enough common open days in a slot. ``watch`` hears how far the solver is; what it
    raises ends the search.

    Raises:
        ArithmeticError: the solver failed, or found nothing within the policy's ``solver_seconds``.
    """
    problem = Problem(
        [d for d in sorted(demands, key=lambda d: d.lea_id) if d.learners > 0],
        sorted(facilitators, key=lambda f: f.facilitator_id),
        cohorts,
        meets,
    )
    drafts, bounds = _best(problem, watch)
    planned = led(drafts, problem)
    return CohortPlan(planned, why_unplaced(planned, problem), values_of(planned, problem), bounds)


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
    bounds = {name: abs(level.bound) for name, level in zip(LEVELS, levels, strict=True)}
    return drafts, bounds if reached["learners_placed"] == -levels[0].cost else {
        **dict.fromkeys(LEVELS, 0),
        LEVELS[0]: bounds[LEVELS[0]],
    }


def _levels(model: Model, problem: Problem, watch: Watch) -> list[Level]:
    """Every level solved in turn, each within what the levels before it reached, until all cohorts can be led."""
    while True:  # a set of slots is bounded once, and there are only so many
        core: Bools | None = _core(model, problem, watch)
        search = Search(seconds=problem.cohorts.solver_seconds, watch=watch)
        levels: list[Level] = []
        known = np.zeros(len(model.program.mosts))
        for number, name in enumerate(LEVELS):
            watch(f"level {number + 1} of {len(LEVELS)}: {name}")
            level = number, model.level_rows[number]
            levels.append(best_of_level(model.program, level, known, search, core))
            known, core = levels[-1].values, None
        if levels[0].cost == 0 and levels[0].bound < 0:
            raise ArithmeticError(f"no cohort plan was found within {problem.cohorts.solver_seconds} s")
        too_many = overbooked(model.slot_counts(known), problem.facilitators)
        if too_many is None:
            return levels
        limit(model, too_many, most_cohorts(too_many, problem.facilitators))
        for number in range(len(LEVELS)):
            model.reach(number, inf)


def _core(model: Model, problem: Problem, watch: Watch) -> Bools:
    """What a good plan is likely made of: what is near its price in the relaxation of the first two levels."""
    placed = relaxed(model, problem, model.program.level(0), watch)
    model.reach(0, ceil(placed.cost - EPSILON))
    ranks = relaxed(model, problem, model.program.level(1), watch)
    model.reach(0, inf)
    return ranks.reduced_costs <= CORE_REACH
