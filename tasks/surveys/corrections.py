"""The quarantine in the hands of an operator: rejected responses as a table to correct, which comes back like any export."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session, contains_eager

from schemas.contracts import SURVEY
from schemas.kinds import Severity
from schemas.statuses import REJECTED_ROWS
from schemas.tables import IntakeRow, QuarantineItem, RejectedRow, SourceFile
from tasks.core.database import reading
from tasks.core.spreadsheets import write_table
from tasks.surveys.classify import KIND, ORIGIN

FIELDS = tuple(field.name for field in SURVEY.fields if field.name not in ORIGIN)
HEADER = (*ORIGIN, "what_is_wrong", *FIELDS, "as_it_came")


def export_quarantine(season: str, path: Path) -> int:
    """Write every rejected response with what is wrong with it; how many there are.

    The operator corrects the cells of the fields and sends the file again; the first two columns say which row is corrected.
    """
    with reading() as db:
        return write_table(path, HEADER, _rows(db, season))


def _rows(db: Session, season: str) -> Iterator[Sequence[str]]:
    mine = (IntakeRow.season == season, IntakeRow.kind == KIND, IntakeRow.disposition.in_(REJECTED_ROWS))
    faults = _faults(db, season)
    query = (
        select(IntakeRow, RejectedRow.raw).join(IntakeRow.source).options(contains_eager(IntakeRow.source)).where(*mine)
    )
    query = query.outerjoin(
        RejectedRow, (RejectedRow.file_id == IntakeRow.file_id) & (RejectedRow.row_number == IntakeRow.row_number)
    )
    for row, raw in db.execute(query.order_by(SourceFile.received_at, SourceFile.name, IntakeRow.row_number)):
        content = row.content
        name = content.get("response_id") or f"q-{row.file_id}-{row.row_number}"
        values = [name if field == "response_id" else content.get(field, "") for field in FIELDS]
        came = (raw or b"").decode(row.source.encoding or "utf-8", errors="replace").rstrip("\r\n")
        what = "; ".join(faults.get((row.file_id, row.row_number), ()))
        yield [str(row.file_id), str(row.row_number), what, *values, came]


def _faults(db: Session, season: str) -> Mapping[tuple[int, int], list[str]]:
    """What is wrong with each row of the season, by its file and number."""
    found: dict[tuple[int, int], list[str]] = defaultdict(list)
    query = select(QuarantineItem).join(SourceFile, SourceFile.file_id == QuarantineItem.file_id)
    query = query.where(
        SourceFile.season == season, SourceFile.kind == KIND, QuarantineItem.severity == Severity.CRITICAL
    )
    for item in db.scalars(query.order_by(QuarantineItem.rule, QuarantineItem.field)):
        found[item.file_id, item.row_number].append(f"{item.field}: {item.problem}, {item.remedy}")
    return found
