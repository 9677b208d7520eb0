"""Promises broken one by one: each check has SQL that breaks its promise, and is run on a copy whose guards are lifted."""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from sqlalchemy import Connection, Engine, create_engine, event

from tasks.season.audit import Auditor, Check, auditor_on

FOLDER = Path(__file__).parent / "mutations"
HEAD = re.compile(
    r"^-- breaks: (?P<name>[a-z0-9-]+)\n(?:-- policy: (?P<key>\w+) = (?P<value>\d+)\n)?(?P<sql>(?:(?!-- )[^\n]*\n)+)",
    re.MULTILINE,
)
TYPES: Mapping[str, Mapping[str, str]] = {
    "sqlite": {"json": "text", "cells": "text"},
    "postgresql": {"json": "json", "cells": "text"},
}
WITHOUT_GUARDS = """
DO $$ DECLARE item record; BEGIN
  FOR item IN SELECT conrelid::regclass AS name, conname FROM pg_constraint
              WHERE contype = 'c' AND connamespace = 'public'::regnamespace
  LOOP EXECUTE format('ALTER TABLE %s DROP CONSTRAINT %I', item.name, item.conname); END LOOP;
END $$"""


@dataclass(frozen=True, slots=True)
class Mutation:
    """What breaks one promise; ``numbers`` are the policy's where the promise needs others."""

    name: str
    statements: tuple[str, ...]
    numbers: Mapping[str, int]


def mutations() -> list[Mutation]:
    """Every mutation, subject by subject."""
    return [
        Mutation(
            found["name"],
            tuple(part for part in found["sql"].split(";\n") if part.strip()),
            {found["key"]: int(found["value"])} if found["key"] else {},
        )
        for path in sorted(FOLDER.glob("*.sql"))
        for found in HEAD.finditer(path.read_text(encoding="utf-8") + "\n")
    ]


def unguarded(url: str) -> Engine:
    """The copied database without what would refuse a mutation: triggers, checks, and references."""
    engine = create_engine(url)
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", lambda driver, _: setattr(driver, "isolation_level", None))
        event.listen(engine, "begin", lambda connection: connection.exec_driver_sql("BEGIN"))
    with engine.begin() as connection:
        if engine.dialect.name == "postgresql":
            connection.exec_driver_sql(WITHOUT_GUARDS.replace("%", "%%"))
        else:
            names = connection.exec_driver_sql("SELECT name FROM sqlite_master WHERE type = 'trigger'").scalars().all()
            for name in names:
                connection.exec_driver_sql(f"DROP TRIGGER {name}")
    return engine


@contextmanager
def broken(engine: Engine, mutation: Mutation, season: str, as_of: datetime) -> Iterator[Auditor]:
    """An auditor of the database with one promise broken; all of it is taken back."""
    with engine.connect() as connection:
        _lift(connection)
        with connection.begin() as transaction:
            for statement in mutation.statements:
                for name, type_ in TYPES[engine.dialect.name].items():
                    statement = statement.replace(f"{{{name}}}", type_)  # noqa: PLW2901 - as the database writes it
                connection.exec_driver_sql(statement.replace("%", "%%") if "psycopg" in str(engine.url) else statement)
            yield with_numbers(auditor_on(connection, season, as_of), mutation.numbers)
            transaction.rollback()


def with_numbers(auditor: Auditor, numbers: Mapping[str, int]) -> Auditor:
    """The auditor with other numbers of the policy."""
    return replace(auditor, known={**auditor.known, **numbers})


def _lift(connection: Connection) -> None:
    """Let this connection write what no transition and no reference allows."""
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql("SET session_replication_role = replica")
        connection.commit()
        return
    driver = connection.connection.driver_connection
    assert driver is not None
    for pragma in ("foreign_keys = OFF", "ignore_check_constraints = ON"):
        driver.execute(f"PRAGMA {pragma}")


def violations(auditor: Auditor, check: Check) -> int:
    """How often a promise is broken."""
    return auditor.look(check).violations
