"""A cohort plan made again when the world has changed: most learners placed, then the fewest people moved, and what moves.

Cohorts of which a session has been held are not planned again: their learners and their facilitators' slots are not part of
the question. Source: FAQ III (day and time that fit); ruling: nobody is moved without need.
"""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from rules.cohorts import plan_cohorts
from rules.planning.cohort_model import Meets, always_meet
from rules.planning.programs import Watch, nobody_watches
from schemas.policy import Cohorts
from schemas.records import CohortPlan, DistrictDemand, FacilitatorOffer, PlannedCohort


@dataclass(frozen=True, slots=True)
class Moved:
    """So many learners of a district change from a slot to another; from nothing are new ones, to nothing are left over."""

    lea_id: str
    from_slot: str | None
    to_slot: str | None
    learners: int


def replan_cohorts(
    before: Sequence[PlannedCohort],
    demands: Sequence[DistrictDemand],
    facilitators: Sequence[FacilitatorOffer],
    cohorts: Cohorts,
    *,
    meets: Meets = always_meet,
    watch: Watch = nobody_watches,
) -> tuple[CohortPlan, tuple[Moved, ...]]:
    """The plan for everybody who is in ``demands``, of whom some are in the cohorts ``before``, and who moves.

    Raises:
        ArithmeticError: the solver failed, or found nothing within the policy's ``solver_seconds``.
    """
    learners = {demand.lea_id: demand.learners for demand in demands}
    standing = _by_slot(before, learners)
    plan = plan_cohorts(demands, facilitators, cohorts, meets=meets, watch=watch, standing=standing)
    after = _by_slot(plan.cohorts, learners)
    moves = [
        move
        for lea_id in sorted(learners)
        for move in moves_of(lea_id, standing.get(lea_id, {}), after.get(lea_id, {}))
    ]
    return plan, tuple(moves)


def _by_slot(cohorts: Sequence[PlannedCohort], learners: Mapping[str, int]) -> Mapping[str, Mapping[str, int]]:
    """The learners of each district in each slot, no more than there are: leavers have left the slot they had."""
    found: dict[str, Counter[str]] = defaultdict(Counter)
    for cohort in sorted(cohorts, key=lambda cohort: cohort.slot):
        for lea_id, number in cohort.learners_by_lea_id.items():
            left = learners.get(lea_id, 0) - found[lea_id].total()
            found[lea_id][cohort.slot] += min(number, left)
    return found


def moves_of(lea_id: str, before: Mapping[str, int], after: Mapping[str, int]) -> list[Moved]:
    """Who of a district changes the slot, and whose learners are new or left over."""
    slots = sorted(before.keys() | after.keys())
    leaving = [slot for slot in slots for _ in range(before.get(slot, 0) - after.get(slot, 0))]
    coming = [slot for slot in slots for _ in range(after.get(slot, 0) - before.get(slot, 0))]
    longest = max(len(leaving), len(coming))
    pairs = zip(_padded(leaving, longest), _padded(coming, longest), strict=True)
    return [Moved(lea_id, start, end, number) for (start, end), number in Counter(pairs).items()]


def _padded(slots: Sequence[str], length: int) -> list[str | None]:
    return [*slots, *(None,) * (length - len(slots))]
