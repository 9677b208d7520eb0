"""A plan at once: cohorts with the most learners first, as long as somebody can lead them.

Every search begins with it, and it is what there is when a search has no time.
"""

from collections.abc import Iterator, Mapping, Sequence

from rules.cohort_sizes import private_cohort_sizes
from rules.cohorts.solver.cohort_plan import Draft, slot_counts, ways_to_fill
from rules.cohorts.solver.cohort_problem import Problem
from rules.cohorts.solver.facilitation import overbooked
from schemas.records import DistrictDemand
from schemas.statuses import CohortKind


def greedy_plan(problem: Problem) -> list[Draft]:
    """Pools first or private cohorts first, whichever places more; of each kind the fullest ones first."""
    ways = []
    for kinds in ((_private, _pools), (_pools, _private)):
        drafts: list[Draft] = []
        for add in kinds:
            drafts += add(problem, drafts)
        ways.append(drafts)
    return max(ways, key=lambda drafts: sum(sum(draft.learners_by_lea_id.values()) for draft in drafts))


def _can_be_led(problem: Problem, drafts: Sequence[Draft]) -> bool:
    return overbooked(slot_counts(drafts), problem.facilitators, problem.blocks) is None


def _private(problem: Problem, others: Sequence[Draft]) -> list[Draft]:
    """Private cohorts, those with the most learners first."""
    drafts: list[Draft] = []
    sized = [(private_cohort_sizes(demand.learners, problem.cohorts), demand) for demand in problem.private()]
    for sizes, demand in sorted(sized, key=lambda both: (-both[1].learners / len(both[0]), both[1].lea_id)):
        drafts += _all_or_none(problem, demand, sizes, [*others, *drafts])
    return drafts


def _all_or_none(
    problem: Problem, demand: DistrictDemand, sizes: Sequence[int], others: Sequence[Draft]
) -> list[Draft]:
    """All of a district's cohorts, in the slots that it likes best of those that can be led."""
    own: list[Draft] = []
    for slot in sorted(problem.usable_slots(demand), key=lambda slot: (demand.slot_ranks[slot], slot)):
        while len(own) < len(sizes):
            more = Draft(CohortKind.PRIVATE, demand.state, slot, {demand.lea_id: sizes[len(own)]})
            if not _can_be_led(problem, [*others, *own, more]):
                break
            own.append(more)
    return own if len(own) == len(sizes) else []


def _pools(problem: Problem, others: Sequence[Draft]) -> list[Draft]:
    """The pools of each state, the fullest first, until none can be led any more."""
    drafts: list[Draft] = []
    for state, demands in problem.pooled_by_state.items():
        waiting = {demand.lea_id: demand.learners for demand in sorted(demands, key=lambda d: (-d.learners, d.lea_id))}
        usable = {demand.lea_id: problem.usable_slots(demand) for demand in demands}
        open_slots = {slot for slots in usable.values() for slot in slots}
        while open_slots:
            able = {slot: {lea_id: n for lea_id, n in waiting.items() if slot in usable[lea_id]} for slot in open_slots}
            pools = _fullest(problem, state, able)
            best = max(pools, key=lambda pool: (sum(pool.learners_by_lea_id.values()), pool.slot), default=None)
            if best is None:
                break
            if _can_be_led(problem, [*others, *drafts, best]):
                drafts.append(best)
                waiting = {lea_id: n for lea_id, n in waiting.items() if lea_id not in best.learners_by_lea_id}
            else:
                open_slots.remove(best.slot)
    return drafts


def _fullest(problem: Problem, state: str, able: Mapping[str, Mapping[str, int]]) -> Iterator[Draft]:
    """The fullest pool of each slot, where there is one whose districts find days together."""
    for slot, sizes in able.items():
        ways = ways_to_fill(sizes, problem.cohorts.maximum_participants)
        total = max(ways)
        if total >= problem.cohorts.minimum_participants and problem.meets(slot, tuple(sorted(ways[total]))):
            yield Draft(CohortKind.COMBINED, state, slot, {lea_id: sizes[lea_id] for lea_id in sorted(ways[total])})
