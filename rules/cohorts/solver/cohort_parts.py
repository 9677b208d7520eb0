"""The cohort plan of a whole nation: state by state, at the prices that the relaxation puts on the slots.

The relaxation of everything gives the bounds, and what a cohort in a slot costs all others. At these prices every state is
solved for itself; the private cohorts then take what is left, which is close to a flow and solved exactly.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import takewhile
from math import ceil, inf
from time import monotonic

from rules.cohorts.solver.cohort_model import bound_overbooked, model_of
from rules.cohorts.solver.cohort_plan import Draft, drafts_of, forbid, placed_by, slot_counts, unpacked, values_of
from rules.cohorts.solver.cohort_problem import Problem
from rules.cohorts.solver.cohort_variables import LEVELS, Model
from rules.cohorts.solver.facilitation import overbooked
from rules.cohorts.solver.programs import EPSILON, Floats, Search, Solution, Watch, solve

PLACED_FIRST = 100.0  # a learner placed outweighs this much of learners x rank
POOL_SECONDS = 30.0  # for the pools of all states together
PRIVATE_SECONDS = 15.0  # for each level of the private cohorts
LEAST_SECONDS = 0.4
MEND_SECONDS = 10.0
SLACK_SECONDS = 10.0
SOME_MISSING = 20  # learners: as many more in a row cost each the more, so that the price of one says too little
AGAIN = 20


@dataclass(frozen=True, slots=True)
class Prices:
    """What a learner who is placed is worth, and what a cohort costs in each slot, both in learners x rank."""

    learner: float
    cohort: Mapping[str, float]


def solve_led(model: Model, problem: Problem, costs: Floats, search: Search) -> Solution:
    """The least cost of which every cohort can be led: a set of slots that is overbooked is bounded, and it is solved again.

    A relaxation is only asked for its cost and prices: both hold as soon as a bound has changed the cost no more.
    """
    before = -inf
    while True:
        found = solve(model.program, costs, search)
        is_settled = not search.is_whole and found.cost < before + EPSILON
        if not len(found.values) or is_settled or not bound_overbooked(model, problem, found.values):
            return found
        before = found.cost


def plan_in_parts(problem: Problem, watch: Watch) -> tuple[list[Draft], Mapping[str, int]]:
    """A plan, and the proven bound of each level within what the levels before it reached."""
    whole = model_of(replace(problem, groups_listed=0))
    search = Search(is_whole=False, watch=watch)
    watch("the relaxation of everything: learners_placed")
    placed = solve_led(whole, problem, whole.program.level(0), search)
    whole.reach(0, ceil(placed.cost - EPSILON))
    watch("the relaxation of everything: rank_cost")
    ranks = solve_led(whole, problem, whole.program.level(1), search)
    relaxed = _Relaxed(whole, placed, ranks)
    drafts = _pools(problem, _prices(relaxed), watch)
    watch("the private cohorts")
    drafts += _private(problem, slot_counts(drafts), watch)
    drafts = _mended(problem, drafts, watch)
    return drafts, _bounds(relaxed, problem, drafts, search)


@dataclass(frozen=True, slots=True)
class _Relaxed:
    """The relaxation of everything, with what its first two levels came to."""

    whole: Model
    placed: Solution
    ranks: Solution


def _prices(relaxed: _Relaxed) -> Prices:
    """The prices of both levels, those of the first counted as much more."""
    in_learners = _slot_prices(relaxed.whole, relaxed.placed)
    in_ranks = _slot_prices(relaxed.whole, relaxed.ranks)
    learner = PLACED_FIRST - float(relaxed.ranks.row_prices[relaxed.whole.level_rows[0]])
    return Prices(learner, {slot: PLACED_FIRST * in_learners[slot] + in_ranks[slot] for slot in in_ranks})


def _slot_prices(whole: Model, found: Solution) -> Mapping[str, float]:
    """What one more cohort in a slot costs all others, in what the level counts."""
    return {slot: -float(found.row_prices[row]) for slot, row in whole.slot_rows.items()}


def _pools(problem: Problem, prices: Prices, watch: Watch) -> list[Draft]:
    """The pools of every state, one after the other, within what the states before it left of the facilitators."""
    drafts: list[Draft] = []
    states = problem.pooled_by_state
    districts = sum(map(len, states.values()))
    for number, (state, demands) in enumerate(states.items(), start=1):
        watch(f"state {number} of {len(states)}: {state}, {len(demands)} districts")
        search = Search(seconds=LEAST_SECONDS + POOL_SECONDS * len(demands) / districts, watch=watch)
        drafts += _pools_of(replace(problem, demands=demands), prices, slot_counts(drafts), search)
    return drafts


def _pools_of(problem: Problem, prices: Prices, taken: Counter[str], search: Search) -> list[Draft]:
    """The pools of one state at these prices, all of which can be led and into which all their districts go."""
    model = model_of(problem, private=False, taken=taken)
    costs = model.program.level(1) + prices.learner * model.program.level(0)
    for slot, number in model.slots.items():
        costs[number] = prices.cohort[slot] + 1 / (1 + sum(d.learners for d in problem.demands))
    tries = AGAIN
    while tries > 0:
        found = solve(model.program, costs, search)
        if not len(found.values):  # no time to find anything
            return []
        drafts = drafts_of(model, found.values, problem)
        left_over = unpacked(model, found.values, problem, drafts)
        if not bound_overbooked(model, problem, found.values) and not left_over:
            break
        for members in left_over:
            forbid(model, members, found.values)
        tries -= 1 if found.is_proven else AGAIN // 2  # what ran out of time is tried twice
    return _that_can_be_led(drafts, problem, taken)


def _that_can_be_led(drafts: list[Draft], problem: Problem, taken: Counter[str]) -> list[Draft]:
    """The pools without the smallest ones of the slots in which too many were left."""
    kept = sorted(drafts, key=lambda draft: (sum(draft.learners_by_lea_id.values()), draft.slot), reverse=True)
    while too_many := overbooked(slot_counts(kept) + taken, problem.facilitators, problem.blocks):
        kept.remove(next(draft for draft in reversed(kept) if draft.slot in too_many))
    return kept


def _private(problem: Problem, taken: Counter[str], watch: Watch) -> list[Draft]:
    """The private cohorts in what the pools left: most learners, then the slots they like best."""
    model = model_of(problem, pooled=False, taken=taken)
    search = Search(seconds=min(problem.cohorts.solver_seconds, PRIVATE_SECONDS), watch=watch)
    drafts: list[Draft] = []
    for level in (0, 1):
        found = solve_led(model, problem, model.program.level(level), search)
        if not len(found.values):  # no time to find anything
            break
        model.reach(level, round(found.cost))
        drafts = drafts_of(model, found.values, problem)
    return drafts


def _mended(problem: Problem, drafts: list[Draft], watch: Watch) -> list[Draft]:
    """States in which districts wait are planned once more, within what all others left: a slot costs nobody anything now."""
    parts, until = _parts_with_waiting(problem, drafts), monotonic() + MEND_SECONDS
    seconds = max(MEND_SECONDS / (2 * len(parts)), LEAST_SECONDS) if parts else 0.0
    nothing = Prices(PLACED_FIRST, dict.fromkeys(sorted(problem.offered), 0.0))
    for part in takewhile(lambda _: monotonic() < until, parts):
        watch(f"once more: {part.demands[0].state}")
        own = {demand.lea_id for demand in part.demands}
        others = [draft for draft in drafts if not own & draft.learners_by_lea_id.keys()]
        again = _pools_of(part, nothing, slot_counts(others), Search(seconds=seconds, watch=watch))
        drafts = max(drafts, [*others, *again], key=lambda plan: values_of(plan, problem)[LEVELS[0]])
    return drafts


def _bounds(relaxed: _Relaxed, problem: Problem, drafts: Sequence[Draft], search: Search) -> Mapping[str, int]:
    """What no plan can be better than, at each level, given what the plan reached at the levels before it."""
    whole, placed, ranks = relaxed.whole, relaxed.placed, relaxed.ranks
    least = ceil(placed.cost - EPSILON)
    missing = -values_of(drafts, problem)[LEVELS[0]] - least
    slack = _slack(_parts_with_waiting(problem, drafts), _slot_prices(whole, placed), search.watch) if missing else 0.0
    least_ranks = ranks.cost + missing * float(ranks.row_prices[whole.level_rows[0]])
    bounds = {LEVELS[0]: -ceil(placed.cost + slack - EPSILON), LEVELS[1]: ceil(least_ranks - EPSILON)}
    whole.reach(0, least + missing)
    for number, name in list(enumerate(LEVELS))[1 if missing > SOME_MISSING else 2 :]:
        search.watch(f"the bound of level {number + 1} of {len(LEVELS)}: {name}")
        bounds[name] = ceil(solve(whole.program, whole.program.level(number), search).bound - EPSILON)
    return bounds


def _parts_with_waiting(problem: Problem, drafts: Sequence[Draft]) -> list[Problem]:
    """The states in which small districts wait."""
    placed = placed_by(drafts)
    states = problem.pooled_by_state.values()
    return [replace(problem, demands=part) for part in states if any(d.lea_id not in placed for d in part)]


def _slack(parts: Sequence[Problem], prices: Mapping[str, float], watch: Watch) -> float:
    """How many learners fewer whole pools of these states place than their relaxation, at the prices of the first level."""
    slack, until = 0.0, monotonic() + SLACK_SECONDS
    seconds = max(SLACK_SECONDS / len(parts), LEAST_SECONDS) if parts else 0.0
    for part in takewhile(lambda _: monotonic() < until, parts):  # a state that is left out leaves the bound looser
        exact = _least(part, prices, Search(seconds=seconds, watch=watch))
        slack += max(exact - _least(replace(part, groups_listed=0), prices, Search(is_whole=False, watch=watch)), 0.0)
    return slack


def _least(part: Problem, prices: Mapping[str, float], search: Search) -> float:
    """What the pools of a state cost at least, in learners not placed and in cohorts at these prices."""
    model = model_of(part, private=False)
    costs = model.program.level(0)
    for slot, number in model.slots.items():
        costs[number] = prices[slot]
    return solve(model.program, costs, search).bound
