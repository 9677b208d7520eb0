"""A unit of work some of which is written behind: in order, all of it or nothing."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from schemas.tables import HttpSource
from tasks.database import insert, insert_new, migrate, reading, writing

NOW = datetime(2022, 6, 15, 13, 0, tzinfo=UTC)


def source(url: str) -> dict[str, object]:
    return {"season": "2022", "url": url, "etag": "", "fetched_at": NOW}


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
