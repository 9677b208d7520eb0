"""A plan as values of a program's variables, from which a search goes on."""

from collections.abc import Sequence
from itertools import chain
from math import inf

from rules.cohort_sizes import private_cohort_sizes
from rules.cohorts.solver.cohort_plan import Draft
from rules.cohorts.solver.cohort_problem import Problem
from rules.cohorts.solver.cohort_variables import Model, Pool
from rules.cohorts.solver.programs import Floats, Search, solve
from schemas.statuses import CohortKind


def values_in(model: Model, drafts: Sequence[Draft], problem: Problem) -> Floats:
    """The values that mean this plan; who leads and what else follows from it is left to the solver.

    Raises:
        ArithmeticError: it is no plan of the program.
    """
    by_slot = chain(*(numbers.values() for numbers in (model.private, model.larger, model.members, model.pools)))
    in_pools = chain(*(inside.values() for inside in model.filled.values()))
    fixed = dict.fromkeys(chain(by_slot, model.groups.values(), in_pools), 0.0)
    for number in _meant(model, drafts, problem):
        fixed[number] += 1
    found = solve(model.program, model.moved(), Search(fixed=fixed))
    if found.cost == inf:
        raise ArithmeticError("a plan that was found is none of the program's; its numbers are inconsistent")
    return found.values


def _meant(model: Model, drafts: Sequence[Draft], problem: Problem) -> list[int]:
    """The variables of which a plan means one more, each as often."""
    meant: list[int] = []
    filled: dict[tuple[str, str], int] = {}
    for draft in drafts:
        lea_ids = tuple(draft.learners_by_lea_id)
        if draft.kind == CohortKind.PRIVATE:
            key = lea_ids[0], draft.slot
            sizes = private_cohort_sizes(problem.by_lea_id[key[0]].learners, problem.cohorts)
            meant.append(model.private[key])
            meant += [model.larger[key]] if draft.learners_by_lea_id[key[0]] > min(sizes) else []
        elif (draft.state, draft.slot) in model.pools:
            meant.append(model.pools[draft.state, draft.slot])
            meant += [model.members[lea_id, draft.slot] for lea_id in lea_ids]
        elif (group := (draft.slot, tuple(sorted(lea_ids)))) in model.groups:
            meant.append(model.groups[group])
        else:
            number = filled.get((draft.state, draft.slot), 0)
            filled[draft.state, draft.slot] = number + 1
            inside = model.filled[Pool(draft.state, draft.slot, number)]
            meant += [inside[lea_id] for lea_id in lea_ids]
    return meant
