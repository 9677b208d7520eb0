"""The few functions that the checks need and the two databases do not have alike, as ``audit.local_day(moment)``."""

import json
import re
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy.engine import Connection

# PostgreSQL: arguments, result, and body of each; they are gone with the connection.
POSTGRESQL: Mapping[str, tuple[str, str, str]] = {
    "local_day": ("timestamptz", "date", "($1 AT TIME ZONE '{zone}')::date"),
    "slot": ("timestamptz", "text", "to_char($1 AT TIME ZONE '{zone}', 'DY-HH24:MI')"),
    "day": ("text", "date", "$1::date"),
    "add_days": ("date, integer", "date", "$1 + $2"),
    "add_months": ("date, integer", "date", "($1 + make_interval(months => $2))::date"),
    "days": ("date, date", "integer", "$2 - $1"),
    "hours": ("timestamptz, timestamptz", "double precision", "extract(epoch FROM $2 - $1)::double precision / 3600"),
    "holds": ("json, text", "boolean", "EXISTS (SELECT 1 FROM json_array_elements_text($1) AS item WHERE item = $2)"),
    "holds_day": ("text, date", "boolean", "position($2::text IN $1) > 0"),
    "length": ("json", "integer", "json_array_length($1)"),
    "text_of": ("json, text", "text", "coalesce($1 ->> $2, '')"),
    "has_key": ("text, text", "boolean", "jsonb_exists($1::jsonb, $2)"),
    "hours_of": ("text, text", "integer", "coalesce(($1::jsonb -> $2 ->> 'hours')::integer, 0)"),
    "number_of": ("text, text", "integer", "($1::jsonb ->> $2)::integer"),
}


def prepare(connection: Connection, zone: ZoneInfo) -> Callable[[str], str]:
    """Make the functions known to a connection; how the text of a check is written for it."""
    if connection.dialect.name == "postgresql":
        for name, (arguments, result, body) in POSTGRESQL.items():
            sql = body.format(zone=zone.key)
            made = f"CREATE OR REPLACE FUNCTION pg_temp.{name}({arguments}) RETURNS {result}"
            connection.exec_driver_sql(f"{made} LANGUAGE sql STABLE AS $$ SELECT {sql} $$")
        return lambda sql: sql.replace("audit.", "pg_temp.")
    for name, function in _of_sqlite(zone).items():
        driver: Any = connection.connection.driver_connection
        driver.create_function(f"audit_{name}", function.__code__.co_argcount, function, deterministic=True)
    return lambda sql: sql.replace("audit.", "audit_")


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def _add_months(day: str, months: int) -> str:
    start = date.fromisoformat(day)
    year, month = divmod(start.year * 12 + start.month - 1 + months, 12)
    last = (date(year + (month + 1) // 12, (month + 1) % 12 + 1, 1) - timedelta(days=1)).day
    return date(year, month + 1, min(start.day, last)).isoformat()


def _of_sqlite(zone: ZoneInfo) -> Mapping[str, Callable[..., Any]]:
    """The same in Python: days and moments are texts there."""
    return {
        "local_day": lambda moment: moment and _moment(moment).astimezone(zone).date().isoformat(),
        "slot": lambda moment: f"{_moment(moment).astimezone(zone):%a-%H:%M}".upper(),
        "day": lambda text: text,
        "add_days": lambda day, number: (date.fromisoformat(day) + timedelta(days=number)).isoformat(),
        "add_months": _add_months,
        "days": lambda first, last: (date.fromisoformat(last) - date.fromisoformat(first)).days,
        "hours": lambda first, last: (_moment(last) - _moment(first)).total_seconds() / 3600,
        "holds": lambda items, item: item in json.loads(items),
        "holds_day": lambda days, day: day in days,
        "length": lambda items: len(json.loads(items)),
        "text_of": lambda item, name: str(json.loads(item).get(name) or ""),
        "has_key": lambda items, name: name in json.loads(items),
        "hours_of": lambda items, name: json.loads(items).get(name, {}).get("hours", 0),
        "number_of": lambda items, name: json.loads(items).get(name),
    }


def parameters_of(sql: str) -> frozenset[str]:
    """The parameters that a check names."""
    return frozenset(re.findall(r"(?<![:\w]):([a-z_]+)", sql))
