"""Why a district's learners have no cohort, and the cheapest change that would give them one.

A change is named only if the plan as it stands can take it: room in a cohort, or somebody free to lead one more.
Source: FAQ I (15 to run a cohort), FAQ III (day and time that fit); ruling: nobody waits without a reason.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property

from rules.cohort_sizes import private_cohort_sizes
from rules.cohorts.solver.cohort_plan import placed_by
from rules.cohorts.solver.cohort_problem import Problem
from rules.cohorts.solver.facilitation import overbooked
from rules.rule_ids import RuleId
from rules.wording import count
from schemas.kinds import ChangeKind
from schemas.records import DistrictDemand, PlannedCohort, Ruling
from schemas.statuses import CohortKind, Outcome

RULE = RuleId.COHORT_PLAN


def place(kind: str, cohort_id: str, slot: str, starts_on: date) -> Ruling:
    """What a participant is told who is placed in a cohort of the plan, with its weekly time and its first day."""
    return Ruling(RULE, Outcome.PLACED, f"Placed in the {kind} cohort {cohort_id}, {slot}, from {starts_on}.")


@dataclass(frozen=True, slots=True)
class Change:
    """What would place a district: another slot for it, more cohorts that somebody leads in a slot, or more learners there."""

    kind: ChangeKind
    slot: str
    number: int

    @property
    def sentence(self) -> str:
        """The change in words for the district lead and program staff."""
        if self.kind is ChangeKind.SLOT:
            return f"The district would be placed if it could also meet on {self.slot}, where there is room."
        if self.kind is ChangeKind.FACILITATOR:
            return f"The district would be placed if somebody could lead {count(self.number, 'more cohort')} on {self.slot}."
        more = count(self.number, "more participant")
        return f"The district would be placed if {more} of other small districts met on {self.slot}."


@dataclass(frozen=True)
class Standing:
    """The plan as it stands: its cohorts, who waits, and what was asked; what many districts ask of it is looked up once."""

    planned: Sequence[PlannedCohort]
    waiting: Sequence[DistrictDemand]
    problem: Problem
    _led: dict[tuple[str, int], bool] = field(default_factory=dict, compare=False)

    def can_lead(self, slot: str, more: int) -> bool:
        """Whether so many more cohorts can be led in the slot."""
        if (slot, more) not in self._led:
            counts = self._cohorts + Counter({slot: more})
            self._led[slot, more] = overbooked(counts, self.problem.facilitators, self.problem.blocks) is None
        return self._led[slot, more]

    def pools_in(self, state: str, slot: str) -> Sequence[PlannedCohort]:
        """The combined cohorts of a state in a slot."""
        return self._pools[state, slot]

    def waiting_in(self, state: str, slot: str) -> int:
        """How many learners of small districts of the state wait who can meet in the slot."""
        return self._waiting[state, slot]

    def able_in(self, state: str, slot: str) -> int:
        """How many learners of small districts of the state can meet in the slot, placed or not."""
        return self._able[state, slot]

    @cached_property
    def _cohorts(self) -> Counter[str]:
        return Counter(cohort.slot for cohort in self.planned)

    @cached_property
    def _pools(self) -> Mapping[tuple[str, str], list[PlannedCohort]]:
        pools: dict[tuple[str, str], list[PlannedCohort]] = defaultdict(list)
        for cohort in self.planned:
            if cohort.kind == CohortKind.COMBINED:
                pools[self._state_of(cohort), cohort.slot].append(cohort)
        return pools

    def _state_of(self, cohort: PlannedCohort) -> str:
        return self.problem.by_lea_id[next(iter(cohort.learners_by_lea_id))].state

    @cached_property
    def _able(self) -> Counter[tuple[str, str]]:
        return _learners_by_slot(demand for part in self.problem.pooled_by_state.values() for demand in part)

    @cached_property
    def _waiting(self) -> Counter[tuple[str, str]]:
        return _learners_by_slot(d for d in self.waiting if not private_cohort_sizes(d.learners, self.problem.cohorts))


def _learners_by_slot(demands: Iterable[DistrictDemand]) -> Counter[tuple[str, str]]:
    """The learners of each state who can meet in each slot."""
    learners: Counter[tuple[str, str]] = Counter()
    for demand in demands:
        learners.update({(demand.state, slot): demand.learners for slot in demand.slot_ranks})
    return learners


def why_unplaced(planned: Sequence[PlannedCohort], problem: Problem) -> Mapping[str, Ruling]:
    """The reason for each district that is not in the plan, and what would help it."""
    placed = placed_by(planned)
    standing = Standing(planned, [d for d in problem.demands if d.lea_id not in placed], problem)
    return {
        d.lea_id: Ruling(RULE, Outcome.WAITING, f"{_reason(d, standing)} {cheapest_change(d, standing).sentence}")
        for d in standing.waiting
    }


def _reason(demand: DistrictDemand, standing: Standing) -> str:
    problem = standing.problem
    usable = problem.usable_slots(demand)
    if not usable:
        return "At the times that the district marked, no facilitator can lead all sessions on school days."
    if not private_cohort_sizes(demand.learners, problem.cohorts):
        most, least = (
            max(standing.able_in(demand.state, slot) for slot in usable),
            problem.cohorts.minimum_participants,
        )
        if most < least:
            together = (
                f"At these times, the districts without cohorts of their own have {count(most, 'participant')} together"
            )
            return f"{together}, and a cohort needs {least}."
    if not any(standing.can_lead(slot, 1) for slot in usable):
        return "At the times that the district marked, no facilitator can lead another cohort."
    return "The plan that places the most participants has no cohort with room for those of this district."


def cheapest_change(demand: DistrictDemand, standing: Standing) -> Change:
    """Another slot costs nobody anything; then somebody who leads one more; then more learners."""
    sizes = private_cohort_sizes(demand.learners, standing.problem.cohorts)
    needed = max(len(sizes), 1)
    other = _slot_with_room(demand, standing, len(sizes))
    if other:
        return Change(ChangeKind.SLOT, other, 1)
    ordered = sorted(demand.slot_ranks, key=lambda slot: (demand.slot_ranks[slot], slot))
    if sizes:
        return Change(ChangeKind.FACILITATOR, ordered[0], needed)
    short = {
        slot: standing.problem.cohorts.minimum_participants - standing.waiting_in(demand.state, slot)
        for slot in ordered
    }
    led = [slot for slot in ordered if short[slot] > 0 and standing.can_lead(slot, 1)]
    enough = [slot for slot in ordered if short[slot] <= 0]
    if enough:
        return Change(ChangeKind.FACILITATOR, enough[0], needed)
    best = min(led or ordered, key=lambda slot: short[slot])
    return Change(ChangeKind.LEARNERS, best, short[best])


def _slot_with_room(demand: DistrictDemand, standing: Standing, private_cohorts: int) -> str | None:
    """A slot that the district did not mark in which its learners would go in as things stand."""
    problem = standing.problem
    for slot in sorted(problem.offered - set(demand.slot_ranks)):
        if private_cohorts and standing.can_lead(slot, private_cohorts) and problem.meets(slot, (demand.lea_id,)):
            return slot
        for cohort in () if private_cohorts else standing.pools_in(demand.state, slot):
            together = sum(cohort.learners_by_lea_id.values()) + demand.learners
            lea_ids = tuple(sorted((*cohort.learners_by_lea_id, demand.lea_id)))
            if together <= problem.cohorts.maximum_participants and problem.meets(slot, lea_ids):
                return slot
    return None
