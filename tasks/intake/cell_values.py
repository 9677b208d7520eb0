"""From the text of a validated cell to the value that it means, in the program's time zone."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

import polars as pl

from schemas.policy import Policy

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
LOCAL_SECOND = "%Y-%m-%d %H:%M:%S"
YEARS = (1900, 2999)  # outside of them a day is a mistake, and some are so far away that no clock of a zone shows them


def moment(text: str, policy: Policy, zone: str = "") -> datetime:
    """A date and time; without a zone of its own it is meant in the file's zone, else in the program's.

    Raises:
        ValueError: there is no such day or time, although the text has the right form, or not in these centuries.
    """
    parsed = datetime.fromisoformat(text)
    if not YEARS[0] <= parsed.year <= YEARS[1]:
        raise ValueError(f"the year {parsed.year} is not from {YEARS[0]} to {YEARS[1]}")
    if parsed.tzinfo is None:
        parsed = parsed.replace(tzinfo=ZoneInfo(zone) if zone else policy.zone)
    return parsed.astimezone(UTC)


def moment_us(text: str, policy: Policy, zone: str) -> int | None:
    """A moment in microseconds since 1970 (UTC); nothing where there is no such day or time."""
    try:
        return microseconds(moment(text, policy, zone))
    except (ValueError, ZoneInfoNotFoundError):
        return None


def moments_us(texts: pl.Series, policy: Policy, zone: str) -> pl.Series:
    """Many moments in microseconds since 1970 (UTC); nothing where there is no such day or time."""
    found = pl.repeat(None, len(texts), dtype=pl.Int64, eager=True)
    if not zone or is_known_zone(zone):
        local = texts.str.replace("T", " ", literal=True).str.to_datetime(LOCAL_SECOND, strict=False, time_unit="us")
        name = zone or str(policy.zone)
        local = local.set(~local.dt.year().is_between(*YEARS), None)
        found = local.dt.replace_time_zone(name, ambiguous="earliest", non_existent="null").dt.epoch("us")
    others = found.is_null().arg_true().to_list()  # with a zone of their own, or in the hour that a clock leaves out
    return found.scatter(others, [moment_us(texts[index], policy, zone) for index in others])


def is_known_zone(zone: str) -> bool:
    """Whether the time zone of a file is one that everybody knows."""
    return zone in available_timezones()


def microseconds(when: datetime) -> int:
    """A moment in microseconds since 1970 (UTC)."""
    return (when - EPOCH) // MICROSECOND


def from_microseconds(number: int) -> datetime:
    """The moment of some microseconds since 1970 (UTC)."""
    return EPOCH + number * MICROSECOND


def day(text: str) -> date:
    """A calendar day.

    Raises:
        ValueError: there is no such day.
    """
    return date.fromisoformat(text)


def day_or_none(content: Mapping[str, str], name: str) -> date | None:
    """A calendar day, or none where the cell is empty.

    Raises:
        ValueError: there is no such day.
    """
    text = content.get(name)
    return day(text) if text else None


def listed(text: str) -> tuple[str, ...]:
    """The items of a list that is joined by semicolons or commas."""
    return tuple(item.strip() for item in text.replace(",", ";").split(";") if item.strip())


def count(content: Mapping[str, str], name: str) -> int:
    """A number of things; an empty cell is none."""
    return int(content.get(name) or 0)


def yes(text: str) -> bool:
    """Whether a cell says yes."""
    return text.strip().lower() in {"1", "yes", "true", "y"}
