"""What is to be planned: districts, facilitators, slots, and who has a place already."""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from types import MappingProxyType

from rules.cohort_sizes import private_cohort_sizes
from rules.meetings import blocks_of
from schemas.policy import Cohorts
from schemas.records import DistrictDemand, FacilitatorOffer

Standings = Mapping[str, Mapping[str, int]]
NOBODY_STANDS: Standings = MappingProxyType({})
Meets = Callable[[str, tuple[str, ...]], bool]


def always_meet(_slot: str, _lea_ids: tuple[str, ...]) -> bool:
    """Whether districts can meet in a slot, where nothing is known of their closed days."""
    return True


@dataclass(frozen=True)
class Problem:
    """What is to be planned; ``groups_listed`` is how many groups of districts a slot may have to be listed one by one.

    ``standing`` are learners of each district who have a slot already, by slot.
    """

    demands: Sequence[DistrictDemand]
    facilitators: Sequence[FacilitatorOffer]
    cohorts: Cohorts
    meets: Meets = always_meet
    groups_listed: int = 300
    standing: Standings = field(default_factory=lambda: NOBODY_STANDS)

    @cached_property
    def offered(self) -> frozenset[str]:
        """The slots in which somebody can lead."""
        return frozenset(slot for facilitator in self.facilitators for slot in facilitator.slots)

    @cached_property
    def blocks(self) -> Mapping[str, str]:
        """The slots that districts can meet in, each with the first of those with which it is linked by overlaps."""
        return blocks_of({slot for demand in self.demands for slot in demand.slot_ranks} | self.offered, self.cohorts)

    def usable_slots(self, demand: DistrictDemand) -> list[str]:
        """The slots that suit the district, in which somebody can lead, and in which five sessions find a day."""
        return sorted(slot for slot in self.offered & set(demand.slot_ranks) if self.meets(slot, (demand.lea_id,)))

    @cached_property
    def by_lea_id(self) -> Mapping[str, DistrictDemand]:
        """The districts by their id."""
        return {demand.lea_id: demand for demand in self.demands}

    def stand_in(self, lea_id: str, slot: str) -> int:
        """How many learners of a district have the slot already."""
        return self.standing.get(lea_id, {}).get(slot, 0)

    @cached_property
    def pooled_by_state(self) -> Mapping[str, list[DistrictDemand]]:
        """The districts that are too small for a cohort of their own."""
        states: dict[str, list[DistrictDemand]] = defaultdict(list)
        for demand in self.demands:
            if demand.learners > 0 and not private_cohort_sizes(demand.learners, self.cohorts):
                states[demand.state].append(demand)
        return dict(sorted(states.items()))

    def private(self) -> list[DistrictDemand]:
        """The districts that get cohorts of their own."""
        return [d for d in self.demands if private_cohort_sizes(d.learners, self.cohorts)]
