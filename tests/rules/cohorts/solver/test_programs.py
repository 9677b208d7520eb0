"""The solver's frame: what is infeasible, out of time or inconsistent is told apart."""

from math import inf, nan

import numpy as np
import pytest

from rules.cohorts.solver.programs import Program, Search, best_of_level, solve


def knapsack(number: int) -> tuple[Program, int]:
    """Weights and worths that make the solver search."""
    draw = np.random.default_rng(5)
    program = Program(1)
    variables = [program.variable(1, -float(worth)) for worth in draw.integers(1_000, 1_100, number)]
    for _ in range(5):
        weights = draw.integers(100, 200, number)
        program.row([(v, float(w)) for v, w in zip(variables, weights, strict=True)], upper=float(weights.sum() // 3))
    return program, program.keep(program.level(0), -inf, inf)


def test_the_best_of_a_level_is_the_one_that_the_solver_finds_with_everything() -> None:
    program, row = knapsack(30)
    whole = solve(program, program.level(0), Search())
    level = best_of_level(program, program.level(0), row, np.zeros(30), Search())
    assert level.cost == level.bound == round(whole.cost)


def test_without_time_a_level_keeps_what_is_known_and_the_bound_of_the_relaxation() -> None:
    program, row = knapsack(60)
    level = best_of_level(program, program.level(0), row, np.zeros(60), Search(seconds=0))
    assert level.bound <= level.cost <= 0
    assert level.bound < 0


def test_a_program_without_a_solution_costs_more_than_anything() -> None:
    program = Program(1)
    program.row([(program.variable(1, 1.0), 1)], lower=2)
    assert solve(program, program.level(0), Search()).bound == inf


def test_numbers_that_are_none_are_a_fault() -> None:
    program, _ = knapsack(3)
    with pytest.raises(ArithmeticError, match="the solver failed"):
        solve(program, np.array([nan, 1.0, 1.0]), Search())
