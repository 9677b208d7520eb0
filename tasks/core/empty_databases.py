"""A database that is filled from another one: it is empty before, and again if anything goes wrong."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Connection, Engine, inspect, text

from tasks.core.connections import connected, shown

BESIDE = ("-wal", "-shm")
DROPS = text("""
    SELECT format('DROP %s IF EXISTS %I.%I CASCADE', CASE relkind WHEN 'v' THEN 'VIEW' WHEN 'm' THEN 'MATERIALIZED VIEW'
        WHEN 'S' THEN 'SEQUENCE' ELSE 'TABLE' END, nspname, relname)
    FROM pg_class JOIN pg_namespace own ON own.oid = relnamespace
    WHERE relkind IN ('r', 'p', 'v', 'm', 'S') AND nspname NOT LIKE 'pg\\_%' AND nspname <> 'information_schema'
    UNION ALL SELECT format('DROP ROUTINE IF EXISTS %s CASCADE', pg_proc.oid::regprocedure)
    FROM pg_proc JOIN pg_namespace own ON own.oid = pronamespace
    WHERE nspname NOT LIKE 'pg\\_%' AND nspname <> 'information_schema'
    UNION ALL SELECT format('DROP TYPE IF EXISTS %I.%I CASCADE', nspname, typname)
    FROM pg_type JOIN pg_namespace own ON own.oid = typnamespace
    WHERE typtype IN ('e', 'd') AND nspname NOT LIKE 'pg\\_%' AND nspname <> 'information_schema'
""")


class NotEmptyError(RuntimeError):
    """There are tables already where something was to be put; the message says what to do."""


def file_of(engine: Engine) -> Path:
    """The file of an SQLite database."""
    return Path(engine.url.database or "")


def require_empty(engine: Engine) -> None:
    """Nothing that is there is ever written over, and a file that is not there is not made yet.

    Raises:
        NotEmptyError: there are tables.
        DatabaseDownError: it cannot be connected to.
    """
    if engine.dialect.name == "sqlite" and not file_of(engine).exists():
        return
    with connected(engine) as connection:
        if inspect(connection).get_table_names():
            raise NotEmptyError(f"{shown(engine)} is not empty; name an empty database, or move this one away first.")


@contextmanager
def empty_on_failure(engine: Engine) -> Iterator[None]:
    """What comes into an empty database in here is removed again if it fails."""
    before = _drops(engine)
    try:
        yield
    except BaseException:
        _remove(engine, before)
        raise


def _drops(engine: Engine) -> set[str]:
    """The statements that would drop what is there now; SQLite's is one file."""
    if engine.dialect.name == "sqlite":
        return set()
    with connected(engine) as connection:
        return _drops_of(connection)


def _drops_of(connection: Connection) -> set[str]:
    return set(connection.scalars(DROPS))


def _remove(engine: Engine, before: set[str]) -> None:
    if engine.dialect.name == "sqlite":
        engine.dispose()
        remove_file(file_of(engine))
        return
    with engine.begin() as connection:
        for statement in sorted(_drops_of(connection) - before):
            connection.execute(text(statement.replace(":", r"\:")))


def remove_file(path: Path) -> None:
    """Remove an SQLite database with what SQLite keeps beside it."""
    path.unlink(missing_ok=True)
    for suffix in BESIDE:
        path.with_name(path.name + suffix).unlink(missing_ok=True)
