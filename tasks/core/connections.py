"""Connections to a database that an operator has named: what does not answer is told in one sentence."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError

from tasks.core.database import for_reading


class DatabaseDownError(RuntimeError):
    """A database cannot be connected to; the message is one sentence with what to do."""


def connected(engine: Engine) -> Connection:
    """A new connection.

    Raises:
        DatabaseDownError: there is no such database, it does not let us in, or the file is none.
    """
    try:
        return engine.connect()
    except (DBAPIError, sqlite3.Error) as error:
        raise DatabaseDownError(unanswered(engine, error)) from None


def unanswered(engine: Engine, error: Exception) -> str:
    """What is said of a database that cannot be connected to: never the password."""
    reason = str(getattr(error, "orig", None) or error).strip().partition("\n")[0].rstrip(".")
    if engine.dialect.name == "sqlite":
        remedy = "name a file that may be written, or move this one away"
    else:
        remedy = "start it, or correct the address, the user, the password, or the name of the database"
    return f"{shown(engine)} cannot be connected to ({reason}); {remedy}."


def shown(engine: Engine) -> str:
    """Which database it is, as people are told."""
    return engine.url.render_as_string(hide_password=True)


@contextmanager
def snapshot(engine: Engine) -> Iterator[Connection]:
    """One view of the database from beginning to end, while others write.

    Raises:
        DatabaseDownError: it cannot be connected to.
    """
    with connected(for_reading(engine)) as connection, connection.begin():
        yield connection
