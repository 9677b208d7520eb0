"""What may be tried again: what says nothing about the work itself, and never what would fail again."""

import sqlite3

import psycopg
import pytest
from sqlalchemy import create_engine, select, text
from sqlalchemy.exc import DBAPIError, OperationalError

from schemas.settings import settings
from schemas.tables import District
from tasks.core.database import engine_for, reading
from tasks.core.step import is_transport_fault


@pytest.mark.usefixtures("database")
def test_too_many_names_in_one_query_are_not_tried_again() -> None:
    names = [f"{number:07d}" for number in range(300_000)]  # SQLite may take 250,000
    with pytest.raises(DBAPIError) as found, reading() as db:
        db.scalars(select(District).where(District.lea_id.in_(names))).all()
    assert not is_transport_fault(found.value)


@pytest.mark.usefixtures("database")
def test_a_table_that_is_not_there_is_not_waited_for() -> None:
    with pytest.raises(DBAPIError) as found, reading() as db:
        db.execute(text("SELECT * FROM nothing"))
    assert not is_transport_fault(found.value)


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_a_database_that_is_busy_is_tried_again(database: str) -> None:
    assert database == "sqlite"
    path = settings().database.removeprefix("sqlite:///")
    with sqlite3.connect(path) as holder, create_engine(settings().database).connect() as waiting:
        holder.execute("BEGIN IMMEDIATE")
        waiting.exec_driver_sql("PRAGMA busy_timeout=10")
        with pytest.raises(OperationalError) as found:
            waiting.exec_driver_sql("DELETE FROM district")
    holder.close()
    assert is_transport_fault(found.value)


@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
def test_a_server_that_is_gone_or_gives_up_a_deadlock_is_tried_again(database: str) -> None:
    assert database == "postgresql"
    with pytest.raises(OperationalError) as found:
        create_engine("postgresql+psycopg://nobody@127.0.0.1:1/nothing").connect()
    assert is_transport_fault(found.value)
    assert is_transport_fault(OperationalError("UPDATE", None, psycopg.errors.DeadlockDetected("deadlock")))
    with engine_for(settings().database).connect() as ended, pytest.raises(OperationalError) as lost:
        ended.execute(text("SELECT pg_terminate_backend(pg_backend_pid())"))
    assert is_transport_fault(lost.value)
