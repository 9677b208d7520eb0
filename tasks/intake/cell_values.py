"""From the text of a validated cell to the value that it means, in the program's time zone."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import polars as pl

from schemas.policy import Policy

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
SECOND = 1_000_000
Place = tuple[int, str]  # in line: the microseconds of a response, and its name
HOUR = len("2022-05-03 14")
LOCAL_SECOND = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}[ T][0-9]{2}:[0-5][0-9]:[0-5][0-9]$"


def moment(text: str, policy: Policy, zone: str = "") -> datetime:
    """A date and time; without a zone of its own it is meant in the file's zone, else in the program's.

    Raises:
        ValueError: there is no such day or time, although the text has the right form.
    """
    parsed = datetime.fromisoformat(text)
    if parsed.tzinfo is None:
        parsed = parsed.replace(tzinfo=ZoneInfo(zone) if zone else policy.zone)
    return parsed.astimezone(UTC)


class Moments:
    """Moments as microseconds since 1970 (UTC), quickly: the hour is looked up in the time zone once, and the rest is added."""

    def __init__(self, policy: Policy) -> None:
        """Take the policy whose time zone is meant where a text has none."""
        self._policy = policy
        self._hours: dict[tuple[str, str], int | None] = {}

    def microseconds(self, text: str, zone: str) -> int | None:
        """A moment's microseconds; nothing where there is no such day or time."""
        try:
            return self.of(moment(text, self._policy, zone))
        except (ValueError, OverflowError, ZoneInfoNotFoundError):
            return None

    def column(self, texts: pl.Series, zone: str) -> pl.Series:
        """The microseconds of many moments; nothing where there is no such day or time."""
        is_local = texts.str.contains(LOCAL_SECOND)
        hours = texts.str.slice(0, HOUR).set(~is_local, None)
        known = {hour: self._hour(hour, zone) for hour in hours.drop_nulls().unique().to_list()}
        seconds = texts.str.slice(14, 2).cast(pl.Int64, strict=False) * 60 + texts.str.slice(17, 2).cast(
            pl.Int64, strict=False
        )
        found = hours.replace_strict(known, default=None, return_dtype=pl.Int64) + seconds * SECOND
        others = (~is_local).arg_true().to_list()
        if others:
            found = found.scatter(others, [self.microseconds(texts[index], zone) for index in others])
        return found

    def _hour(self, hour: str, zone: str) -> int | None:
        if (hour, zone) not in self._hours:
            self._hours[hour, zone] = self.microseconds(f"{hour}:00:00", zone)
        return self._hours[hour, zone]

    @staticmethod
    def of(when: datetime) -> int:
        """A moment's microseconds."""
        return (when - EPOCH) // MICROSECOND

    @staticmethod
    def at(microseconds: int) -> datetime:
        """The moment of some microseconds."""
        return EPOCH + microseconds * MICROSECOND


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
