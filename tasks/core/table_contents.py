"""What the tables of a database hold: how many rows each, and a digest of them by which two databases are compared."""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import orjson
from sqlalchemy import Connection, Select, Table, column, inspect, select, table

from schemas.tables import Season

TABLES: Sequence[Table] = Season.metadata.sorted_tables
REVISIONS = "alembic_version"
ROWS_AT_ONCE = 2_000
WRAP = 2**256


@dataclass(frozen=True, slots=True)
class TableState:
    """How many rows a table has, and a digest of them (SHA-256) in which their order does not matter."""

    rows: int
    digest: str


def stored_content(connection: Connection) -> Mapping[str, TableState]:
    """Every table that is there with every column, as the database has stored them: of whatever schema it is.

    The digest depends on nothing that a later version of the program may change, and is compared within one kind of database.
    """
    found = inspect(connection)
    names = (name for name in sorted(found.get_table_names()) if name != REVISIONS)
    columns = {name: sorted(item["name"] for item in found.get_columns(name)) for name in names}
    return {
        name: _state_of(
            connection, select(*map(column, names)).select_from(table(name)), orjson.OPT_PASSTHROUGH_DATETIME
        )
        for name, names in columns.items()
    }


def content_of(connection: Connection) -> Mapping[str, TableState]:
    """Every table of the program with the columns that are there, as the program reads them: alike on both databases."""
    found = inspect(connection)
    there = {name: {item["name"] for item in found.get_columns(name)} for name in found.get_table_names()}
    return {
        item.name: _state_of(connection, select(*(c for c in item.columns if c.name in there[item.name])))
        for item in TABLES
        if item.name in there
    }


def content_of_earlier(connection: Connection) -> Mapping[str, TableState]:
    """What versions before ``stored_content`` measured: their own tables, of which this version may not have all any more."""
    found, own = inspect(connection), {item.name for item in TABLES}
    gone = [name for name in found.get_table_names() if name not in own | {REVISIONS}]
    columns = {name: [item["name"] for item in found.get_columns(name)] for name in gone}
    earlier = {
        name: _state_of(connection, select(*map(column, names)).select_from(table(name)))
        for name, names in columns.items()
    }
    return {**content_of(connection), **earlier}


def differing(kept: Mapping[str, TableState], found: Mapping[str, TableState]) -> list[str]:
    """The tables that do not hold the same, or are not there on one side."""
    return sorted(name for name in kept.keys() | found.keys() if kept.get(name) != found.get(name))


def partitions(connection: Connection, query: Select[Any]) -> Iterator[Sequence[Any]]:
    """The rows of a query, some at a time."""
    return connection.execution_options(yield_per=ROWS_AT_ONCE).execute(query).partitions()


def _state_of(connection: Connection, query: Select[Any], option: int = 0) -> TableState:
    total, rows = 0, 0
    for some in partitions(connection, query):
        rows += len(some)
        total += sum(int.from_bytes(hashlib.sha256(_as_bytes(row, option)).digest()) for row in some)
    return TableState(rows, f"{total % WRAP:064x}")


def _as_bytes(row: Sequence[Any], option: int) -> bytes:
    return orjson.dumps(list(row), default=_plain, option=orjson.OPT_SORT_KEYS | orjson.OPT_UTC_Z | option)


def _plain(value: object) -> str:
    """A value as text: a moment in UTC, whatever zone the session has."""
    return str(value.astimezone(UTC) if isinstance(value, datetime) and value.tzinfo else value)
