"""The cohort plan of a whole nation: region by region, at the prices that the relaxation puts on the slots.

The relaxation of everything gives the bounds, and what a cohort in a slot costs all others. At these prices every region is
solved for itself; the private cohorts then take what is left, which is close to a flow and solved exactly.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from math import ceil

from rules.planning.cohort_model import LEVELS, Model, Problem, forbid, limit, model_of
from rules.planning.cohort_plan import Draft, drafts_of, slot_counts, unpacked, values_of
from rules.planning.facilitation import most_cohorts, overbooked
from rules.planning.programs import EPSILON, Floats, Search, Solution, Watch, solve

PLACED_FIRST = 100.0  # a learner placed outweighs this much of learners x rank
POOL_SECONDS = 45.0  # for the pools of all regions together
LEAST_SECONDS = 0.5
AGAIN = 20


@dataclass(frozen=True, slots=True)
class Prices:
    """What a learner who is placed is worth, and what a cohort costs in each slot, both in learners x rank."""

    learner: float
    cohort: Mapping[str, float]


def relaxed(model: Model, problem: Problem, costs: Floats, watch: Watch) -> Solution:
    """The relaxation at a level; a set of slots in which it plans more than can be led is bounded, and it is solved again."""
    while True:
        found = solve(model.program, costs, Search(is_whole=False, watch=watch))
        too_many = overbooked(model.slot_counts(found.values), problem.facilitators)
        if too_many is None:
            return found
        limit(model, too_many, most_cohorts(too_many, problem.facilitators))


def plan_in_parts(problem: Problem, watch: Watch) -> tuple[list[Draft], Mapping[str, int]]:
    """A plan, and the proven bound of each level within what the levels before it reached."""
    whole = model_of(replace(problem, groups_listed=0))
    watch("the relaxation of everything: learners_placed")
    placed = relaxed(whole, problem, whole.program.level(0), watch)
    whole.reach(0, ceil(placed.cost - EPSILON))
    watch("the relaxation of everything: rank_cost")
    ranks = relaxed(whole, problem, whole.program.level(1), watch)
    prices = _prices(whole, placed, ranks)
    drafts = _pools(problem, prices, watch)
    watch("the private cohorts")
    drafts += _private(problem, slot_counts(drafts), watch)
    return drafts, _bounds((whole, placed, ranks), problem, drafts, watch)


def _prices(whole: Model, placed: Solution, ranks: Solution) -> Prices:
    """The prices of both levels, those of the first counted as much more."""
    in_learners = _slot_prices(whole, placed)
    in_ranks = _slot_prices(whole, ranks)
    learner = PLACED_FIRST - float(ranks.row_prices[whole.level_rows[0]])
    return Prices(learner, {slot: PLACED_FIRST * in_learners[slot] + in_ranks[slot] for slot in in_ranks})


def _slot_prices(whole: Model, found: Solution) -> Mapping[str, float]:
    """What one more cohort in a slot costs all others, in what the level counts."""
    return {slot: -float(found.row_prices[row]) for slot, row in whole.slot_rows.items()}


def _pools(problem: Problem, prices: Prices, watch: Watch) -> list[Draft]:
    """The pools of every region, one after the other, within what the regions before it left of the facilitators."""
    drafts: list[Draft] = []
    regions = problem.pooled_by_region()
    districts = sum(map(len, regions.values()))
    for number, (region, demands) in enumerate(regions.items(), start=1):
        watch(f"region {number} of {len(regions)}: {region}, {len(demands)} districts")
        search = Search(seconds=LEAST_SECONDS + POOL_SECONDS * len(demands) / districts, watch=watch)
        drafts += _pools_of(replace(problem, demands=demands), prices, (slot_counts(drafts), search))
    return drafts


def _pools_of(problem: Problem, prices: Prices, given: tuple[Mapping[str, int], Search]) -> list[Draft]:
    """The pools of one region at these prices, all of which can be led and into which all their districts go."""
    taken, search = given
    model = model_of(problem, private=False)
    costs = model.program.level(1) + prices.learner * model.program.level(0)
    for slot, number in model.slots.items():
        costs[number] = prices.cohort[slot] + 1 / (1 + sum(d.learners for d in problem.demands))
    tries = AGAIN
    while tries > 0:
        found = solve(model.program, costs, search)
        if not len(found.values):  # no time to find anything
            return []
        counts = Counter({slot: int(number) for slot, number in model.slot_counts(found.values).items()})
        too_many = overbooked(counts + Counter(taken), problem.facilitators)
        left_over = unpacked(model, found.values, problem)
        if too_many:
            most = most_cohorts(too_many, problem.facilitators)
            limit(model, too_many, most - sum(taken.get(slot, 0) for slot in too_many))
        for members in left_over:
            forbid(model, members, found.values)
        if not too_many and not left_over:
            break
        tries -= 1 if found.is_proven else AGAIN // 2  # what ran out of time is tried twice
    return _that_can_be_led(drafts_of(model, found.values, problem), problem, taken)


def _that_can_be_led(drafts: list[Draft], problem: Problem, taken: Mapping[str, int]) -> list[Draft]:
    """The pools without the smallest ones of the slots in which too many were left."""
    kept = sorted(drafts, key=lambda draft: (sum(draft.learners_by_lea_id.values()), draft.slot), reverse=True)
    while too_many := overbooked(Counter(slot_counts(kept)) + Counter(taken), problem.facilitators):
        kept.remove(next(draft for draft in reversed(kept) if draft.slot in too_many))
    return kept


def _private(problem: Problem, taken: Mapping[str, int], watch: Watch) -> list[Draft]:
    """The private cohorts in what the pools left: most learners, then the slots they like best."""
    model = model_of(problem, pooled=False, taken=taken)
    for level in (0, 1):
        found = _led(model, problem, model.program.level(level), watch)
        model.reach(level, round(found.cost))
    return drafts_of(model, found.values, problem)


def _led(model: Model, problem: Problem, costs: Floats, watch: Watch) -> Solution:
    """The best in whole numbers of which every cohort can be led."""
    while True:
        found = solve(model.program, costs, Search(seconds=problem.cohorts.solver_seconds, watch=watch))
        too_many = overbooked(model.slot_counts(found.values), problem.facilitators)
        if too_many is None:
            return found
        limit(model, too_many, most_cohorts(too_many, problem.facilitators))


def _bounds(
    relaxations: tuple[Model, Solution, Solution], problem: Problem, drafts: Sequence[Draft], watch: Watch
) -> Mapping[str, int]:
    """What no plan can be better than, at each level, given what the plan reached at the levels before it."""
    whole, placed, ranks = relaxations
    reached = values_of(drafts, problem)
    most = placed.cost
    if -reached[LEVELS[0]] > ceil(placed.cost - EPSILON):
        most += sum(_slack(part, whole, placed, watch) for part in _parts_with_waiting(problem, drafts))
    missing = -reached[LEVELS[0]] - ceil(placed.cost - EPSILON)
    least_ranks = ranks.cost + missing * float(ranks.row_prices[whole.level_rows[0]])
    bounds = {LEVELS[0]: -ceil(most - EPSILON), LEVELS[1]: ceil(least_ranks - EPSILON)}
    whole.reach(0, -reached[LEVELS[0]])
    for number, name in enumerate(LEVELS[2:], start=2):
        watch(f"the bound of level {number + 1} of {len(LEVELS)}: {name}")
        bounds[name] = ceil(relaxed(whole, problem, whole.program.level(number), watch).cost - EPSILON)
    return bounds


def _parts_with_waiting(problem: Problem, drafts: Sequence[Draft]) -> list[Problem]:
    """The regions in which small districts wait."""
    placed = {lea_id for draft in drafts for lea_id in draft.learners_by_lea_id}
    regions = problem.pooled_by_region().values()
    return [replace(problem, demands=part) for part in regions if any(d.lea_id not in placed for d in part)]


def _slack(part: Problem, whole: Model, placed: Solution, watch: Watch) -> float:
    """How many learners fewer whole pools of a region place than its relaxation, at the prices of the first level."""
    prices = _slot_prices(whole, placed)
    loose, exact = model_of(replace(part, groups_listed=0), private=False), model_of(part, private=False)
    bounds = []
    for model, search in (
        (loose, Search(is_whole=False, watch=watch)),
        (exact, Search(seconds=LEAST_SECONDS, watch=watch)),
    ):
        costs = model.program.level(0)
        for slot, number in model.slots.items():
            costs[number] = prices[slot]
        bounds.append(solve(model.program, costs, search).bound)
    return max(bounds[1] - bounds[0], 0.0)
