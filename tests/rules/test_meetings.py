"""Meetings of one facilitator: apart by a break, whatever their slots are called."""

from datetime import UTC, datetime, timedelta
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.meetings import (
    Meeting,
    WeeklyMeeting,
    blocks_of,
    free_slots,
    is_free,
    is_too_close,
    minute_of_week,
    session_minutes,
    slot_of,
)
from tests.factories.season import policy

COHORTS = policy().cohorts
NOON = datetime(2022, 9, 13, 16, 0, tzinfo=UTC)
slots = st.builds(
    lambda day, hour, minute: f"{day}-{hour:02}:{minute:02}",
    st.sampled_from(("MON", "TUE")),
    st.integers(8, 20),
    st.sampled_from((0, 15, 30, 45)),
)


@pytest.mark.parametrize(("minutes", "is_apart"), [(0, False), (14, False), (15, True), (16, True)])
def test_a_meeting_follows_another_after_the_break_and_not_sooner(minutes: int, *, is_apart: bool) -> None:
    first = Meeting(NOON, NOON + timedelta(hours=2))
    starts_at = first.ends_at + timedelta(minutes=minutes)
    second = Meeting(starts_at, starts_at + timedelta(hours=1))
    assert is_free(second, [first], COHORTS) is is_free(first, [second], COHORTS) is is_apart


@pytest.mark.parametrize(
    ("meeting", "free"),
    [
        (WeeklyMeeting("TUE-16:30", 120), ("TUE-13:00", "TUE-18:45", "WED-15:30")),
        (WeeklyMeeting("TUE-15:30", 60), ("TUE-13:00", "TUE-16:45", "TUE-18:45", "WED-15:30")),
        (WeeklyMeeting("TUE-15:14", 1), ("TUE-15:30", "TUE-16:45", "TUE-18:45", "WED-15:30")),
    ],
)
def test_a_meeting_leaves_the_slots_that_do_not_overlap_it(meeting: WeeklyMeeting, free: tuple[str, ...]) -> None:
    every = ("TUE-13:00", "TUE-15:30", "TUE-16:45", "TUE-18:45", "WED-15:30")
    assert free_slots(every, [meeting], COHORTS) == free


def test_slots_linked_by_overlaps_are_one_block() -> None:
    found = blocks_of(["TUE-18:15", "TUE-15:30", "TUE-16:30", "WED-15:30", "TUE-20:30"], COHORTS)
    assert found == {
        "TUE-15:30": "TUE-15:30",
        "TUE-16:30": "TUE-15:30",
        "TUE-18:15": "TUE-15:30",
        "TUE-20:30": "TUE-20:30",
        "WED-15:30": "WED-15:30",
    }


@given(st.sets(slots, max_size=8))
def test_slots_of_two_blocks_never_overlap(found: set[str]) -> None:
    blocks = blocks_of(found, COHORTS)
    for one, other in combinations(sorted(found), 2):
        if blocks[one] != blocks[other]:
            assert free_slots([one], [WeeklyMeeting(other, 120)], COHORTS) == (one,)


def test_minutes_of_the_week_count_from_mondays_midnight() -> None:
    assert [minute_of_week(slot) for slot in ("MON-00:00", "MON-15:30", "SUN-23:59")] == [0, 930, 7 * 24 * 60 - 1]


def test_slots_of_a_week_are_too_close_until_the_break_has_passed() -> None:
    assert session_minutes(COHORTS) == 120
    first = WeeklyMeeting("TUE-15:30", session_minutes(COHORTS))
    for slot, too_close in (("TUE-17:44", True), ("TUE-17:45", False), ("WED-15:30", False)):
        later = WeeklyMeeting(slot, 60)
        assert is_too_close(first, later, COHORTS) is is_too_close(later, first, COHORTS) is too_close


def test_a_slot_is_the_weekday_and_the_local_time_at_which_a_meeting_begins() -> None:
    assert slot_of(datetime(2022, 9, 14, 9, 5, tzinfo=policy().zone)) == "WED-09:05"
