"""Which meetings of one facilitator are in each other's way: those that overlap, and those without a break between them.

A plan is of weeks: two cohorts whose slots overlap are never led by the same facilitator, not even where their sessions would
take turns from week to week. Nor are slots of one day that are linked by overlaps, as 15:30, 16:30, and 18:15 are: a
facilitator leads in one of them. Both leave a little unused, and keep what a facilitator can lead a flow, proven fast.
Source: ruling on facilitators (one meeting at a time, with a break between).
"""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime, timedelta
from typing import NamedTuple

from schemas.policy import Cohorts

WEEKDAYS = ("MON", "TUE", "WED", "THU", "FRI", "SAT", "SUN")
DAY_MINUTES = 24 * 60


class WeeklyMeeting(NamedTuple):
    """A meeting that a facilitator has on a weekday: its slot, as ``WED-16:00``, and how long it is."""

    slot: str
    minutes: int


class Meeting(NamedTuple):
    """One meeting of a facilitator."""

    starts_at: datetime
    ends_at: datetime


def minute_of_week(slot: str) -> int:
    """When a slot begins, in minutes from Monday's midnight."""
    hour, _, minute = slot[4:].partition(":")
    return WEEKDAYS.index(slot[:3]) * DAY_MINUTES + int(hour) * 60 + int(minute)


def session_minutes(cohorts: Cohorts) -> int:
    """How long a session is."""
    return cohorts.session_hours * 60


def slot_of(starts_at: datetime) -> str:
    """The slot in which a meeting is that begins at a local time."""
    return f"{WEEKDAYS[starts_at.weekday()]}-{starts_at:%H:%M}"


def weekly(meeting: Meeting) -> WeeklyMeeting:
    """When in the week a meeting is, of which the times are local ones."""
    return WeeklyMeeting(slot_of(meeting.starts_at), int((meeting.ends_at - meeting.starts_at).total_seconds() // 60))


def is_too_close(one: WeeklyMeeting, other: WeeklyMeeting, cohorts: Cohorts) -> bool:
    """Whether one facilitator cannot have both meetings in a week."""
    first, second = sorted((minute_of_week(item.slot), item.minutes) for item in (one, other))
    return second[0] < first[0] + first[1] + cohorts.facilitator_break_minutes


def free_slots(slots: Iterable[str], meetings: Collection[WeeklyMeeting], cohorts: Cohorts) -> tuple[str, ...]:
    """The slots in which a facilitator with these meetings can lead a cohort as well."""
    length = session_minutes(cohorts)
    return tuple(
        slot
        for slot in slots
        if not any(is_too_close(WeeklyMeeting(slot, length), meeting, cohorts) for meeting in meetings)
    )


def is_free(wanted: Meeting, meetings: Iterable[Meeting], cohorts: Cohorts) -> bool:
    """Whether a facilitator with these meetings can be in another one."""
    pause = timedelta(minutes=cohorts.facilitator_break_minutes)
    return all(
        wanted.starts_at >= item.ends_at + pause or item.starts_at >= wanted.ends_at + pause for item in meetings
    )


def blocks_of(slots: Collection[str], cohorts: Cohorts) -> Mapping[str, str]:
    """Slots linked by overlaps, each with the first of them: a facilitator leads at most one cohort in such a block."""
    length = session_minutes(cohorts)
    found: dict[str, str] = {}
    before = ""
    for slot in sorted(set(slots), key=minute_of_week):
        linked = before and is_too_close(WeeklyMeeting(before, length), WeeklyMeeting(slot, length), cohorts)
        found[slot] = found[before] if linked else slot
        before = slot
    return found
