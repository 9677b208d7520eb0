"""Survey files imported as the flow does, and what became of their rows."""

from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import select

from schemas.tables import IntakeRow
from tasks.core.database import reading
from tasks.intake.store import FileReport
from tasks.season.control_totals import tally
from tasks.surveys.import_surveys import import_responses

NOW = datetime(2022, 6, 11, 13, 0, tzinfo=UTC)


def import_file(*paths: Path, as_of: datetime = NOW) -> list[FileReport]:
    reports = import_responses.fn("2022", as_of, list(paths))
    found = tally("2022", "survey")
    assert found.holds, found.counts
    assert found.waiting == 0
    return reports


def dispositions() -> dict[int, str]:
    with reading() as db:
        return {row.row_number: row.disposition for row in db.scalars(select(IntakeRow).order_by(IntakeRow.row_number))}
