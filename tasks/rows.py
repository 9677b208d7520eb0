"""Writing rows that were taken in, with what became of each, and everything that was found wrong with them."""

from collections.abc import Mapping

import polars as pl
from sqlalchemy import update
from sqlalchemy.orm import Session

from schemas.tables import IntakeRow, QuarantineItem, RefusedRow, RuleResult, SourceFile
from tasks.database import bulk_insert, insert_new
from tasks.parts import Arrival, Part

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


def write_rows(db: Session, part: Part, rows: pl.DataFrame) -> int:
    """Store the rows of a part with everything that is wrong with them; how many are refused."""
    arrival = part.arrival
    bulk_insert(db, IntakeRow, rows, file_id=arrival.file_id, season=arrival.season, kind=arrival.kind)
    return store_faults(db, part)


def store_faults(db: Session, part: Part) -> int:
    """Keep each fault, and the bytes of each refused row as they stand in the file; how many rows are refused."""
    file_id, numbers = part.arrival.file_id, part.block.row_numbers
    names = ("rule", "field", "severity", "value", "problem", "remedy")
    insert_new(
        db,
        QuarantineItem,
        [
            {"file_id": file_id, "row_number": numbers[index], **{name: getattr(finding, name) for name in names}}
            for index, findings in sorted(part.findings.items())
            for finding in findings
        ],
    )
    refused = sorted(part.refused())
    rows = [{"file_id": file_id, "row_number": numbers[i], "raw": part.block.bytes_of(i)} for i in refused]
    insert_new(db, RefusedRow, rows)
    return len(refused)


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
