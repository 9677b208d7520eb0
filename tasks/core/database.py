"""The one door to the database: transactions, and inserts that a repeated run may do again.

SQLite runs with WAL, foreign keys and immediate write transactions; PostgreSQL needs nothing special. Same code for both.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import lru_cache
from itertools import chain, islice
from pathlib import Path
from typing import Any, TypeVar

import orjson
from sqlalchemy import Connection, Engine, create_engine, event, inspect, text
from sqlalchemy.engine import make_url
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.orm import Session
from sqlalchemy.pool import ConnectionPoolEntry

from schemas.columns import Base
from schemas.database_urls import DatabaseUrlError, problem_of
from schemas.settings import settings
from tasks.core import state_changes  # noqa: F401 - no session without the checks of statuses

T = TypeVar("T")

COPY_FROM_ROWS = 200
NAMES_A_QUERY = 500
VALUES_A_STATEMENT = 32_000  # SQLite takes 32,766


def _json(value: Any) -> str:
    return orjson.dumps(value).decode()


# What is bound to a statement stays out of the messages of errors: it names people.
ENGINE: Mapping[str, Any] = {
    "hide_parameters": True,
    "json_serializer": _json,
    "json_deserializer": orjson.loads,
}


@lru_cache(maxsize=4)
def engine_for(url: str) -> Engine:
    """The engine of one database URL; SQLite gets its folder and its settings, PostgreSQL sessions in UTC.

    Raises:
        DatabaseUrlError: the URL cannot be used.
    """
    if problem := problem_of(url):
        raise DatabaseUrlError(problem)
    parsed = make_url(url)
    if parsed.get_backend_name() != "sqlite":
        engine = create_engine(parsed, pool_pre_ping=True, **ENGINE)
        event.listen(engine, "connect", _keep_time_in_utc)
        return engine
    _make_folder(Path(parsed.database or "").parent)
    engine = create_engine(parsed, **ENGINE)
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_immediate)
    return engine


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise DatabaseUrlError(f"names a folder that cannot be made ({error.strerror}); name another one") from None


def _keep_time_in_utc(connection: Any, _record: ConnectionPoolEntry) -> None:
    """Whatever time zone the server, the database, or the user has: casts to days in SQL mean the same everywhere."""
    connection.autocommit = True  # else it would be undone with the first transaction that is
    connection.execute("SET TIME ZONE 'UTC'")
    connection.autocommit = False


def _prepare_sqlite(connection: DBAPIConnection, _record: ConnectionPoolEntry) -> None:
    setattr(connection, "isolation_level", None)  # noqa: B010 - a DBAPI attribute that the protocol does not name
    cursor = connection.cursor()
    for pragma in (
        "journal_mode=WAL",
        "foreign_keys=ON",
        "recursive_triggers=ON",  # a row that is replaced is deleted, which append-only tables refuse
        "busy_timeout=60000",
        "synchronous=NORMAL",
        "cache_size=-65536",
    ):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin_immediate(connection: Connection) -> None:
    is_reading = connection.get_execution_options().get("is_reading")
    connection.exec_driver_sql("BEGIN" if is_reading else "BEGIN IMMEDIATE")


@contextmanager
def transaction() -> Iterator[Session]:
    """A unit of work: everything in it is committed together, or nothing is."""
    with Session(engine_for(settings().database), expire_on_commit=False) as session, session.begin():
        yield session


@contextmanager
def reading() -> Iterator[Session]:
    """One consistent view for reading, which never waits for a writer."""
    with Session(for_reading(engine_for(settings().database))) as session:
        yield session


def for_reading(engine: Engine) -> Engine:
    """The same database, of which each transaction is one consistent view."""
    engine = engine.execution_options(is_reading=True)
    if engine.dialect.name != "sqlite":  # where every statement would otherwise see a newer state than the one before
        engine = engine.execution_options(isolation_level="REPEATABLE READ")
    return engine


def insert_new(
    db: Session, table: type[Base], rows: Iterable[Mapping[str, Any]], natural_key: Sequence[str] = ()
) -> int:
    """Insert the rows that are not known yet; how many were new. All rows name the same columns.

    Known is a row with the same natural key, by default the primary key. Any other conflict is an error.
    """
    batch = list(rows)
    if not batch:
        return 0
    names = _named_columns(table, batch[0])
    key = natural_key or [column.name for column in inspect(table).primary_key]
    conflict = f"ON CONFLICT ({', '.join(_quoted(key))}) DO NOTHING"
    return _insert_with(db, table, names, _stored(db, table, names, batch), conflict)


def insert(db: Session, table: type[Base], rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert rows that cannot be there yet: one that is there is an error. All rows name the same columns."""
    if not rows:
        return
    names = _named_columns(table, rows[0])
    stored = _stored(db, table, names, rows)
    if db.get_bind().dialect.name == "postgresql":
        _copy(driver_of(db).cursor(), f"{table.__tablename__} ({', '.join(_quoted(names))})", stored)
    else:
        _execute_many(db, table, names, stored, "")


def _named_columns(table: type[Base], row: Mapping[str, Any]) -> list[str]:
    return [column.name for column in inspect(table).columns if column.name in row or column.default is not None]


def driver_of(db: Session) -> Any:
    """The driver's own connection, within the open transaction."""
    db.flush()
    return db.connection().connection.driver_connection


def _quoted(names: Iterable[str]) -> list[str]:
    return [f'"{name}"' for name in names]


def _stored(
    db: Session, table: type[Base], names: Sequence[str], rows: Sequence[Mapping[str, Any]]
) -> list[tuple[Any, ...]]:
    """The rows as the driver takes them: the columns' types are asked once, and not for every value."""
    dialect = db.get_bind().dialect
    columns = []
    for name in names:
        column = inspect(table).columns[name]
        default = getattr(column.default, "arg", None)
        values = [row.get(name, default) for row in rows]
        process = column.type.dialect_impl(dialect).bind_processor(dialect)
        columns.append([process(value) for value in values] if process else values)
    return list(zip(*columns, strict=True))


def _copy_new(
    db: Session, table: type[Base], names: Sequence[str], rows: Sequence[Sequence[Any]], conflict: str
) -> int:
    """Many rows into PostgreSQL, as a rule all of them new: by COPY, or by way of a table beside if one is there already."""
    from psycopg.errors import UniqueViolation  # noqa: PLC0415 - only with PostgreSQL

    driver = driver_of(db)
    try:
        with driver.transaction():  # a savepoint
            _copy(driver.cursor(), f"{table.__tablename__} ({', '.join(_quoted(names))})", rows)
    except UniqueViolation:
        return _copy_over(db, table, names, rows, conflict)
    return len(rows)


def _copy_over(
    db: Session, table: type[Base], names: Sequence[str], rows: Iterable[Sequence[Any]], conflict: str
) -> int:
    """Many rows into PostgreSQL: COPY beside the table, and from there into it; how many were new or changed."""
    name, columns = table.__tablename__, ", ".join(_quoted(names))
    with driver_of(db).cursor() as cursor:
        cursor.execute(f"CREATE TEMPORARY TABLE arriving ON COMMIT DROP AS SELECT {columns} FROM {name} WITH NO DATA")  # noqa: S608 - our own names
        _copy(cursor, f"arriving ({columns})", rows)
        cursor.execute(f"INSERT INTO {name} ({columns}) SELECT {columns} FROM arriving {conflict}")  # noqa: S608 - see above
        done: int = cursor.rowcount
        cursor.execute("DROP TABLE arriving")
    return done


def _copy(cursor: Any, target: str, rows: Iterable[Sequence[Any]]) -> None:
    with cursor.copy(f"COPY {target} FROM STDIN") as copy:
        for row in rows:
            copy.write_row(row)


def upsert(db: Session, table: type[Base], rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert the rows, or change those that are there, by their primary key.

    All rows name the same columns, and no two the same key.
    """
    if not rows:
        return
    keys = [column.name for column in inspect(table).primary_key]
    changed = ", ".join(f'"{name}" = excluded."{name}"' for name in rows[0] if name not in keys)
    names = list(rows[0])
    conflict = f"ON CONFLICT ({', '.join(_quoted(keys))}) DO UPDATE SET {changed}"
    _insert_with(db, table, names, _stored(db, table, names, rows), conflict)


def _insert_with(
    db: Session, table: type[Base], names: Sequence[str], rows: Sequence[Sequence[Any]], conflict: str
) -> int:
    """Insert rows some of which may be there, the shortest way that the database has; how many were new or changed."""
    if db.get_bind().dialect.name == "postgresql" and len(rows) > COPY_FROM_ROWS:
        return _copy_new(db, table, names, rows, conflict)
    return _execute_many(db, table, names, rows, conflict)


def _execute_many(
    db: Session, table: type[Base], names: Sequence[str], rows: Sequence[Sequence[Any]], conflict: str
) -> int:
    into = f"INSERT INTO {table.__tablename__} ({', '.join(_quoted(names))}) VALUES"
    cursor = driver_of(db).cursor()
    if db.get_bind().dialect.name == "sqlite":
        return insert_into_sqlite(cursor, f"{into} {{rows}} {conflict}", f"({', '.join('?' * len(names))})", rows)
    cursor.executemany(f"{into} ({', '.join(['%s'] * len(names))}) {conflict}", rows)
    done: int = cursor.rowcount
    cursor.close()
    return done


def insert_into_sqlite(
    cursor: Any, into: str, row: str, rows: Iterable[Sequence[Any]], same: Sequence[Any] = ()
) -> int:
    """Insert many rows with each statement, which takes half the time of a statement for each; how many were new.

    ``into`` is the statement with a place for the rows, and ``row`` the marks of one; ``same`` are the values of its numbered
    marks, given once for a statement.
    """
    size = VALUES_A_STATEMENT // row.count("?")
    waiting, done = iter(rows), 0
    while some := list(islice(waiting, size)):
        cursor.execute(into.format(rows=", ".join([row] * len(some))), [*same, *chain(*some)])
        done += cursor.rowcount
    return done


def refresh_statistics(db: Session, *tables: type[Base]) -> None:
    """Let PostgreSQL look at tables that have just grown by much: it plans the next queries by what it last saw.

    A tenth of the usual sample (3,000 rows) is enough to tell a large table from a small one.
    """
    if db.get_bind().dialect.name == "postgresql":
        db.execute(text("SET LOCAL default_statistics_target = 10"))
        db.execute(text(f"ANALYZE {', '.join(table.__tablename__ for table in tables)}"))


def batches(items: Sequence[T], size: int = NAMES_A_QUERY) -> Iterator[Sequence[T]]:
    """A long list in parts: as many items as one query can name, or ``size``."""
    return (items[i : i + size] for i in range(0, len(items), size))
