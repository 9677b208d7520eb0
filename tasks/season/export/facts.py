"""What the queries of an export join: facts that are looked up or worked out once, in temporary tables of the session."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection
from sqlalchemy.orm import Session

from tasks.season.export.contract import Looked, Prepared, Scope
from tasks.season.export.queries import SQLITE_FUNCTIONS, in_words_of

ROWS_AT_ONCE = 5_000


def prepare(db: Session, facts: Iterable[Prepared | Looked], scope: Scope) -> None:
    """Make the temporary tables, in their order; they are gone with the transaction."""
    connection = db.connection()
    if connection.dialect.name == "sqlite":
        driver: Any = connection.connection.driver_connection
        for name, function in SQLITE_FUNCTIONS.items():
            driver.create_function(name, function.__code__.co_argcount, function, deterministic=True)
    for item in facts:
        if isinstance(item, Looked):
            query = in_words_of(connection.dialect.name, item.sql, scope)
            connection.execute(sa.text(f"CREATE TEMPORARY TABLE {item.name} AS {query}"))
            _index(connection, item.name, item.key)
        else:
            _fill(connection, item, item.rows(db, scope))


def _fill(connection: Connection, item: Prepared, rows: Iterable[Mapping[str, Any]]) -> None:
    columns = ", ".join(f"{c.name} {c.type.compile(connection.dialect)}" for c in item.table.columns)
    connection.exec_driver_sql(f"CREATE TEMPORARY TABLE {item.table.name} ({columns})")
    for some in _batches(rows):
        connection.execute(sa.insert(item.table), some)
    _index(connection, item.table.name, [column.name for column in item.table.columns][: item.key_length])


def _index(connection: Connection, name: str, key: Sequence[str]) -> None:
    """Index a temporary table, and let PostgreSQL look at it, which does not by itself."""
    if key:
        connection.exec_driver_sql(f"CREATE INDEX ix_{name} ON {name} ({', '.join(key)})")
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql(f"ANALYZE {name}")


def _batches(rows: Iterable[Mapping[str, Any]]) -> Iterator[list[Mapping[str, Any]]]:
    waiting = iter(rows)
    while some := list(islice(waiting, ROWS_AT_ONCE)):
        yield some
