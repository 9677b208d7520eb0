"""What districts and facilitators bring to the cohort plan: the slots that suit, and what is left of who can lead.

Source: FAQ III (day and time that fit; a facilitator leads the sessions).
"""

from collections.abc import Collection, Mapping, Sequence

from rules.meetings import WeeklyMeeting, free_slots
from schemas.policy import Cohorts
from schemas.records import FacilitatorOffer


def slot_ranks(marked: Sequence[str], cohorts: Cohorts) -> Mapping[str, int]:
    """A district's slots with their ranks, best first; one that marked none of the season's can meet in any."""
    known = [slot for slot in marked if slot in cohorts.slots] or list(cohorts.slots)
    return {slot: rank for rank, slot in enumerate(known, start=1)}


def left_to_lead(
    offer: FacilitatorOffer, led: int, meetings: Collection[WeeklyMeeting], cohorts: Cohorts
) -> FacilitatorOffer:
    """What a facilitator can lead besides so many cohorts ``led`` and these meetings: one at a time, and so many in all.

    Source: ruling on facilitators (one meeting at a time, with a break between).
    """
    left = max(offer.maximum_cohorts - led, 0)  # a newer list may allow fewer than are led
    return FacilitatorOffer(offer.facilitator_id, free_slots(offer.slots, meetings, cohorts), left)
