"""Calendar files are read back with a library: what RFC 5545 and RFC 5546 ask for is there, and changes find their event."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from icalendar import Calendar

from tasks.letters.calendar_files import Meeting, cancellation, invitation

NOW = datetime(2022, 9, 1, 12, 0, tzinfo=UTC)
STARTS = datetime.fromisoformat("2022-11-04T15:30:00-04:00")
FROM = "program@cadre.example"


def meeting(number: int = 1, sequence: int = 0, **changes: Any) -> Meeting:
    starts_at = changes.pop("starts_at", STARTS + timedelta(weeks=2 * number))
    title = (
        f"Cohort 2022-C001, session {number}: Zoé, plans; and a long title that does not fit within one line of a file"
    )
    return Meeting(f"session-{number}", title, starts_at, starts_at + timedelta(hours=2), sequence, **changes)


def read(file: dict[str, str]) -> Any:
    calendar = Calendar.from_ical(file["content"])
    assert calendar["version"] == "2.0"
    assert calendar["prodid"]
    assert [component.errors for component in calendar.walk()] == [[] for _ in calendar.walk()]
    return calendar


def test_an_invitation_holds_every_event_with_what_the_standard_requires() -> None:
    (file,) = invitation("meetings", [meeting(n) for n in range(1, 6)], FROM, NOW)
    calendar = read(file)
    events = calendar.walk("VEVENT")
    assert calendar["method"] == "PUBLISH"
    assert [str(event["uid"]) for event in events] == [f"session-{n}@cadre.example" for n in range(1, 6)]
    for event in events:
        assert {"DTSTAMP", "DTSTART", "DTEND", "SUMMARY", "SEQUENCE", "ORGANIZER"} <= set(event)
        assert "ATTENDEE" not in event  # RFC 5546, 3.2.1


def test_times_are_utc_on_both_sides_of_the_end_of_daylight_saving() -> None:
    before, after = (
        datetime.fromisoformat("2022-11-04T15:30:00-04:00"),
        datetime.fromisoformat("2022-11-18T15:30:00-05:00"),
    )
    (file,) = invitation("meetings", [meeting(1, starts_at=before), meeting(2, starts_at=after)], FROM, NOW)
    assert "DTSTART:20221104T193000Z" in file["content"]
    assert "DTSTART:20221118T203000Z" in file["content"]


def test_lines_are_folded_at_75_bytes_and_end_as_the_standard_says() -> None:
    (file,) = invitation("meetings", [meeting()], FROM, NOW)
    lines = file["content"].split("\r\n")
    assert lines[-1] == ""
    assert max(len(line.encode()) for line in lines) <= 75
    assert "\n" not in file["content"].replace("\r\n", "")


def test_a_change_is_the_same_event_with_a_higher_sequence() -> None:
    first = read(invitation("meetings", [meeting(1)], FROM, NOW)[0]).walk("VEVENT")[0]
    later = read(invitation("meetings", [meeting(1, sequence=1)], FROM, NOW)[0]).walk("VEVENT")[0]
    assert first["uid"] == later["uid"]
    assert later["sequence"] > first["sequence"]


def test_a_cancellation_is_one_file_for_each_event() -> None:
    files = cancellation("canceled", [meeting(1, 1), meeting(2, 1)], FROM, NOW)
    assert len(files) == 2
    for file in files:
        calendar = read(file)
        (event,) = calendar.walk("VEVENT")
        assert (calendar["method"], event["status"]) == ("CANCEL", "CANCELLED")


@pytest.mark.parametrize("nothing", [invitation, cancellation])
def test_no_meeting_is_no_file(nothing: Any) -> None:
    assert nothing("meetings", [], FROM, NOW) == []
