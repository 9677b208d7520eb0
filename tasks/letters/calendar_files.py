"""Calendar files (RFC 5545) for sessions, office hours and webinars: to be put in a calendar, changed, or taken out again.

An event keeps its UID for ever, and every change raises its SEQUENCE; times are in UTC, which every client shows in its own
zone, also across daylight saving. A cancellation is one file for each event, since RFC 5546 allows it one UID.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from icalendar import Calendar, Event, vCalAddress

PRODUCT = "-//Cadre//Educator program//EN"
DOMAIN = "cadre.example"


@dataclass(frozen=True, slots=True)
class Meeting:
    """An event in somebody's calendar; ``key`` names it for ever, ``sequence`` counts its changes."""

    key: str
    title: str
    starts_at: datetime
    ends_at: datetime
    sequence: int = 0
    where: str = "online"
    about: str = ""


def invitation(name: str, meetings: Sequence[Meeting], organizer: str, as_of: datetime) -> list[dict[str, str]]:
    """One file that puts the meetings in a calendar, or changes those that are there."""
    return [_file(name, "PUBLISH", tuple(meetings), organizer, as_of)] if meetings else []


def cancellation(name: str, meetings: Sequence[Meeting], organizer: str, as_of: datetime) -> list[dict[str, str]]:
    """Files that take the meetings out again, one for each."""
    return [
        _file(f"{name}-{number}", "CANCEL", (meeting,), organizer, as_of) for number, meeting in enumerate(meetings, 1)
    ]


def _file(name: str, method: str, meetings: tuple[Meeting, ...], organizer: str, as_of: datetime) -> dict[str, str]:
    return {"name": f"{name}.ics", "method": method, "content": _content(method, meetings, organizer, as_of)}


@lru_cache(maxsize=256)
def _content(method: str, meetings: tuple[Meeting, ...], organizer: str, as_of: datetime) -> str:
    """The file's text; a whole cohort has the same."""
    calendar = Calendar()
    calendar.add("prodid", PRODUCT)
    calendar.add("version", "2.0")
    calendar.add("method", method)
    for meeting in meetings:
        calendar.add_component(_event(meeting, method, organizer, as_of))
    text: str = calendar.to_ical().decode()
    return text


def _event(meeting: Meeting, method: str, organizer: str, as_of: datetime) -> Event:
    event = Event()
    values: dict[str, Any] = {
        "uid": f"{meeting.key}@{DOMAIN}",
        "dtstamp": as_of.astimezone(UTC),
        "dtstart": meeting.starts_at.astimezone(UTC),
        "dtend": meeting.ends_at.astimezone(UTC),
        "summary": meeting.title,
        "location": meeting.where,
        "sequence": meeting.sequence,
        "status": "CANCELLED" if method == "CANCEL" else "CONFIRMED",
    }
    if meeting.about:
        values["description"] = meeting.about
    for name, value in values.items():
        event.add(name, value)
    event["organizer"] = vCalAddress(f"mailto:{organizer}")
    return event
