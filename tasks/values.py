"""From the text of a validated cell to the value that it means, in the program's time zone."""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from schemas.policy import Policy


def moment(text: str, policy: Policy, zone: str = "") -> datetime:
    """A date and time; without a zone of its own it is meant in the file's zone, else in the program's.

    Raises:
        ValueError: there is no such day or time, although the text has the right form.
    """
    parsed = datetime.fromisoformat(text)
    if parsed.tzinfo is None:
        parsed = parsed.replace(tzinfo=ZoneInfo(zone) if zone else policy.zone)
    return parsed.astimezone(UTC)


def day(text: str) -> date:
    """A calendar day.

    Raises:
        ValueError: there is no such day.
    """
    return date.fromisoformat(text)


def parts(text: str) -> tuple[str, ...]:
    """The parts of a list that is joined by semicolons or commas."""
    return tuple(part.strip() for part in text.replace(",", ";").split(";") if part.strip())


def count(content: Mapping[str, str], name: str) -> int:
    """A number of things; an empty cell is none."""
    return int(content.get(name) or 0)


def yes(text: str) -> bool:
    """Whether a cell says yes."""
    return text.strip().lower() in {"1", "yes", "true", "y"}
