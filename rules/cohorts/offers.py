"""What districts and facilitators bring to the cohort plan: the slots that suit, and what is left of who can lead.

Source: FAQ III (day and time that fit; a facilitator leads the sessions).
"""

from collections.abc import Collection, Mapping, Sequence

from schemas.policy import Cohorts
from schemas.records import FacilitatorOffer


def slot_ranks(marked: Sequence[str], cohorts: Cohorts) -> Mapping[str, int]:
    """A district's slots with their ranks, best first; one that marked none of the season's can meet in any."""
    known = [slot for slot in marked if slot in cohorts.slots] or list(cohorts.slots)
    return {slot: rank for rank, slot in enumerate(known, start=1)}


def left_to_lead(offer: FacilitatorOffer, busy: Collection[str]) -> FacilitatorOffer:
    """What a facilitator can lead besides the cohorts in the ``busy`` slots: one cohort a slot, and so many in all."""
    free = tuple(slot for slot in offer.slots if slot not in busy)
    left = max(offer.maximum_cohorts - len(busy), 0)  # a newer list may allow fewer than are led
    return FacilitatorOffer(offer.facilitator_id, free, left)
