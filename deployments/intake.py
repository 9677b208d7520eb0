"""Survey files from the command line: take them in now, or say what they hold."""

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import select

from schemas.tables import QuarantineItem, SourceFile
from tasks.conservation import check_conservation
from tasks.database import migrate, reading
from tasks.files import read_source
from tasks.intake import contract_of, map_columns, stage_files
from tasks.seasons import policy_of
from tasks.surveys import settle_applications


def take_in_surveys_here(season: str, files: Sequence[Path]) -> list[dict[str, Any]]:
    """Take files in without a server, by the same steps as the flow; for each file what became of its rows."""
    now = datetime.now(UTC)
    migrate()
    reports = stage_files.fn(season, "survey", now, files)
    settle_applications.fn(season, now)
    check_conservation.fn(season, "survey", "seats")
    by_name = {report.name: report for report in reports}
    return [{**_outcome(season, path), "is_new": by_name[path.name].is_new} for path in files]


def _outcome(season: str, path: Path) -> dict[str, Any]:
    file_hash = read_source(path).file_hash
    with reading() as db:
        source = db.get_one(SourceFile, (season, "survey", file_hash))
        query = select(QuarantineItem).where(
            QuarantineItem.season == season, QuarantineItem.kind == "survey", QuarantineItem.file_hash == file_hash
        )
        items = list(db.scalars(query.order_by(QuarantineItem.row_number, QuarantineItem.rule)))
    faults = [
        {"row": i.row_number, "field": i.field, "value": i.value, "problem": i.problem, "remedy": i.remedy}
        for i in items
        if i.severity == "critical"
    ]
    return {
        "name": source.name,
        "rows": source.row_count,
        "quarantined": len({fault["row"] for fault in faults}),
        "message": source.message,
        "faults": faults,
    }


def inspect_survey(season: str, path: Path) -> dict[str, Any]:
    """What a survey export holds, also one that is not ours, and what is missing for ours."""
    table = read_source(path)
    found, messages = map_columns(table, contract_of("survey", policy_of(season)))
    first = table.rows[0].cells[found["response_id"]] if table.rows and "response_id" in found else None
    return {
        "dialect": table.dialect,
        "header_rows": table.header_rows,
        "columns": [column.names[0] if column.names else "" for column in table.columns],
        "responses": len(table.rows),
        "first_response_id": first,
        "fields": sorted(found),
        "warnings": [*table.messages, *messages],
    }
