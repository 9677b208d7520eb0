"""The functions that the auditor's checks need and the two databases do not have alike, as ``audit.local_day(moment)``."""

import json
import re
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy.engine import Connection

Written = Callable[[str], str]
TYPES: Mapping[str, Mapping[str, str]] = {
    "postgresql": {"day": "date", "moment": "timestamptz"},
    "sqlite": {"day": "text", "moment": "text"},
}

# What stands in a text where something is missing: a word of Python or of the template, a gap before a comma, an empty bracket.
FLAW = r"\mNone\M(?! of)|\mUndefined\M|\mnan\M|[{][{]|[}][}]|[{]%|\(\)|[^ \n]  +[^ \n]| [,;.](\s|$)|Dear *,"
# No flaw is without one of these: most letters need no closer look.
MARKS = ("None", "Undefined", "nan", "{{", "}}", "{%", "()", "  ", " ,", " ;", " .", "Dear,")
MACHINE_DAY = r"\m[0-9]{4}-[0-9]{2}-[0-9]{2}(T[0-9]|\M)"

# A meeting of a calendar file, as it stands in a payload: its first and its last moment, and its version.
EVENT = r"DTSTART:(\w+)\\r\\nDTEND:(\w+)\\r\\nDTSTAMP:\w+\\r\\nUID:{uid}@[^\\]+\\r\\nSEQUENCE:(\d+)"

LOCAL = "$%d AT TIME ZONE '{zone}'"
PLACE, NUMBERED = "(item.place - 1)::integer", "json_array_elements_text($1::json) WITH ORDINALITY"

# PostgreSQL: arguments, result, and body of each; they are gone with the connection.
POSTGRESQL: Mapping[str, tuple[str, str, str]] = {
    "local_day": ("timestamptz", "date", "($1 AT TIME ZONE '{zone}')::date"),
    "slot": ("timestamptz", "text", "to_char($1 AT TIME ZONE '{zone}', 'DY-HH24:MI')"),
    "day": ("text", "date", "$1::date"),
    "moment": ("text", "timestamptz", "$1::timestamptz"),
    "long_day": ("date", "text", "to_char($1, 'FMDay, FMMonth FMDD, YYYY')"),
    "long_span": (
        "timestamptz, timestamptz",
        "text",
        f"to_char({LOCAL % 1}, 'FMDay, FMMonth FMDD, YYYY, FMHH12:MI a.m.') || to_char({LOCAL % 2}, ' \"to\" FMHH12:MI a.m.')",
    ),
    "utc_stamp": ("timestamptz", "text", "to_char($1 AT TIME ZONE 'UTC', 'YYYYMMDD\"T\"HH24MISS\"Z\"')"),
    "says": ("text, text", "boolean", "position($2 IN $1) > 0"),
    "event": ("text, text", "text", f"array_to_string(regexp_match($1, replace('{EVENT}', '{{uid}}', $2)), '/')"),
    "count_of_seats": (
        "bigint",
        "text",
        "to_char($1, 'FM999,999,990') || CASE $1 WHEN 1 THEN ' seat' ELSE ' seats' END",
    ),
    "dollars": ("bigint", "text", "'$' || to_char($1 / 100.0, 'FM999,999,990.00')"),
    "add_days": ("date, integer", "date", "$1 + $2"),
    "add_months": ("date, integer", "date", "($1 + make_interval(months => $2))::date"),
    "days": ("date, date", "integer", "$2 - $1"),
    "hours": ("timestamptz, timestamptz", "double precision", "extract(epoch FROM $2 - $1)::double precision / 3600"),
    "holds": ("json, text", "boolean", "EXISTS (SELECT 1 FROM json_array_elements_text($1) AS item WHERE item = $2)"),
    "holds_day": ("text, date", "boolean", "position($2::text IN $1) > 0"),
    "length": ("json", "integer", "json_array_length($1)"),
    "days_of": ("text, text", "text", "coalesce($1::json ->> $2, '')"),
    "text_of": ("json, text", "text", "coalesce($1 ->> $2, '')"),
    "has_key": ("text, text", "boolean", "jsonb_exists($1::jsonb, $2)"),
    "part": ("text, integer", "text", "split_part($1, '/', $2)"),
    "first_day": ("text", "date", "(SELECT min(item)::date FROM json_array_elements_text($1::json) AS item)"),
    "cell": (
        "text, text, text",
        "text",
        f"coalesce((SELECT $2::json ->> {PLACE} FROM {NUMBERED} AS item(name, place) WHERE item.name = $3), '')",  # noqa: S608 - our own text
    ),
    "seats": ("text", "integer", "CASE WHEN $1 ~ '^[0-9]+$' THEN $1::integer ELSE 0 END"),
    "holds_all": (
        "json, text",
        "boolean",
        "NOT EXISTS (SELECT 1 FROM json_array_elements_text($2::json) AS item WHERE NOT jsonb_exists($1::jsonb, item))",
    ),
    "is_flawed": ("text, text", "boolean", f"$1 || ' ' || $2 ~ '{FLAW}'"),
    "ends_with": ("text, text", "integer", "(right(rtrim($1, E'\\n'), length($2)) = $2)::integer"),
    "has_machine_day": ("text", "boolean", f"$1 ~ '{MACHINE_DAY}'"),
    "hours_of": ("text, text", "integer", "coalesce(($1::jsonb -> $2 ->> 'hours')::integer, 0)"),
    "number_of": ("text, text", "integer", "($1::jsonb ->> $2)::integer"),
}


def prepare(connection: Connection, zone: ZoneInfo) -> Written:
    """Make the functions known to a connection; how the text of a check is written for it."""
    is_postgresql = connection.dialect.name == "postgresql"
    (_functions_of_postgresql if is_postgresql else _functions_of_sqlite)(connection, zone)
    prefix, types = "pg_temp." if is_postgresql else "audit_", TYPES[connection.dialect.name]

    def written(sql: str) -> str:
        return sql.replace("audit.", prefix).replace("{day}", types["day"]).replace("{moment}", types["moment"])

    return written


def _functions_of_postgresql(connection: Connection, zone: ZoneInfo) -> None:
    driver: Any = connection.connection.driver_connection
    for name, (arguments, result, body) in POSTGRESQL.items():
        sql = body.replace("{zone}", zone.key)
        made = f"CREATE OR REPLACE FUNCTION pg_temp.{name}({arguments}) RETURNS {result}"
        driver.execute(f"{made} LANGUAGE sql STABLE AS $$ SELECT {sql} $$")


def _functions_of_sqlite(connection: Connection, zone: ZoneInfo) -> None:
    driver: Any = connection.connection.driver_connection
    for name, function in _of_sqlite(zone).items():
        driver.create_function(f"audit_{name}", function.__code__.co_argcount, function, deterministic=True)


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def _clock(local: datetime) -> str:
    return f"{local.hour % 12 or 12}:{local:%M} {'a.m.' if local.hour < 12 else 'p.m.'}"  # noqa: PLR2004 - of a clock


def _add_months(day: str, months: int) -> str:
    start = date.fromisoformat(day)
    year, month = divmod(start.year * 12 + start.month - 1 + months, 12)
    last = (date(year + (month + 1) // 12, (month + 1) % 12 + 1, 1) - timedelta(days=1)).day
    return date(year, month + 1, min(start.day, last)).isoformat()


def _of_sqlite(zone: ZoneInfo) -> Mapping[str, Callable[..., Any]]:
    """The same in Python: days and moments are texts there."""
    flaw, machine_day = (re.compile(re.sub(r"\\[mM]", r"\\b", pattern)) for pattern in (FLAW, MACHINE_DAY))

    read_once = lru_cache(maxsize=100)(json.loads)

    def is_flawed(subject: str, body: str) -> bool:
        told = f"{subject} {body}"
        return any(mark in told for mark in MARKS) and flaw.search(told) is not None

    @lru_cache(maxsize=100_000)
    def local_day(hour: str) -> str:
        return _moment(hour).astimezone(zone).date().isoformat()

    def long_span(starts: str, ends: str) -> str:
        first, last = (_moment(moment).astimezone(zone) for moment in (starts, ends))
        return f"{first:%A}, {first:%B} {first.day}, {first.year}, {_clock(first)} to {_clock(last)}"

    def event(calendars: str, uid: str) -> str | None:
        if f"UID:{uid}@" not in calendars:
            return None
        found = re.search(EVENT.replace("{uid}", uid), calendars)
        return "/".join(found.groups()) if found else None

    return {
        "local_day": lambda moment: moment and local_day(moment[:13]),  # the day changes on the hour
        "part": lambda key, number: (key.split("/") + [""] * number)[number - 1],
        "first_day": lambda days: min(json.loads(days), default=None),
        "slot": lambda moment: f"{_moment(moment).astimezone(zone):%a-%H:%M}".upper(),
        "day": lambda text: text,
        "moment": lambda text: f"{datetime.fromisoformat(text).astimezone(UTC):%Y-%m-%d %H:%M:%S.%f}",
        "long_day": lambda day: "{0:%A}, {0:%B} {0.day}, {0.year}".format(date.fromisoformat(day)),
        "long_span": long_span,
        "utc_stamp": lambda moment: f"{_moment(moment):%Y%m%dT%H%M%SZ}",
        "says": lambda text, part: None if text is None or part is None else part in text,
        "event": event,
        "count_of_seats": lambda seats: f"{seats:,} seat{'' if seats == 1 else 's'}",
        "dollars": lambda cents: f"${cents / 100:,.2f}",
        "add_days": lambda day, number: (date.fromisoformat(day) + timedelta(days=number)).isoformat(),
        "add_months": _add_months,
        "days": lambda first, last: (date.fromisoformat(last) - date.fromisoformat(first)).days,
        "hours": lambda first, last: (_moment(last) - _moment(first)).total_seconds() / 3600,
        "holds": lambda items, item: item in json.loads(items),
        "holds_day": lambda days, day: day in days,
        "length": lambda items: len(json.loads(items)),
        "days_of": lambda items, name: json.dumps(read_once(items).get(name, [])),
        "text_of": lambda item, name: str(json.loads(item).get(name) or ""),
        "has_key": lambda items, name: name in read_once(items),
        "cell": lambda fields, cells, name: dict(zip(json.loads(fields), json.loads(cells), strict=False)).get(
            name, ""
        ),
        "seats": lambda text: int(text) if text.isdecimal() else 0,
        "holds_all": lambda items, wanted: set(json.loads(items)) >= set(json.loads(wanted)),
        "is_flawed": is_flawed,
        "ends_with": lambda text, end: text.rstrip("\n").endswith(end),
        "has_machine_day": lambda text: machine_day.search(text) is not None,
        "hours_of": lambda items, name: read_once(items).get(name, {}).get("hours", 0),
        "number_of": lambda items, name: read_once(items).get(name),
    }


def parameters_of(sql: str) -> frozenset[str]:
    """The parameters that a check names."""
    return frozenset(re.findall(r"(?<![:\w]):([a-z_]+)", sql))
