"""Who learns together, in which slot, led by whom: the plan that places most learners, in the slots they like best.

A district with enough learners gets private cohorts of even size; smaller ones are pooled within their region and never
split. Levels in order: most learners placed, least sum of learners x slot rank, fewest cohorts, fewest districts pooled.
Source: packages (20 or more), FAQ I (15 to 35, combined cohorts), FAQ III (day and time that fit).
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ortools.sat.python import cp_model

from schemas.policy import Cohorts
from schemas.records import CohortPlan, DistrictDemand, FacilitatorOffer, PlannedCohort, Ruling

POOLS_IN_ONE_SLOT = 2
RULE = "cohort-plan"


def private_cohort_sizes(learners: int, cohorts: Cohorts) -> tuple[int, ...]:
    """The even sizes of a district's own cohorts, none above the maximum; empty where the district is pooled."""
    if learners < cohorts.private_minimum_participants:
        return ()
    count = -(-learners // cohorts.maximum_participants)
    return tuple(learners // count + (1 if i < learners % count else 0) for i in range(count))


@dataclass(slots=True)
class _Model:
    """The variables of one planning problem; ``private`` counts cohorts, ``member`` places pooled districts."""

    demands: Sequence[DistrictDemand]
    facilitators: Sequence[FacilitatorOffer]
    cohorts: Cohorts
    solver_model: cp_model.CpModel = field(default_factory=cp_model.CpModel)
    private: dict[tuple[str, str], cp_model.IntVar] = field(default_factory=dict)
    pool: dict[tuple[str, str, int], cp_model.IntVar] = field(default_factory=dict)
    member: dict[tuple[str, str, int], cp_model.IntVar] = field(default_factory=dict)
    leads: dict[tuple[str, str], cp_model.IntVar] = field(default_factory=dict)
    placed: dict[str, cp_model.IntVar] = field(default_factory=dict)


def plan_cohorts(
    demands: Sequence[DistrictDemand], facilitators: Sequence[FacilitatorOffer], cohorts: Cohorts
) -> CohortPlan:
    """The best plan found within the policy's solver time, with the proven bound of each level, and why others wait."""
    model = _Model(
        [d for d in sorted(demands, key=lambda d: d.lea_id) if d.learners > 0],
        sorted(facilitators, key=lambda f: f.facilitator_id),
        cohorts,
    )
    _add_private(model)
    _add_pools(model)
    _add_facilitators(model)
    values, bounds, solver = _solve_levels(model)
    plan = _read_plan(model, solver)
    unplaced = {d.lea_id: _why_unplaced(d, model) for d in model.demands if not solver.value(model.placed[d.lea_id])}
    return CohortPlan(plan, unplaced, values, bounds)


def _usable_slots(demand: DistrictDemand, facilitators: Sequence[FacilitatorOffer]) -> list[str]:
    offered = {slot for facilitator in facilitators for slot in facilitator.slots}
    return sorted(offered & set(demand.slot_ranks))


def _add_private(model: _Model) -> None:
    for demand in model.demands:
        sizes = private_cohort_sizes(demand.learners, model.cohorts)
        if not sizes:
            continue
        placed = model.placed[demand.lea_id] = model.solver_model.new_bool_var(f"placed {demand.lea_id}")
        slots = _usable_slots(demand, model.facilitators)
        counts = [model.solver_model.new_int_var(0, len(sizes), f"private {demand.lea_id} {slot}") for slot in slots]
        model.private.update({(demand.lea_id, slot): count for slot, count in zip(slots, counts, strict=True)})
        model.solver_model.add(sum(counts) == len(sizes) * placed)


def _pooled_by_region(model: _Model) -> Mapping[str, list[DistrictDemand]]:
    regions: dict[str, list[DistrictDemand]] = defaultdict(list)
    for demand in model.demands:
        if not private_cohort_sizes(demand.learners, model.cohorts):
            regions[demand.region].append(demand)
    return regions


def _add_pools(model: _Model) -> None:
    for region, demands in sorted(_pooled_by_region(model).items()):
        for demand in demands:
            model.placed[demand.lea_id] = model.solver_model.new_bool_var(f"placed {demand.lea_id}")
        for slot in sorted({slot for d in demands for slot in _usable_slots(d, model.facilitators)}):
            _add_pools_of_slot(model, region, slot, [d for d in demands if slot in d.slot_ranks])
        for demand in demands:
            mine = [var for (lea_id, _, _), var in model.member.items() if lea_id == demand.lea_id]
            model.solver_model.add(sum(mine) == model.placed[demand.lea_id])


def _add_pools_of_slot(model: _Model, region: str, slot: str, demands: Sequence[DistrictDemand]) -> None:
    most = min(POOLS_IN_ONE_SLOT, sum(d.learners for d in demands) // model.cohorts.minimum_participants)
    for number in range(most):
        opened = model.pool[region, slot, number] = model.solver_model.new_bool_var(f"pool {region} {slot} {number}")
        size = []
        for demand in demands:
            var = model.solver_model.new_bool_var(f"member {demand.lea_id} {slot} {number}")
            model.member[demand.lea_id, slot, number] = var
            size.append(demand.learners * var)
        model.solver_model.add(sum(size) >= model.cohorts.minimum_participants * opened)
        model.solver_model.add(sum(size) <= model.cohorts.maximum_participants * opened)
        if number:
            model.solver_model.add_implication(opened, model.pool[region, slot, number - 1])


def _add_facilitators(model: _Model) -> None:
    by_slot: dict[str, list[cp_model.IntVar]] = defaultdict(list)
    for facilitator in model.facilitators:
        mine = []
        for slot in sorted(set(facilitator.slots)):
            var = model.solver_model.new_bool_var(f"leads {facilitator.facilitator_id} {slot}")
            model.leads[facilitator.facilitator_id, slot] = var
            by_slot[slot].append(var)
            mine.append(var)
        model.solver_model.add(sum(mine) <= facilitator.maximum_cohorts)
    for slot, leaders in by_slot.items():
        private = [var for (_, s), var in model.private.items() if s == slot]
        pools = [var for (_, s, _), var in model.pool.items() if s == slot]
        model.solver_model.add(sum(private) + sum(pools) == sum(leaders))


def _solve_levels(model: _Model) -> tuple[dict[str, int], dict[str, int], cp_model.CpSolver]:
    values: dict[str, int] = {}
    bounds: dict[str, int] = {}
    solver = cp_model.CpSolver()
    for name, expression, sense in _levels(model):
        (model.solver_model.maximize if sense > 0 else model.solver_model.minimize)(expression)
        solver = _solver(model.cohorts)
        if solver.solve(model.solver_model) not in (cp_model.OPTIMAL, cp_model.FEASIBLE):
            raise ArithmeticError(f"no cohort plan was found within {model.cohorts.solver_seconds} s at level '{name}'")
        values[name], bounds[name] = round(solver.objective_value), round(solver.best_objective_bound)
        model.solver_model.add(expression == values[name])
        _hint(model, solver)
    return values, bounds, solver


def _solver(cohorts: Cohorts) -> cp_model.CpSolver:
    """A solver that gives the same plan for the same problem: its limit is counted in work, not in wall time."""
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = 1
    solver.parameters.random_seed = 1
    solver.parameters.max_deterministic_time = cohorts.solver_seconds
    return solver


def _levels(model: _Model) -> tuple[tuple[str, cp_model.LinearExprT, int], ...]:
    learners = {d.lea_id: d.learners for d in model.demands}
    rank = {(d.lea_id, slot): r for d in model.demands for slot, r in d.slot_ranks.items()}
    count = {lea_id: max(len(private_cohort_sizes(n, model.cohorts)), 1) for lea_id, n in learners.items()}
    placed = _total(learners[lea_id] * var for lea_id, var in model.placed.items())
    private_ranks = (rank[key] * (learners[key[0]] // count[key[0]]) * var for key, var in model.private.items())
    pooled_ranks = (rank[lea_id, slot] * learners[lea_id] * var for (lea_id, slot, _), var in model.member.items())
    ranks = _total([*private_ranks, *pooled_ranks])
    cohorts = _total([*model.private.values(), *model.pool.values()])
    return (
        ("learners_placed", placed, 1),
        ("rank_cost", ranks, -1),
        ("cohorts", cohorts, -1),
        ("districts_pooled", _total(model.member.values()), -1),
    )


def _total(terms: Iterable[Any]) -> cp_model.LinearExprT:
    return cp_model.LinearExpr.sum(list(terms))


def _hint(model: _Model, solver: cp_model.CpSolver) -> None:
    model.solver_model.clear_hints()  # type: ignore[no-untyped-call]  # ortools leaves it untyped
    for variables in (model.private, model.pool, model.member, model.leads, model.placed):
        for var in variables.values():
            model.solver_model.add_hint(var, solver.value(var))


def _read_plan(model: _Model, solver: cp_model.CpSolver) -> tuple[PlannedCohort, ...]:
    leaders: dict[str, list[str]] = defaultdict(list)
    for (facilitator_id, slot), var in model.leads.items():
        if solver.value(var):
            leaders[slot].append(facilitator_id)
    drafts = [*_private_drafts(model, solver), *_pool_drafts(model, solver)]
    return tuple(
        PlannedCohort(kind, region, slot, leaders[slot].pop(0), learners)
        for kind, region, slot, learners in sorted(drafts, key=lambda d: (d[2], d[0], d[1], sorted(d[3])))
    )


Draft = tuple[str, str, str, dict[str, int]]


def _private_drafts(model: _Model, solver: cp_model.CpSolver) -> list[Draft]:
    drafts: list[Draft] = []
    for demand in model.demands:
        sizes = list(private_cohort_sizes(demand.learners, model.cohorts))
        for (lea_id, slot), var in model.private.items():
            if lea_id == demand.lea_id:
                drafts += [("private", demand.region, slot, {lea_id: sizes.pop(0)}) for _ in range(solver.value(var))]
    return drafts


def _pool_drafts(model: _Model, solver: cp_model.CpSolver) -> list[Draft]:
    learners = {d.lea_id: d.learners for d in model.demands}
    regions = {d.lea_id: d.region for d in model.demands}
    return [
        (
            "combined",
            region,
            slot,
            {
                lea_id: learners[lea_id]
                for (lea_id, s, n), var in model.member.items()
                if (s, n) == (slot, number) and regions[lea_id] == region and solver.value(var)
            },
        )
        for (region, slot, number), opened in model.pool.items()
        if solver.value(opened)
    ]


def _why_unplaced(demand: DistrictDemand, model: _Model) -> Ruling:
    if not _usable_slots(demand, model.facilitators):
        return Ruling(
            RULE, "waiting", "No facilitator is available in the slots that the district marked; mark others."
        )
    pooled = _pooled_by_region(model).get(demand.region, [])
    in_region = sum(d.learners for d in pooled if set(d.slot_ranks) & set(demand.slot_ranks))
    if demand in pooled and in_region < model.cohorts.minimum_participants:
        reason = (
            f"The region has {in_region} learners with a slot in common and a cohort needs "
            f"{model.cohorts.minimum_participants}; more sign-ups or another slot would help."
        )
        return Ruling(RULE, "waiting", reason)
    return Ruling(
        RULE, "waiting", "The facilitators' cohorts are all taken in the common slots; another one would help."
    )
