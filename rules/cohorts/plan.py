"""Who learns together, in which slot, led by whom: the plan that places most learners, in the slots they like best.

A district with enough learners gets private cohorts of even size; smaller ones of the whole state are pooled and never
split. A facilitator is in one meeting at a time. Levels in order: most learners placed, least sum of learners x slot rank,
fewest cohorts, fewest districts pooled.
A state is solved whole and to the proof; what is larger is solved state by state at common prices of the slots.
Source: packages (20 or more), FAQ I (15 to 35, combined cohorts), FAQ III (day and time that fit).
"""

from collections.abc import Mapping, Sequence

from rules.cohorts.reasons import why_unplaced
from rules.cohorts.solver.cohort_model import model_of
from rules.cohorts.solver.cohort_parts import plan_in_parts
from rules.cohorts.solver.cohort_plan import Draft, led, people_kept, values_of
from rules.cohorts.solver.cohort_problem import NOBODY_STANDS, Meets, Problem, Standings, always_meet
from rules.cohorts.solver.levels import KEPT, plan_levels
from rules.cohorts.solver.programs import Watch, nobody_watches
from schemas.policy import Cohorts
from schemas.records import CohortPlan, DistrictDemand, FacilitatorOffer

SOLVED_WHOLE = 20_000  # variables


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

    A state is searched for the policy's ``solver_seconds`` until every level is proven; what is not proven by then is told by
    a bound that the plan does not reach.

    Raises:
        ArithmeticError: the solver failed.
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
    """The cohorts and the bounds."""
    if len(model_of(problem).program.mosts) > SOLVED_WHOLE:
        return plan_in_parts(problem, watch)
    return plan_levels(problem, watch)
