"""The one door to the database: transactions, and inserts that a repeated run may do again.

SQLite runs with WAL, foreign keys and immediate write transactions; PostgreSQL needs nothing special. Same code for both.
"""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import make_url
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.orm import Session
from sqlalchemy.pool import ConnectionPoolEntry

from schemas.columns import Base
from schemas.settings import ROOT, settings


@lru_cache(maxsize=4)
def engine_for(url: str) -> Engine:
    """The engine of one database URL; SQLite gets its folder and its settings."""
    parsed = make_url(url)
    if parsed.get_backend_name() != "sqlite":
        return create_engine(parsed, pool_pre_ping=True)
    Path(parsed.database or ".").parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(parsed)
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_immediate)
    return engine


def _prepare_sqlite(connection: DBAPIConnection, _record: ConnectionPoolEntry) -> None:
    setattr(connection, "isolation_level", None)  # noqa: B010 - a DBAPI attribute that the protocol does not name
    cursor = connection.cursor()
    for pragma in ("journal_mode=WAL", "foreign_keys=ON", "busy_timeout=60000", "synchronous=NORMAL"):
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
    engine = engine_for(settings().database).execution_options(is_reading=True)
    if engine.dialect.name != "sqlite":  # where every statement would otherwise see a newer state than the one before
        engine = engine.execution_options(isolation_level="REPEATABLE READ")
    with Session(engine) as session:
        yield session


def insert_new(db: Session, table: type[Base], rows: Iterable[Mapping[str, Any]]) -> int:
    """Insert the rows that are not there yet, by any unique key; how many were new."""
    batch = [dict(row) for row in rows]
    if not batch:
        return 0
    dialect = postgresql if db.get_bind().dialect.name == "postgresql" else sqlite
    statement = dialect.insert(table).on_conflict_do_nothing()
    done: int = db.connection().execute(statement, batch, execution_options={"preserve_rowcount": True}).rowcount
    return done


def migrate() -> None:
    """Bring the database to the newest schema; a no-op where it is there already."""
    config = Config()
    config.set_main_option("script_location", str(ROOT / "schemas" / "migrations"))
    with engine_for(settings().database).connect() as connection, connection.begin():
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
