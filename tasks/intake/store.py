"""Writing rows that were imported, with what became of each, and everything that was found wrong with them."""

from collections.abc import Iterable, Mapping

import polars as pl
from sqlalchemy import update
from sqlalchemy.orm import Session

from schemas.tables import IntakeRow, QuarantineItem, RejectedRow, RuleResult, SourceFile
from tasks.core.database import BulkRows, insert, insert_new
from tasks.intake.row_batch import Arrival, Part

Fate = tuple[str, str]  # what became of a row, and why
FATE = ("disposition", "reason")


def rows_of(part: Part, fates: Mapping[int, Fate], otherwise: Fate) -> pl.DataFrame:
    """The rows of a part as they are stored, each with what became of it and why; without what they have in common."""
    usual = pl.select(pl.repeat(text, len(part)).alias(name) for name, text in zip(FATE, otherwise, strict=True))
    told = pl.DataFrame(list(fates.values()), schema=dict.fromkeys(FATE, pl.String), orient="row")
    return pl.DataFrame(
        [
            pl.Series("row_number", part.block.row_numbers),
            *(usual[name].scatter(list(fates), told[name]) for name in FATE),
            part.keys.alias("natural_key"),
            part.cells().alias("cells"),
        ]
    )


def ready_to_write(part: Part, rows: pl.DataFrame) -> BulkRows:
    """The rows of a part as the database takes them."""
    arrival = part.arrival
    return BulkRows(IntakeRow, rows, file_id=arrival.file_id, season=arrival.season, kind=arrival.kind)


def write_part(db: Session, part: Part, rows: BulkRows, rejected: Iterable[int]) -> None:
    """Store the rows of a part, each fault of them, and the bytes of each rejected row as they stand in the file."""
    rows.insert(db)
    file_id, numbers = part.arrival.file_id, part.block.row_numbers
    names = ("rule", "field", "severity", "value", "problem", "remedy")
    faults = {
        (numbers[index], finding.rule, finding.field): {"file_id": file_id, "row_number": numbers[index]}
        | {name: getattr(finding, name) for name in names}
        for index, findings in sorted(part.findings.items())
        for finding in reversed(findings)  # of several under one name, the first is kept
    }
    insert(db, QuarantineItem, [*faults.values()])
    insert(
        db,
        RejectedRow,
        [{"file_id": file_id, "row_number": numbers[i], "raw": part.block.bytes_of(i)} for i in rejected],
    )


def close_file(db: Session, arrival: Arrival) -> None:
    """Say of a file what is known once it has been read whole."""
    values = {"row_count": arrival.rows, "message": " ".join(arrival.source.messages)}
    db.execute(update(SourceFile).where(SourceFile.file_id == arrival.file_id).values(**values))
    results = [
        {"file_id": arrival.file_id, "rule": rule, "field": name, "severity": severity, "failing_rows": failing}
        | {"outcome": "fail" if failing else "pass"}
        for (rule, name), (severity, failing) in arrival.outcomes.items()
    ]
    insert_new(db, RuleResult, results)
