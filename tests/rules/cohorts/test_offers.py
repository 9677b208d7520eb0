from rules.cohorts.offers import left_to_lead, slot_ranks
from rules.meetings import WeeklyMeeting
from schemas.records import FacilitatorOffer
from tests.factories.season import policy

COHORTS = policy().cohorts


def test_a_district_meets_in_the_slots_that_it_marked_best_first() -> None:
    second, first = COHORTS.slots[:2]
    assert slot_ranks([first, "SUN-03:00", second], COHORTS) == {first: 1, second: 2}


def test_a_district_that_marked_no_slot_of_the_season_can_meet_in_any() -> None:
    assert list(slot_ranks(["SUN-03:00"], COHORTS)) == list(slot_ranks([], COHORTS)) == list(COHORTS.slots)


def test_a_facilitator_leads_in_no_slot_that_overlaps_a_meeting_and_no_more_than_so_many_in_all() -> None:
    offer = FacilitatorOffer("F1", ("TUE-15:30", "TUE-16:30", "WED-15:30", "THU-17:00"), 2)
    one = WeeklyMeeting("TUE-16:30", 120)
    assert left_to_lead(offer, 1, [one], COHORTS) == FacilitatorOffer("F1", ("WED-15:30", "THU-17:00"), 1)
    assert left_to_lead(offer, 0, (), COHORTS) == offer
    assert left_to_lead(offer, 3, (), COHORTS).maximum_cohorts == 0
