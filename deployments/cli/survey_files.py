"""Survey files from the command line: take them in now, or say what they hold."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from sqlalchemy import select

from schemas.kinds import InputKind, Severity
from schemas.tables import QuarantineItem, SourceFile
from tasks.core.clock import now
from tasks.core.database import reading
from tasks.core.migrations import migrate
from tasks.core.policies import policy_of
from tasks.intake.match_headers import CONFIDENCE_PERCENT, match_headers, proposals, wanted_names
from tasks.intake.pipeline import contract_of, stage_files
from tasks.intake.read import open_source
from tasks.intake.store import FileReport
from tasks.season.control_totals import check_control_totals
from tasks.seats.librarians import settle_proofs
from tasks.surveys.import_surveys import import_responses
from tasks.surveys.leads import settle_leads

SHOWN_FAULTS = 1_000


def import_surveys_here(season: str, files: Sequence[Path]) -> list[dict[str, Any]]:
    """Import files without a server, by the same steps as the flow; for each file what became of its rows."""
    migrate()
    reports = import_responses.fn(season, now(), [file.absolute() for file in files])
    check_control_totals.fn(season, "survey", "seats")
    return [_outcome(season, report) for report in reports]


def name_leads_here(season: str, file: Path, requested_by: str) -> list[dict[str, Any]]:
    """Import a file of new leads without a server, by the same steps as the flow; what became of its rows."""
    migrate()
    moment = now()
    reports = stage_files.fn(season, InputKind.LEAD, moment, [file.absolute()])
    settle_leads.fn(season, requested_by, moment)
    check_control_totals.fn(season, "lead", "letters")
    return [_outcome(season, report, InputKind.LEAD) for report in reports]


def record_proofs_here(season: str, file: Path, recorded_by: str) -> list[dict[str, Any]]:
    """Import a file of proofs without a server, by the same steps as the flow; what became of its rows."""
    migrate()
    moment = now()
    reports = stage_files.fn(season, InputKind.PROOF, moment, [file.absolute()])
    settle_proofs.fn(season, recorded_by, moment)
    check_control_totals.fn(season, "proof")
    return [_outcome(season, report, InputKind.PROOF) for report in reports]


def _outcome(season: str, report: FileReport, kind: InputKind = InputKind.SURVEY) -> dict[str, Any]:
    """A file's outcome; one that was imported before is told from what is on record."""
    with reading() as db:
        mine = select(SourceFile).where(SourceFile.season == season, SourceFile.kind == kind)
        source = db.scalar(mine.where(SourceFile.file_hash == report.file_hash))
        query = select(QuarantineItem).where(QuarantineItem.file_id == (source.file_id if source else 0))
        critical = query.where(QuarantineItem.severity == Severity.CRITICAL)
        items = list(db.scalars(critical.order_by(QuarantineItem.row_number, QuarantineItem.rule).limit(SHOWN_FAULTS)))
    faults = [
        {"row": i.row_number, "field": i.field, "value": i.value, "problem": i.problem, "remedy": i.remedy}
        for i in items
    ]
    return {
        "name": report.name,
        "rows": source.row_count if source else 0,
        "quarantined": max(len({fault["row"] for fault in faults}), report.quarantined),
        "message": " ".join(report.messages),
        "faults": faults,
        "is_new": report.is_new,
        "received_as": report.received_as,
    }


def inspect_survey(season: str, path: Path, *, with_mapping: bool = False) -> dict[str, Any]:
    """What a survey export holds, also one that is not ours; with a mapping, which column fills which of our fields.

    Raises:
        OSError: there is no such file, or it may not be read.
    """
    contract = contract_of(InputKind.SURVEY, policy_of(season))
    with open_source(path, wanted_names(contract)) as source:
        responses, first, rejected = 0, None, 0
        for block in source.blocks(10_000):
            if first is None and source.head.id_column >= 0:
                first = block.rows[0][source.head.id_column].strip() or None
            responses += len(block)
            rejected += len(block.findings)
        mapped = match_headers(source.head, contract)
        unreadable = [f"{rejected} rows cannot be read as they stand; they would be quarantined."] if rejected else []
        found: dict[str, Any] = {
            "dialect": source.dialect,
            "encoding": source.encoding,
            "header_rows": source.head.header_rows,
            "columns": [column.names[0] if column.names else "" for column in source.columns],
            "responses": responses,
            "first_response_id": first,
            "warnings": [*source.messages, *unreadable, *mapped.messages],
        }
    if with_mapping:
        names = {name: [found["columns"][i] for i in positions] for name, positions in mapped.fields.items()}
        found |= {"mapping": names, "missing": list(mapped.missing)}
        found |= {"proposed": proposals(mapped, contract), "proposed_from_percent": CONFIDENCE_PERCENT}
        found |= {"unmapped": list(mapped.unmapped)}
    return found
