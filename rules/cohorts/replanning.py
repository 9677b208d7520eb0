"""A cohort plan made again when the world has changed: most learners placed, then the fewest people moved, and what moves.

Cohorts of which a session has been held are not planned again: their learners and their facilitators' slots are not part of
the question. Source: FAQ III (day and time that fit); ruling: nobody is moved without need.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from rules.cohorts.plan import plan_cohorts
from rules.cohorts.solver.cohort_problem import Meets, always_meet
from rules.cohorts.solver.facilitation import LedSlot, leaders_by_slot
from rules.cohorts.solver.programs import Watch, nobody_watches
from rules.meetings import blocks_of
from rules.rule_ids import RuleId
from schemas.policy import Cohorts
from schemas.records import CohortPlan, DistrictDemand, FacilitatorOffer, PlannedCohort, Ruling
from schemas.statuses import Outcome

RULE = RuleId.COHORT_REPLAN


@dataclass(frozen=True, slots=True)
class Moved:
    """So many learners of a district change from a slot to another; from nothing are new ones, to nothing are left over."""

    lea_id: str
    from_slot: str | None
    to_slot: str | None
    learners: int


@dataclass(frozen=True, slots=True)
class LearnerPlace:
    """A learner with the district, and the cohort and slot that they have now, if any."""

    email: str
    lea_id: str
    cohort_id: str | None = None
    slot: str | None = None


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
    plan = _led_as_before(
        plan_cohorts(demands, facilitators, cohorts, meets=meets, watch=watch, standing=standing),
        before,
        facilitators,
        cohorts,
    )
    after = _by_slot(plan.cohorts, learners)
    moves = [
        move
        for lea_id in sorted(learners)
        for move in moves_of(lea_id, standing.get(lea_id, {}), after.get(lea_id, {}))
    ]
    return plan, tuple(moves)


def _led_as_before(
    plan: CohortPlan, before: Sequence[PlannedCohort], facilitators: Sequence[FacilitatorOffer], cohorts: Cohorts
) -> CohortPlan:
    """The same plan, with as many facilitators as possible in the slots in which they lead already."""
    so_far = {LedSlot(cohort.facilitator_id, cohort.slot) for cohort in before}
    wanted = Counter(cohort.slot for cohort in plan.cohorts)
    leaders = leaders_by_slot(wanted, facilitators, blocks_of(wanted, cohorts), so_far)
    found = tuple(replace(cohort, facilitator_id=leaders[cohort.slot].pop(0)) for cohort in plan.cohorts)
    return replace(plan, cohorts=found)


def continued(before: Mapping[str, PlannedCohort], after: Sequence[PlannedCohort]) -> list[str | None]:
    """Which cohort each planned one continues, if any: of the same kind and slot, the one with most people in common.

    Source: ruling: nobody is moved without need.
    """
    pairs = [
        (_in_common(cohort, planned), cohort.facilitator_id == planned.facilitator_id, cohort_id, number)
        for number, planned in enumerate(after)
        for cohort_id, cohort in before.items()
        if (cohort.kind, cohort.slot) == (planned.kind, planned.slot)
    ]
    found: dict[int, str] = {}
    for people, _, cohort_id, number in sorted(pairs, key=lambda pair: (-pair[0], not pair[1], pair[2], pair[3])):
        if people and number not in found and cohort_id not in found.values():
            found[number] = cohort_id
    return [found.get(number) for number in range(len(after))]


def led_on(
    planned: Sequence[PlannedCohort], continues: Sequence[str | None], before: Mapping[str, PlannedCohort]
) -> list[PlannedCohort]:
    """The same cohorts with the same leaders in each slot; a cohort that goes on keeps its own who still leads in the slot.

    Source: ruling: nobody is moved without need.
    """
    free: dict[str, list[str]] = defaultdict(list)
    for cohort in planned:
        free[cohort.slot].append(cohort.facilitator_id)
    own = [before[cohort_id].facilitator_id if cohort_id else "" for cohort_id in continues]
    keeps = [leader in free[cohort.slot] for leader, cohort in zip(own, planned, strict=True)]
    for leader, cohort, is_kept in zip(own, planned, keeps, strict=True):
        if is_kept:
            free[cohort.slot].remove(leader)
    return [
        replace(cohort, facilitator_id=leader if is_kept else free[cohort.slot].pop(0))
        for leader, cohort, is_kept in zip(own, planned, keeps, strict=True)
    ]


def handed_over(now: Mapping[str, str], then: Mapping[str, str]) -> list[tuple[str, str]]:
    """The cohorts that get another leader, in an order in which nobody leads two at once: they hand over before they take.

    Source: ruling on facilitators (one meeting at a time).
    """
    left = {cohort_id: leader for cohort_id, leader in sorted(then.items()) if now[cohort_id] != leader}
    found = []
    while left:
        still_lead = {now[cohort_id] for cohort_id in left}
        free = (cohort_id for cohort_id, leader in left.items() if leader not in still_lead)
        cohort_id = next(free, next(iter(left)))
        found.append((cohort_id, left.pop(cohort_id)))
    return found


def _in_common(one: PlannedCohort, other: PlannedCohort) -> int:
    return (Counter(one.learners_by_lea_id) & Counter(other.learners_by_lea_id)).total()


def seated(
    people: Sequence[LearnerPlace],
    planned: Sequence[PlannedCohort],
    continues: Sequence[str | None],
) -> Mapping[str, int | None]:
    """Where everybody goes: the number of a planned cohort, or nothing for who has to wait.

    Whoever can stays in the cohort, others of them in the slot; the rest is filled in the order of the addresses.
    Source: ruling: nobody is moved without need.
    """
    room = Counter(
        {
            (number, lea_id): n
            for number, cohort in enumerate(planned)
            for lea_id, n in cohort.learners_by_lea_id.items()
        }
    )
    found: dict[str, int | None] = {}
    for stays in (
        lambda number, cohort_id, _slot: cohort_id is not None and continues[number] == cohort_id,
        lambda number, _cohort_id, slot: planned[number].slot == slot,
        lambda _number, _cohort_id, _slot: True,
    ):
        for who in sorted(people, key=lambda who: who.email):
            able = [n for n in range(len(planned)) if room[n, who.lea_id] and stays(n, who.cohort_id, who.slot)]
            if who.email not in found and able:
                found[who.email] = able[0]
                room[able[0], who.lea_id] -= 1
    return {who.email: found.get(who.email) for who in people}


def who_moves(
    people: Sequence[LearnerPlace], seats: Mapping[str, int | None], continues: Sequence[str | None]
) -> Mapping[str, int | None]:
    """Who does not stay where they are, in the order of the addresses, with what ``seated`` found for them.

    Whoever waits and has to wait on is not among them. Source: ruling: nobody is moved without need.
    """
    found = {}
    for who in sorted(people, key=lambda who: who.email):
        number = seats[who.email]
        will_have = None if number is None else continues[number]
        waits_on = number is None and who.cohort_id is None
        if not waits_on and (will_have is None or will_have != who.cohort_id):
            found[who.email] = number
    return found


def keeps_its_days(days: Collection[date], closed: Collection[date]) -> bool:
    """Whether a cohort goes on with other districts: none of them is ``closed`` on a day on which it meets already.

    Source: FAQ III (day and time that fit).
    """
    return not set(days) & set(closed)


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


def may_replan(reason: str) -> Ruling:
    """Whether an operator may have cohorts planned again: with a reason."""
    if not reason.strip():
        return Ruling(RULE, Outcome.REJECTED, "To plan cohorts again needs a reason; it stays on record.")
    return Ruling(RULE, Outcome.ACCEPTED, f"Cohorts are planned again: {reason.strip()}.")


def let_facilitator_go(reason: str) -> Ruling:
    """What is told of a facilitator who leads no cohorts from now on."""
    return Ruling(RULE, Outcome.LEFT, f"Leads no more cohorts: {reason}.")


def dissolve(reason: str) -> Ruling:
    """What is told of a cohort that never met and is not part of the new plan."""
    return Ruling(RULE, Outcome.DISSOLVED, f"Dissolved before its first session: {reason}.")


def change_leader(facilitator_id: str, reason: str) -> Ruling:
    """What is told of a cohort that goes on with another facilitator."""
    return Ruling(RULE, Outcome.LED_ANEW, f"Led by {facilitator_id} from now on: {reason}.")


def ask_for_a_leader(reason: str) -> Ruling:
    """What operators are told of a cohort that has met and that nobody can lead: they decide."""
    told = f"No facilitator is free at its time; find somebody, or merge it with another cohort: {reason}."
    return Ruling(RULE, Outcome.OPERATOR, told)


def lose_slot(facilitator_id: str, slot: str, slots: Collection[str]) -> Ruling | None:
    """What operators are told of a cohort with sessions ahead whose facilitator can no longer lead in its slot; they decide."""
    if slot in slots:
        return None
    told = f"{facilitator_id} can no longer lead in {slot}, and the cohort has sessions ahead: replan it, or reschedule them."
    return Ruling(RuleId.FACILITATOR_SLOT, Outcome.OPERATOR, told)


def place_again(kind: str, cohort_id: str, slot: str, reason: str) -> Ruling:
    """What a participant is told whom the new plan places in another cohort."""
    return Ruling(RULE, Outcome.PLACED, f"Placed in the {kind} cohort {cohort_id}, {slot}: {reason}.")


def let_wait(reason: str) -> Ruling:
    """What a participant is told whose cohort cannot be held and for whom no other has room."""
    return Ruling(RULE, Outcome.WAITING, f"The cohort cannot be held, and no other has room yet: {reason}.")
