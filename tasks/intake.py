"""Taking files in: each row is staged or quarantined with its faults, once, however often the file is handed in.

A row that is staged waits for its own phase, which settles it: accepted, superseded, or quarantined with the rule's reason.
Conservation: the rows of every file are accepted + quarantined + superseded (+ staged, until the phase has run).
"""

import difflib
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from schemas.contracts import CONTRACTS, CRITICAL, Contract
from schemas.policy import Policy
from schemas.records import Finding
from schemas.settings import settings
from schemas.tables import Certificate, District, IntakeRow, QuarantineItem, Season, SourceFile
from tasks.database import insert_new, reading, transaction
from tasks.files import Row, SourceTable, read_source
from tasks.seasons import policy_of, require_open
from tasks.step import step
from tasks.validation import check_rows

SUFFIXES = frozenset({".csv", ".tsv", ".json", ".jsonl", ".xlsx"})
LEA_ID_DIGITS = 7


@dataclass(frozen=True, slots=True)
class FileReport:
    """What became of one file."""

    name: str
    rows: int
    staged: int
    quarantined: int
    is_new: bool
    messages: tuple[str, ...]


def inbox(kind: str) -> Path:
    """The watched folder of one kind of input, under the data directory."""
    return settings().folder / "inbox" / kind


@step
def stage_files(season: str, kind: str, as_of: datetime, files: Sequence[Path] | None = None) -> list[FileReport]:
    """Stage the rows of the files given, or of all in the watched folder; a file already taken in is left as it is."""
    paths = list(files) if files is not None else sorted(inbox(kind).glob("*"))
    tables = [read_source(path) for path in paths if files is not None or path.suffix.lower() in SUFFIXES]
    policy = policy_of(season)
    contract = contract_of(kind, policy)
    fresh = _not_taken_in(season, kind, tables)
    staged = [_StagedFile.of(table, contract) for table in fresh]
    _check_all(contract, staged, known_values(policy))
    for item in staged:
        _store(season, kind, as_of, item)
    fresh_hashes = {table.file_hash for table in fresh}
    done = [
        FileReport(t.name, len(t.rows), 0, 0, False, ("already taken in",))
        for t in tables
        if t.file_hash not in fresh_hashes
    ]
    return [*(item.report() for item in staged), *done]


def contract_of(kind: str, policy: Policy) -> Contract:
    """The contract of an input, with the season's question texts for the survey."""
    contract = CONTRACTS[kind]
    return contract.with_aliases(policy.survey.fields) if kind == "survey" else contract


def known_values(policy: Policy) -> Mapping[str, frozenset[str]]:
    """The sets that expectations compare with.

    Raises:
        SeasonNotOpenError: the season has not been opened, so that there is nothing to compare with.
    """
    with reading() as db:
        require_open(db.scalar(select(Season.season).where(Season.season == policy.season)), policy.season)
        return {
            "districts": frozenset(db.scalars(select(District.lea_id))),
            "certificates": frozenset(db.scalars(select(Certificate.certificate_id))),
            "activities": frozenset(policy.certificates.activities),
        }


def _not_taken_in(season: str, kind: str, tables: Sequence[SourceTable]) -> list[SourceTable]:
    with reading() as db:
        query = select(SourceFile.file_hash).where(SourceFile.season == season, SourceFile.kind == kind)
        taken = set(db.scalars(query))
    return list({table.file_hash: table for table in tables if table.file_hash not in taken}.values())


@dataclass(slots=True)
class _StagedFile:
    """A file on its way into the database: its records by field, and the findings of each row."""

    table: SourceTable
    records: list[dict[str, str]]
    findings: dict[int, list[Finding]]
    messages: tuple[str, ...]
    natural_keys: list[str]

    @classmethod
    def of(cls, table: SourceTable, contract: Contract) -> "_StagedFile":
        columns, messages = map_columns(table, contract)
        records = [_record(row, columns, contract) for row in table.rows]
        missing = [item.name for item in contract.fields if item.is_required and item.name not in columns]
        findings: dict[int, list[Finding]] = defaultdict(list)
        index_of = {row.row_number: index for index, row in enumerate(table.rows)}
        for finding in table.findings:
            if finding.row_number in index_of:
                findings[index_of[finding.row_number]].append(finding)
        for index in range(len(records) if missing else 0):
            findings[index] += [_missing_column(name) for name in missing]
        if table.zone:
            for record in records:
                record["_zone"] = table.zone
        keys = ["/".join(record.get(name, "") for name in contract.key) for record in records]
        return cls(table, records, findings, (*table.messages, *messages), keys)

    def is_refused(self, index: int) -> bool:
        """Whether a row has a finding that keeps it from going on."""
        return any(finding.severity == CRITICAL for finding in self.findings.get(index, ()))

    def report(self) -> FileReport:
        """The file's outcome in numbers."""
        refused = sum(self.is_refused(index) for index in range(len(self.records)))
        rows = len(self.records)
        return FileReport(self.table.name, rows, rows - refused, refused, True, self.messages)


def map_columns(table: SourceTable, contract: Contract) -> tuple[dict[str, int], tuple[str, ...]]:
    """Which column holds which field, and a message for each column that is missing or not used."""
    by_name: dict[str, int] = {}
    for index, column in enumerate(table.columns):
        for name in column.names:
            by_name.setdefault(_plain(name), index)
    found = {
        item.name: by_name[_plain(name)]
        for item in contract.fields
        for name in (item.name, *item.aliases)[::-1]
        if _plain(name) in by_name
    }
    headers = [column.names[0] for i, column in enumerate(table.columns) if i not in found.values() and column.names]
    missing = [item.name for item in contract.fields if item.is_required and item.name not in found]
    if not table.columns:
        return found, ()
    return found, tuple([_missing_message(name, headers) for name in missing])


def _plain(name: str) -> str:
    return "".join(sign for sign in name.lower() if sign.isalnum())


def _missing_message(name: str, headers: Sequence[str]) -> str:
    near = difflib.get_close_matches(name, headers, n=1, cutoff=0.6)
    hint = f"; did you mean the column '{near[0]}'?" if near else ""
    return f"The column '{name}' is missing{hint} Name it '{name}' and hand the file in again."


def _missing_column(name: str) -> Finding:
    return Finding(0, name, "", "IN-001", CRITICAL, f"the column '{name}' is missing", f"add the column '{name}'")


def _record(row: Row, columns: Mapping[str, int], contract: Contract) -> dict[str, str]:
    cells = row.cells
    values = {name: cells[index].strip() if index < len(cells) else "" for name, index in columns.items()}
    return {name: _normal(contract.normal.get(name, ""), value) for name, value in values.items()}


def _normal(kind: str, value: str) -> str:
    """The one way to write a value: ids with their leading zero, addresses in lower case, 'Option 1: ...' as 1."""
    if kind == "lea_id" and value.isdigit():
        return value.zfill(LEA_ID_DIGITS)
    if kind == "email":
        return value.lower()
    if kind == "option" and value.lower().startswith("option "):
        return value[7:8]
    return value


def _check_all(contract: Contract, staged: Sequence[_StagedFile], known: Mapping[str, frozenset[str]]) -> None:
    """Validate the rows of all files as one frame: what costs is the call, not the row."""
    places = [(item, i) for item in staged for i in range(len(item.records)) if not item.is_refused(i)]
    findings = check_rows(contract, [item.records[i] for item, i in places], known)
    for position, found in findings.items():
        item, index = places[position]
        item.findings.setdefault(index, []).extend(found)


def _store(season: str, kind: str, as_of: datetime, item: _StagedFile) -> None:
    key = {"season": season, "kind": kind, "file_hash": item.table.file_hash}
    message = " ".join(item.messages)
    source = {**key, "name": item.table.name, "row_count": len(item.records), "message": message, "received_at": as_of}
    with transaction() as db:
        if insert_new(db, SourceFile, [source]):
            insert_new(db, IntakeRow, [_intake_row(key, as_of, item, index) for index in range(len(item.records))])
            insert_new(db, QuarantineItem, list(_quarantine_items(key, item)))


def _intake_row(key: Mapping[str, str], as_of: datetime, item: _StagedFile, index: int) -> dict[str, Any]:
    refused = [finding for finding in item.findings.get(index, ()) if finding.severity == CRITICAL]
    return {
        **key,
        "row_number": item.table.rows[index].row_number,
        "disposition": "quarantined" if refused else "staged",
        "reason": "; ".join(dict.fromkeys(f"{f.field}: {f.problem} ({f.remedy})" for f in refused)),
        "natural_key": item.natural_keys[index],
        "content": item.records[index],
        "received_at": as_of,
    }


def _quarantine_items(key: Mapping[str, str], item: _StagedFile) -> Iterable[dict[str, Any]]:
    for index, findings in item.findings.items():
        for finding in findings:
            yield {
                **key,
                "row_number": item.table.rows[index].row_number,
                **{
                    name: getattr(finding, name) for name in ("rule", "field", "severity", "value", "problem", "remedy")
                },
            }


def staged_rows(db: Session, season: str, kind: str, as_of: datetime) -> list[IntakeRow]:
    """The rows that wait for their phase, in the order in which they were handed in."""
    query = (
        select(IntakeRow)
        .where(IntakeRow.season == season, IntakeRow.kind == kind, IntakeRow.disposition == "staged")
        .where(IntakeRow.received_at <= as_of)
        .order_by(IntakeRow.received_at, IntakeRow.file_hash, IntakeRow.row_number)
    )
    return list(db.scalars(query))


def accept(row: IntakeRow, reason: str) -> None:
    """The phase has taken the row over."""
    row.disposition, row.reason = "accepted", reason


def supersede(row: IntakeRow, reason: str) -> None:
    """The row says nothing that a newer or earlier one does not say."""
    row.disposition, row.reason = "superseded", reason


def quarantine(db: Session, row: IntakeRow, rule: str, reason: str) -> None:
    """A rule refuses the row: it is kept with the reason, for an operator."""
    row.disposition, row.reason = "quarantined", reason
    finding = Finding(row.row_number, "(row)", row.natural_key, rule, CRITICAL, reason, "see the reason")
    key = {"season": row.season, "kind": row.kind, "file_hash": row.file_hash, "row_number": row.row_number}
    names = ("rule", "field", "severity", "value", "problem", "remedy")
    insert_new(db, QuarantineItem, [{**key, **{name: getattr(finding, name) for name in names}}])
