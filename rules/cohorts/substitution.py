"""Who leads a cohort that has begun when its facilitator is gone: somebody who is free at every session that is ahead.

Source: FAQ III (a facilitator leads the sessions); rulings: what has begun goes on, facilitators are in one meeting at a time.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from rules.meetings import Meeting, free_slots, is_free, weekly
from schemas.policy import Cohorts
from schemas.records import FacilitatorOffer


@dataclass(frozen=True, slots=True)
class LedCohort:
    """A cohort that goes on: its slot, and its sessions ahead in local time, of which some may have been moved."""

    slot: str
    sessions: tuple[Meeting, ...]


def substitutes(
    led: Mapping[str, LedCohort],
    facilitators: Sequence[FacilitatorOffer],
    meetings: Mapping[str, Sequence[Meeting]],
    cohorts: Cohorts,
) -> tuple[Mapping[str, str], list[FacilitatorOffer]]:
    """Who takes over cohorts (by their ids), where somebody can; and what is left of the facilitators for a plan.

    Whoever can still lead most takes over; ``meetings`` are those that the facilitators keep.

    Source: FAQ III (a facilitator leads the sessions); ruling: what has begun goes on.
    """
    left = {offer.facilitator_id: offer for offer in facilitators}
    busy = {facilitator_id: list(items) for facilitator_id, items in meetings.items()}
    found: dict[str, str] = {}
    for cohort_id, cohort in sorted(led.items()):
        able = [offer for offer in left.values() if _can_lead(offer, cohort, busy, cohorts)]
        if able:
            best = max(able, key=lambda offer: (offer.maximum_cohorts, offer.facilitator_id))
            found[cohort_id] = best.facilitator_id
            busy.setdefault(best.facilitator_id, []).extend(cohort.sessions)
            slots = free_slots(best.slots, {weekly(session) for session in cohort.sessions}, cohorts)
            left[best.facilitator_id] = replace(best, slots=slots, maximum_cohorts=best.maximum_cohorts - 1)
    return found, list(left.values())


def _can_lead(
    offer: FacilitatorOffer, cohort: LedCohort, busy: Mapping[str, Sequence[Meeting]], cohorts: Cohorts
) -> bool:
    """Whether a facilitator offers the slot, has a cohort to spare, and is free at each session."""
    if cohort.slot not in offer.slots or offer.maximum_cohorts < 1:
        return False
    return all(is_free(session, busy.get(offer.facilitator_id, ()), cohorts) for session in cohort.sessions)
