"""Days and moments as people and survey tools write them, in the one form that we keep.

In 05/06/2022 the day or the month may stand first: which it is, is decided for a whole column (``day_order.py``), never here.
"""

import calendar
import re
from datetime import date
from enum import StrEnum
from typing import NamedTuple

from schemas.contracts import DAY

_OTHER_MOMENT = re.compile(
    r"^(\d{1,4})([/.-])(\d{1,2})[/.-](\d{1,4})[ T,]+"  # the day, year first or last
    r"(\d{1,2})[:.](\d\d)(?:[:.](\d\d))?(?:\.\d+)? ?([ap]m)?"
    r"(?: ?(?:GMT|UTC)([+-]\d{1,2})(?::?(\d\d))?)?\Z",
    re.IGNORECASE,
)
_NAMED_MONTH = re.compile(r"^([a-z]{3,9})\.? (\d{1,2}),? (\d{4})\b", re.IGNORECASE)
_MONTHS = {name.lower(): number for number, name in enumerate(calendar.month_abbr) if name}
_DAY = re.compile(DAY)
_YEAR_FIRST = 31
CENTURY = 2000


class DayOrder(StrEnum):
    """What stands first in the dates of a column whose year stands last; ``OPEN`` where nobody knows."""

    MONTH_FIRST = "the month"
    DAY_FIRST = "the day"
    OPEN = "open"


class TwoReadings(NamedTuple):
    """A date whose year stands last, read with its month first and with its day first; none where there is no such day."""

    month_first: date | None
    day_first: date | None

    def is_open(self) -> bool:
        """Whether both readings are days, and not the same one."""
        return None not in self and self.month_first != self.day_first


def readings(text: str) -> TwoReadings:
    """The two ways to read the date of a moment or a day; no way at all where the year stands first, or it is no date."""
    found = _OTHER_MOMENT.match(text if ":" in text else f"{text} 0:00")
    if not found or int(found[1]) > _YEAR_FIRST:
        return TwoReadings(None, None)
    first, second, year = int(found[1]), int(found[3]), _full_year(int(found[4]))
    is_dotted = found[2] == "."  # 23.05.2022 is written where the day stands first
    return TwoReadings(None if is_dotted else _date(year, first, second), _date(year, second, first))


def _full_year(year: int) -> int:
    return year + CENTURY if year < 100 else year  # noqa: PLR2004 - a year of two digits


def _date(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def moment_text(text: str, order: DayOrder = DayOrder.MONTH_FIRST) -> str:
    """A moment as survey tools write it, in the one form that we keep: '9/6/2018 1:06 PM' is 2018-09-06 13:06:00.

    A date that can be read in two ways is read in the column's order, and stays as it is where that is open. What is no such
    moment stays as it is, too, for the contract to name.
    """
    text = _NAMED_MONTH.sub(_numbered_month, text)
    found = _OTHER_MOMENT.match(text)
    if not found or (text[4:5] == "-" and text[7:8] == "-" and not found[8]):
        return text
    day = _day_of(text, found, order)
    if not day:
        return text
    hour = int(found[5]) % 12 + (12 if found[8].lower() == "pm" else 0) if found[8] else int(found[5])
    zone = f"{int(found[9]):+03d}:{found[10] or '00'}" if found[9] else ""
    return f"{day} {hour:02d}:{found[6]}:{found[7] or '00'}{zone}"


def _numbered_month(found: re.Match[str]) -> str:
    month = _MONTHS.get(found[1][:3].lower())
    return f"{found[3]}/{month}/{found[2]}" if month else found[0]


def _day_of(text: str, found: re.Match[str], order: DayOrder) -> str:
    """The day of a moment, year first; empty where it stays open."""
    first, second, third = int(found[1]), int(found[3]), int(found[4])
    if first > _YEAR_FIRST:
        return f"{first:04d}-{second:02d}-{third:02d}"
    ways = readings(text)
    if ways.is_open() and order is DayOrder.OPEN:
        return ""
    is_day_first = (order is DayOrder.DAY_FIRST and ways.day_first) or (ways.day_first and not ways.month_first)
    month, day = (second, first) if is_day_first else (first, second)
    return f"{_full_year(third):04d}-{month:02d}-{day:02d}"


def day_text(text: str, order: DayOrder = DayOrder.MONTH_FIRST) -> str:
    """A day as survey tools and spreadsheets write it, in the one form that we keep: '9/19/2022' is 2022-09-19.

    A time beside it is dropped. What is no such day stays as it is, for the contract to name.
    """
    day = moment_text(text if ":" in text else f"{text} 0:00", order)[:10]
    return day if _DAY.match(day) and _OTHER_MOMENT.match(f"{day} 0:00") else text
