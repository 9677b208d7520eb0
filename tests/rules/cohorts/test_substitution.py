from datetime import UTC, datetime, timedelta

from rules.cohorts.substitution import LedCohort, substitutes
from rules.meetings import WEEKDAYS, Meeting, weekly
from tests.factories.cohorts import facilitator_offer
from tests.factories.season import policy

COHORTS = policy().cohorts
MONDAY = datetime(2022, 10, 3, tzinfo=UTC)


def session(slot: str, week: int = 0) -> Meeting:
    hour, minute = map(int, slot[4:].split(":"))
    day = MONDAY + timedelta(weeks=week, days=WEEKDAYS.index(slot[:3]))
    starts_at = day + timedelta(hours=hour, minutes=minute)
    return Meeting(starts_at, starts_at + timedelta(hours=2))


def led(slot: str, *moved: str) -> LedCohort:
    return LedCohort(slot, (session(slot), *(session(other, 2) for other in moved)))


def test_a_cohort_that_has_begun_is_taken_over_by_whoever_can_still_lead_most_and_that_is_gone_for_the_plan() -> None:
    offers = [
        facilitator_offer(1, "TUE-15:30", "TUE-16:30", most=2),
        facilitator_offer(2, "TUE-15:30", "TUE-16:30", "WED-15:30", most=3),
    ]
    cohorts = {"C1": led("TUE-15:30"), "C2": led("WED-15:30"), "C3": led("FRI-15:30"), "C4": led("TUE-16:30")}
    taken, left = substitutes(cohorts, offers, {}, COHORTS)
    assert taken == {"C1": "F2", "C2": "F2", "C4": "F1"}
    assert [(o.facilitator_id, o.slots, o.maximum_cohorts) for o in left] == [("F1", (), 1), ("F2", (), 1)]


def test_nobody_takes_over_a_cohort_with_a_session_at_a_time_at_which_they_meet_others() -> None:
    offers = [facilitator_offer(1, "TUE-15:30", "THU-15:30", most=1), facilitator_offer(2, "TUE-15:30", most=3)]
    cohorts = {"C1": led("TUE-15:30", "THU-16:00")}
    assert substitutes(cohorts, offers, {}, COHORTS)[0] == {"C1": "F2"}
    busy = {"F2": [session("THU-17:00", 2)]}
    taken, left = substitutes(cohorts, offers, busy, COHORTS)
    assert taken == {"C1": "F1"}
    assert [offer.slots for offer in left if offer.facilitator_id == "F1"] == [()], (
        "THU-15:30 overlaps the moved session"
    )
    assert substitutes(cohorts, offers[1:], busy, COHORTS)[0] == {}


def test_a_meeting_is_in_the_slot_of_its_local_time() -> None:
    assert weekly(session("SUN-09:05")) == ("SUN-09:05", 120)
