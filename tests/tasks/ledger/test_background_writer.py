"""A unit of work some of which is written behind: in order, all of it or nothing."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any

import orjson
import polars as pl
import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from schemas.tables import HttpSource, IntakeRow
from tasks.core.database import COPY_FROM_ROWS, BulkRows, insert, insert_new, migrate, reading, transaction, upsert
from tasks.intake.row_batch import Part
from tasks.ledger.background_writer import Aside, writing

NOW = datetime(2022, 6, 15, 13, 0, tzinfo=UTC)


ODD_TEXTS = ("plain", "", 'a "b"', "c:\\d", "\t", "two\nlines", "\r", "\x01", "\x7f", "Zoë", "\\N", "\\.", "[]", '","')


def source(url: str, etag: str = "") -> dict[str, object]:
    return {"season": "2022", "url": url, "etag": etag, "fetched_at": NOW}


def fail(_db: Session) -> None:
    raise OSError("the disk is full")


def write_and_fail() -> None:
    with writing() as writer:
        writer.write(insert, HttpSource, [source("a")])
        writer.write(fail)


def stored() -> list[str]:
    with reading() as db:
        return sorted(db.scalars(select(HttpSource.url)))


@pytest.mark.usefixtures("database")
def test_what_is_written_behind_is_there_as_soon_as_the_transaction_is_asked_for() -> None:
    migrate()
    with writing() as writer:
        for number in range(50):
            writer.write(insert, HttpSource, [source(f"{number:02}")])
        assert len(list(writer.db.scalars(select(HttpSource.url)))) == 50
        writer.write(insert_new, HttpSource, [source("00"), source("99")])
    assert stored() == [f"{number:02}" for number in range(50)] + ["99"]


@pytest.mark.usefixtures("database")
def test_a_write_that_fails_behind_undoes_the_whole_unit_of_work() -> None:
    migrate()
    with pytest.raises(OSError, match="the disk is full"):
        write_and_fail()
    assert stored() == []


def test_what_fails_aside_is_raised_where_it_is_waited_for_and_not_before() -> None:
    done: list[int] = []
    with ThreadPoolExecutor(1) as thread:
        aside = Aside(thread)
        aside.call(done.append, 1)
        aside.call(int, "one")
        aside.call(done.append, 2)
        aside.wait_for_all_but(2)
        with pytest.raises(ValueError, match="one"):
            aside.wait_for_all_but(1)
        aside.wait_for_all_but(0)
    assert done == [1, 2]


@pytest.mark.usefixtures("database")
def test_many_rows_are_new_or_changed_by_their_key() -> None:
    migrate()
    many = 2 * COPY_FROM_ROWS
    with transaction() as db:
        upsert(db, HttpSource, [source(f"{number:04}", "old") for number in range(many)])
    with transaction() as db:
        upsert(db, HttpSource, [source(f"{number:04}", "new") for number in range(many // 2, many + 10)])
    with reading() as db:
        etags = {item.url: item.etag for item in db.scalars(select(HttpSource))}
    assert etags == {f"{number:04}": "old" if number < many // 2 else "new" for number in range(many + 10)}


@pytest.mark.usefixtures("database")
def test_texts_that_json_or_copy_write_otherwise_are_stored_as_they_are() -> None:
    migrate()
    values = pl.DataFrame({"a": ODD_TEXTS, "b": ODD_TEXTS[::-1]})
    no_file: Any = None
    cells = Part(no_file, no_file, values, values["a"], {}).cells()
    assert [orjson.loads(text) for text in cells] == [list(row) for row in values.iter_rows()]
    texts = values.select(row_number=pl.int_range(pl.len()), reason="a", natural_key="b", cells=cells)
    with transaction() as db:
        BulkRows(IntakeRow, texts, file_id=7, season="2022", kind="survey", disposition="staged").insert(db)
    with reading() as db:
        stored_rows = list(db.scalars(select(IntakeRow).order_by(IntakeRow.row_number)))
        found = [(row.reason, row.natural_key, row.cells) for row in stored_rows]
    assert found == [(a, b, [a, b]) for a, b in values.iter_rows()]
