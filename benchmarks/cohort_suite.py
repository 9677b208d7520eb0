"""Forty instances that are hard to plan, and a plain CP-SAT model to plan them by.

Facilitators are short and pools must be nearly full; sizes do not add up to 35; slots are few; districts are giants; or
facilitators are just enough for all. Pools of the plain model say who is in them; nothing of our solver is in it.
"""

import random
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from ortools.sat.python import cp_model

from rules.meetings import blocks_of
from schemas.policy import read_policy
from schemas.settings import ROOT

DAYS, HOURS = ("MON", "TUE", "WED", "THU", "FRI"), ("15:30", "16:00", "17:00", "18:00")
SLOTS = [f"{day}-{hour}" for day in DAYS for hour in HOURS]
LEAST, MOST, PRIVATE = 15, 35, 20
WORKERS = 2


def instances() -> Iterator[dict[str, Any]]:
    """All of them, the same each time."""
    kinds: Sequence[tuple[str, int, Callable[[random.Random], dict[str, Any]]]] = (
        ("80 of 3-19, half the facilitators", 8, lambda draw: _instance(draw, _small(draw, 80), 20, 0.5)),
        ("160 of 3-19, half the facilitators", 6, lambda draw: _instance(draw, _small(draw, 160), 20, 0.5)),
        ("sizes 11, 13, 17, 19", 8, lambda draw: _instance(draw, draw.choices((11, 13, 17, 19), k=65), 12, 0.6)),
        ("one region, four slots", 6, lambda draw: _instance(draw, _small(draw, 58), 4, 0.85)),
        ("giants up to 1,000", 6, lambda draw: _instance(draw, _giants(draw, 40), 20, 0.95)),
        ("80 of 3-19, facilitators for all", 6, lambda draw: _instance(draw, _small(draw, 80), 20, 1.0)),
    )
    for kind, number, made in kinds:
        for seed in range(number):
            draw = random.Random(f"{kind} {seed}")  # noqa: S311 - a repeatable choice
            yield {"kind": f"{kind}, {seed}", **made(draw)}


def _small(draw: random.Random, number: int) -> list[int]:
    return [draw.randint(3, 19) for _ in range(number)]


def _giants(draw: random.Random, number: int) -> list[int]:
    return [draw.choice((draw.randint(1, 19), draw.randint(20, 200), draw.randint(200, 1_000))) for _ in range(number)]


def _instance(draw: random.Random, learners: Sequence[int], slots: int, supply: float) -> dict[str, Any]:
    """Districts of one region, and facilitators for ``supply`` times the cohorts that all need if every pool is full."""
    offered = draw.sample(SLOTS, slots)
    districts = []
    for number, count in enumerate(learners):
        marked = draw.sample(offered, draw.randint(2, min(5, slots)))
        ranks = {slot: rank for rank, slot in enumerate(marked, start=1)}
        districts.append({"id": f"D{number:04}", "region": "R", "learners": count, "slots": ranks})
    private = sum(-(-count // MOST) for count in learners if count >= PRIVATE)
    left = round(supply * (private + sum(count for count in learners if count < PRIVATE) / MOST))
    facilitators: list[dict[str, Any]] = []
    while left > 0:
        most = min(draw.randint(1, 4), left)
        left -= most
        free = draw.sample(offered, min(most + draw.randint(0, 3), slots))
        facilitators.append({"id": f"F{len(facilitators):03}", "slots": free, "max_cohorts": most})
    numbers = {"minimum": LEAST, "maximum": MOST, "private_minimum": PRIVATE}
    return {"districts": districts, "facilitators": facilitators, **numbers}


def plain_cp_sat(found: dict[str, Any], seconds: int) -> dict[str, Any]:
    """The first level by a plain model: learners placed, the bound, and the seconds taken."""
    model = cp_model.CpModel()
    leads = _leads(model, found)
    cohorts: dict[str, list[Any]] = defaultdict(list)
    placed = [_private(model, d, cohorts) for d in found["districts"] if d["learners"] >= found["private_minimum"]]
    placed += _pools(model, [d for d in found["districts"] if d["learners"] < found["private_minimum"]], leads, cohorts)
    for slot, some in cohorts.items():
        model.add(sum(some) <= sum(leads[slot]))
    model.maximize(sum(placed))
    solver = cp_model.CpSolver()
    solver.parameters.max_time_in_seconds = seconds
    solver.parameters.num_workers = WORKERS
    started = time.perf_counter()
    is_found = solver.solve(model) in (cp_model.OPTIMAL, cp_model.FEASIBLE)
    return {
        "placed": round(solver.objective_value) if is_found else 0,
        "bound": round(solver.best_objective_bound),
        "seconds": round(time.perf_counter() - started, 2),
    }


def _leads(model: cp_model.CpModel, found: dict[str, Any]) -> dict[str, list[Any]]:
    """Who leads in which slot: at most one cohort in slots that are linked by overlaps, and each at most their own maximum."""
    leads: dict[str, list[Any]] = defaultdict(list)
    slots = {slot for one in (*found["facilitators"], *found["districts"]) for slot in one["slots"]}
    blocks = blocks_of(slots, read_policy(ROOT / "deployments" / "seasons" / "2022.toml").cohorts)
    for facilitator in found["facilitators"]:
        own = {slot: model.new_bool_var("") for slot in facilitator["slots"]}
        for slot, lead in own.items():
            leads[slot].append(lead)
        model.add(sum(own.values()) <= facilitator["max_cohorts"])
        for block in {blocks[slot] for slot in own}:
            model.add_at_most_one(lead for slot, lead in own.items() if blocks[slot] == block)
    return leads


def _private(model: cp_model.CpModel, district: dict[str, Any], cohorts: dict[str, list[Any]]) -> Any:
    number = -(-district["learners"] // MOST)
    is_placed = model.new_bool_var("")
    own = {slot: model.new_int_var(0, number, "") for slot in district["slots"]}
    for slot, count in own.items():
        cohorts[slot].append(count)
    model.add(sum(own.values()) == number * is_placed)
    return district["learners"] * is_placed


def _pools(
    model: cp_model.CpModel,
    districts: Sequence[dict[str, Any]],
    leads: dict[str, list[Any]],
    cohorts: dict[str, list[Any]],
) -> list[Any]:
    of_district: dict[str, list[Any]] = defaultdict(list)
    for slot, leaders in leads.items():
        able = [district for district in districts if slot in district["slots"]]
        for _ in range(min(len(leaders), sum(district["learners"] for district in able) // LEAST)):
            pool = model.new_bool_var("")
            inside = {district["id"]: model.new_bool_var("") for district in able}
            learners = sum(district["learners"] * inside[district["id"]] for district in able)
            model.add(learners <= MOST * pool)
            model.add(learners >= LEAST * pool)
            cohorts[slot].append(pool)
            for lea_id, is_in in inside.items():
                of_district[lea_id].append(is_in)
    for some in of_district.values():
        model.add_at_most_one(some)
    return [district["learners"] * sum(of_district[district["id"]]) for district in districts]
