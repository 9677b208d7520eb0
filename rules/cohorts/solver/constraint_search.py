"""The same programs by constraint search (CP-SAT): it goes on from what is known, and finds plans where relaxations say little.

Every factor and every cost is a whole number here.
"""

from collections import defaultdict
from math import ceil, floor, inf

import numpy as np
from ortools.sat.python import cp_model

from rules.cohorts.solver.programs import EPSILON, Floats, Level, Program, Search

WORKERS = 2
FAR = 2**40  # what no row sums up to


def search_level(program: Program, costs: Floats, known: Floats, bound: int, search: Search) -> Level:
    """The least whole cost that is found, of which ``known`` is one and ``bound`` is less than none."""
    model, variables = _model(program)
    whole = np.rint(costs).astype(np.int64)
    objective = cp_model.LinearExpr.weighted_sum(variables, whole.tolist())
    model.minimize(objective)
    model.add(objective >= bound)
    for variable, value in zip(variables, np.rint(known).astype(np.int64).tolist(), strict=True):
        model.add_hint(variable, value)
    solver = cp_model.CpSolver()
    solver.parameters.max_time_in_seconds = search.seconds_left
    solver.parameters.num_workers = WORKERS
    solver.parameters.log_to_stdout = False
    search.watch(f"constraint search from {costs @ known:.0f}, at best {bound}")
    status = solver.solve(model)  # without a callback: Python may be gone before the search is
    if status not in (cp_model.OPTIMAL, cp_model.FEASIBLE):
        return Level(known, round(float(costs @ known)), bound)
    values = np.array([solver.value(variable) for variable in variables], dtype=np.float64)
    return Level(values, round(solver.objective_value), max(bound, ceil(solver.best_objective_bound - EPSILON)))


def _model(program: Program) -> tuple[cp_model.CpModel, list[cp_model.IntVar]]:
    model = cp_model.CpModel()
    variables = [model.new_int_var(0, floor(most), "") for most in program.mosts]
    rows: dict[int, tuple[list[cp_model.IntVar], list[int]]] = defaultdict(lambda: ([], []))
    for row, variable, factor in program.entries:
        rows[row][0].append(variables[variable])
        rows[row][1].append(round(factor))
    for row, (terms, factors) in rows.items():
        lower, upper = program.lowers[row], program.uppers[row]
        if lower > -inf or upper < inf:
            total = cp_model.LinearExpr.weighted_sum(terms, factors)
            model.add_linear_constraint(total, ceil(max(lower, -FAR)), floor(min(upper, FAR)))
    return model, variables
