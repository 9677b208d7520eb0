"""The quarantine in the hands of an operator: refused responses as a table to correct, which comes back like any export."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session, contains_eager

from schemas.contracts import CRITICAL, SURVEY
from schemas.tables import IntakeRow, QuarantineItem, RefusedRow, SourceFile
from tasks.database import reading
from tasks.exports import write_table
from tasks.responses import KIND

ORIGIN = ("origin_file", "origin_row")
FIELDS = tuple(field.name for field in SURVEY.fields if field.name not in ORIGIN)
HEADER = (*ORIGIN, "what_is_wrong", *FIELDS, "as_it_came")


def export_quarantine(season: str, path: Path) -> int:
    """Write every refused response with what is wrong with it; how many there are.

    The operator corrects the cells of the fields and hands the file in again; the first two columns say which row is put right.
    """
    with reading() as db:
        return write_table(path, HEADER, _rows(db, season))


def _rows(db: Session, season: str) -> Iterator[Sequence[str]]:
    mine = (IntakeRow.season == season, IntakeRow.kind == KIND, IntakeRow.disposition == "quarantined")
    query = select(IntakeRow).join(IntakeRow.source).options(contains_eager(IntakeRow.source)).where(*mine)
    for row in db.scalars(query.order_by(SourceFile.received_at, SourceFile.name, IntakeRow.row_number)):
        content = row.content
        name = content.get("response_id") or f"q-{row.file_id}-{row.row_number}"
        values = [name if field == "response_id" else content.get(field, "") for field in FIELDS]
        refused = db.get(RefusedRow, (row.file_id, row.row_number))
        came = refused.raw.decode(row.source.encoding or "utf-8", errors="replace").rstrip("\r\n") if refused else ""
        yield [str(row.file_id), str(row.row_number), _faults(db, row), *values, came]


def _faults(db: Session, row: IntakeRow) -> str:
    query = select(QuarantineItem).where(
        QuarantineItem.file_id == row.file_id,
        QuarantineItem.row_number == row.row_number,
        QuarantineItem.severity == CRITICAL,
    )
    items = db.scalars(query.order_by(QuarantineItem.rule, QuarantineItem.field))
    return "; ".join(f"{item.field}: {item.problem}, {item.remedy}" for item in items)
