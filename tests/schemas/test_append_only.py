"""Append-only tables, tried from outside of the program: with the databases' own clients, not with our connections."""

import sqlite3
from collections.abc import Callable
from typing import Any

import psycopg
import pytest
from sqlalchemy import select, text

from schemas.settings import settings
from schemas.tables import Decision, PolicyVersion
from tasks.core.database import insert_new, reading, transaction
from tests.schemas.test_migrations import DECISION

COLUMNS = "season, subject_kind, subject_key, rule, policy_version, inputs, outcome, reason, decided_at, cause"
SAME_DAY = (
    "SELECT season, subject_kind, subject_key, rule, policy_version, inputs, 'declined', 'No.', decided_at, cause"
)
VERSION = {"policy_version": "2022-0", "season": "2022", "content": {}}


def outside(statement: str) -> None:
    """Run a statement as anybody could who has the file or the password."""
    url = settings().database
    connect: Callable[..., Any] = sqlite3.connect if url.startswith("sqlite") else psycopg.connect
    connection = connect(url.removeprefix("sqlite:///").replace("postgresql+psycopg://", "postgresql://"))
    try:
        connection.execute(statement)
        connection.commit()
    finally:
        connection.close()


def on_record() -> list[tuple[str, str]]:
    with reading() as db:
        decisions = [(found.outcome, found.reason) for found in db.scalars(select(Decision))]
        return [
            *decisions,
            *((found.policy_version, str(found.content)) for found in db.scalars(select(PolicyVersion))),
        ]


@pytest.fixture
def before(database: str) -> list[tuple[str, str]]:
    assert database
    with transaction() as db:
        assert insert_new(db, Decision, [DECISION]) == 1
        assert insert_new(db, PolicyVersion, [VERSION]) == 1
    return on_record()


REFUSED = {
    "sqlite": [
        (
            "INSERT OR REPLACE INTO decision SELECT decision_id, '2023', subject_kind, subject_key, rule, policy_version, "
            "inputs, outcome, reason, decided_at, cause FROM decision"
        ),
        "UPDATE OR REPLACE decision SET outcome = 'declined'",
        "DELETE FROM policy_version",
        "UPDATE policy_version SET content = '{\"a\": 1}'",
    ],
    "postgresql": [
        "TRUNCATE decision",
        "TRUNCATE policy_version CASCADE",
        "DELETE FROM policy_version",
        "UPDATE policy_version SET season = '2023'",
    ],
}
PASSED_OVER = [
    f"INSERT OR REPLACE INTO decision ({COLUMNS}) {SAME_DAY} FROM decision",
    "INSERT OR REPLACE INTO policy_version VALUES ('2022-0', '2022', '{\"a\": 1}')",
    "REPLACE INTO policy_version SELECT policy_version, '2023', content FROM policy_version",
]
ANOTHER_DAY = (
    "SELECT {}, season, subject_kind, subject_key, rule, policy_version, inputs, 'declined', 'No.', '2023-01-01', 'b' "
    "FROM decision"
)
POLICY = "(rowid, policy_version, season, content) SELECT rowid, 'another', '2022', '{}' FROM policy_version"
ROW_IDS = [
    ("rowid", "rowid"),
    ("_rowid_", "decision_id"),
    ("decision_id", "CAST(decision_id AS TEXT)"),
    ("decision_id", "decision_id + 0.0"),
]
BY_ROW_ID = [
    f"INSERT OR REPLACE INTO policy_version {POLICY}",
    f"REPLACE INTO policy_version {POLICY}",
    *(f"INSERT OR REPLACE INTO decision ({name}, {COLUMNS}) {ANOTHER_DAY.format(value)}" for name, value in ROW_IDS),
]


def test_rows_can_be_neither_replaced_nor_deleted_nor_emptied(database: str, before: list[tuple[str, str]]) -> None:
    for statement in REFUSED[database]:
        with pytest.raises((sqlite3.IntegrityError, psycopg.errors.RaiseException), match="append-only"):
            outside(statement)
        assert on_record() == before


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
@pytest.mark.parametrize("statement", PASSED_OVER)
def test_a_row_whose_natural_key_is_there_replaces_nothing(before: list[tuple[str, str]], statement: str) -> None:
    outside(statement)
    assert on_record() == before


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
@pytest.mark.parametrize("statement", BY_ROW_ID)
def test_no_row_is_replaced_by_the_row_id_that_sqlite_gives_it(before: list[tuple[str, str]], statement: str) -> None:
    with pytest.raises(sqlite3.Error, match=r"append-only|no column named rowid"):
        outside(statement)
    assert on_record() == before


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_the_row_id_of_an_append_only_table_is_its_key_or_it_has_none(database: str) -> None:
    assert database == "sqlite"
    with reading() as db:
        guarded = "SELECT tbl_name FROM sqlite_master WHERE type = 'trigger' AND name LIKE '%_append_only_update'"
        tables = {name for (name,) in db.execute(text(guarded))}
        listed = db.execute(text("SELECT name, wr FROM pragma_table_list WHERE schema = 'main'"))
        without = {name for name, is_without_row_id in listed if is_without_row_id}
    assert tables == {"decision", "policy_version"}
    assert tables - without == {"decision"}, "whose decision_id is the row id, and is checked"
