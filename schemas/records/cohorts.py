"""Records of cohort planning: who waits, who can lead, and the plan."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from schemas.records.common import Ruling
from schemas.statuses import CohortKind


@dataclass(frozen=True, slots=True)
class StartWindow:
    """The days between which a district prefers its cohorts to start, both included; either may be open."""

    start_from: date | None = None
    start_until: date | None = None

    @property
    def is_named(self) -> bool:
        """Whether the district prefers anything."""
        return self != StartWindow()


@dataclass(frozen=True, slots=True)
class DistrictDemand:
    """A district's certification learners who wait for a cohort, and the slots that suit it (best is rank 1).

    All districts of a ``state`` may share a cohort; a season has one, and needs not name it.
    """

    lea_id: str
    learners: int
    slot_ranks: Mapping[str, int]
    state: str = ""


@dataclass(frozen=True, slots=True)
class FacilitatorOffer:
    """When a facilitator can lead sessions, and how many cohorts."""

    facilitator_id: str
    slots: tuple[str, ...]
    maximum_cohorts: int


@dataclass(frozen=True, slots=True)
class PlannedCohort:
    """One cohort of a plan: its slot, who leads it, and how many learners of each district."""

    kind: CohortKind
    slot: str
    facilitator_id: str
    learners_by_lea_id: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class CohortPlan:
    """A plan of cohorts with the value and the proven bound of each objective level."""

    cohorts: tuple[PlannedCohort, ...]
    unplaced: Mapping[str, Ruling]
    values: Mapping[str, int]
    bounds: Mapping[str, int]

    @property
    def not_proven(self) -> tuple[str, ...]:
        """Each level at which a better plan may exist: what the plan reached, and what none can exceed."""
        return tuple(
            f"{name.replace('_', ' ')} {self.values[name]:,} (proven: none better than {bound:,})"
            for name, bound in self.bounds.items()
            if self.values[name] != bound
        )
