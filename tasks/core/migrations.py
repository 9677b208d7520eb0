"""Bringing a database to the schema of this version."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine
from sqlalchemy.exc import IntegrityError

from schemas.settings import ROOT, settings
from tasks.core.database import engine_for, for_reading


def migrate() -> None:
    """Bring the database to the newest schema; a no-op where it is there already."""
    migrate_to_newest(engine_for(settings().database))


def migrate_to_newest(engine: Engine) -> None:
    """Bring any database to the newest schema."""
    with for_reading(engine).connect() as connection:
        if revision_of(connection) == newest_revision():
            return
    config = _migrations()
    with engine.connect() as connection, tables_may_be_made_anew(connection):
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


def revision_of(connection: Connection) -> str | None:
    """The schema that a database has; none where nothing has been opened yet."""
    return MigrationContext.configure(connection).get_current_revision()


@cache
def newest_revision() -> str | None:
    """The schema that this version of the program needs."""
    return ScriptDirectory.from_config(_migrations()).get_current_head()


@cache
def is_known_revision(revision: str) -> bool:
    """Whether this version of the program knows a schema, and can migrate from it."""
    return revision in {item.revision for item in ScriptDirectory.from_config(_migrations()).walk_revisions()}


def _migrations() -> Config:
    config = Config()
    config.set_main_option("script_location", str(ROOT / "schemas" / "migrations"))
    return config


@contextmanager
def tables_may_be_made_anew(connection: Connection) -> Iterator[None]:
    """A transaction in which SQLite may drop and rename a table that others refer to, as a change of its constraints needs.

    Raises:
        IntegrityError: rows refer to what is no longer there; nothing is changed.
    """
    if connection.dialect.name != "sqlite":
        with connection.begin():
            yield
        return
    driver: Any = connection.connection.driver_connection
    driver.execute("PRAGMA foreign_keys=OFF")  # has no effect inside of a transaction
    try:
        with connection.begin():
            yield
            broken = connection.exec_driver_sql("PRAGMA foreign_key_check").fetchall()
            if broken:
                raise IntegrityError("PRAGMA foreign_key_check", None, ValueError(f"dangling references: {broken[:5]}"))
    finally:
        driver.execute("PRAGMA foreign_keys=ON")
