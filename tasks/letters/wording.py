"""How letters put days, times, money, and numbers: as people in the United States write them.

Every function is a filter of the letter templates. A moment is told in the program's time zone, whatever zone it comes in; text
that is no date stays as it was written.
"""

import re
from calendar import day_name
from collections.abc import Callable, Mapping
from datetime import date, datetime, time
from functools import lru_cache
from typing import Any

from jinja2 import pass_context
from jinja2.runtime import Context

from rules.wording import count, money
from schemas.policy import Policy
from schemas.records import COMPONENT_NAMES

DAY = r"\b\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])\b"
ISO_DAY, ISO_DAY_BEFORE_A_STOP = re.compile(rf"{DAY}(?= \w)"), re.compile(DAY)
SLOT = re.compile(r"\b(MON|TUE|WED|THU|FRI|SAT|SUN)-(\d\d:\d\d)\b")
WEEKDAYS = {name[:3].upper(): f"{name}s" for name in day_name}
NOON = 12


def day(value: date | str, policy: Policy) -> date:
    """The calendar day of a date, of a moment in the program's time zone, or of either in ISO 8601.

    Raises:
        ValueError: the text is no date.
    """
    found = datetime.fromisoformat(value) if isinstance(value, str) else value
    if not isinstance(found, datetime):
        return found
    return policy.local_day(policy.at(found))


def long_date(value: date | str, policy: Policy) -> str:
    """``Friday, July 22, 2022``."""
    try:
        return _long(day(value, policy))
    except ValueError:
        return str(value)


def long_time(value: datetime | str, policy: Policy) -> str:
    """``3:30 p.m. ET``; a moment without a zone is meant in the program's."""
    local = _local(value, policy)
    return f"{_clock(local)} {_zone(local)}"


def long_moment(value: datetime | str, policy: Policy) -> str:
    """``Friday, July 22, 2022, at 3:30 p.m. ET``; text that is no moment stays as it was written."""
    try:
        return f"{long_date(value, policy)}, at {long_time(value, policy)}"
    except (ValueError, OverflowError):  # no clock shows the year 9999 in every zone
        return str(value)


def long_span(starts: datetime | str, policy: Policy, ends: datetime | str) -> str:
    """``Friday, July 22, 2022, 3:30 p.m. to 5:30 p.m. ET``, for what begins and ends on one day."""
    return f"{long_date(starts, policy)}, {_clock(_local(starts, policy))} to {long_time(ends, policy)}"


@lru_cache(maxsize=1_000)
def plain_reason(reason: str) -> str:
    """A rule's sentence as a letter shows it: its days and weekly times written out, percent signs next to their numbers.

    Few sentences are many districts': they are not looked through again.
    """
    told = ISO_DAY.sub(lambda found: f"{_long_or_as_written(found[0])},", reason)
    told = ISO_DAY_BEFORE_A_STOP.sub(lambda found: _long_or_as_written(found[0]), told)
    told = SLOT.sub(lambda found: f"{WEEKDAYS[found[1]]} at {_clock(time.fromisoformat(found[2]))}", told)
    return told.replace(" %", "%")


def component_name(component: str) -> str:
    """What a component is called in letters."""
    return COMPONENT_NAMES.get(component, component)


def _long(found: date) -> str:
    return f"{found:%A}, {found:%B} {found.day}, {found.year}"


def _long_or_as_written(written: str) -> str:
    """Of what looks like a day, the long form if it is one."""
    try:
        return _long(date.fromisoformat(written))
    except ValueError:
        return written


def _local(value: datetime | str, policy: Policy) -> datetime:
    found = datetime.fromisoformat(value) if isinstance(value, str) else value
    return policy.at(found).astimezone(policy.zone)


def _clock(local: datetime | time) -> str:
    return f"{(local.hour - 1) % NOON + 1}:{local:%M} {'a.m.' if local.hour < NOON else 'p.m.'}"


def _zone(local: datetime) -> str:
    """The zone without the season: ``ET`` for EST and EDT."""
    return re.sub(r"^([A-Z]+)[SD]T$", r"\1T", local.tzname() or "")


def _with_policy(told: Callable[..., Any]) -> Callable[..., Any]:
    @pass_context
    def filter_(context: Context, value: Any, *more: Any) -> Any:
        return told(value, context["policy"], *more)

    return filter_


FILTERS: Mapping[str, Callable[..., Any]] = {
    **{told.__name__: _with_policy(told) for told in (day, long_date, long_time, long_moment, long_span)},
    **{told.__name__: told for told in (money, count, component_name, plain_reason)},
}
