"""Reading the files that people hand in: CSV, TSV, JSON, JSON lines and XLSX into rows of text, with nothing lost.

What cannot be read is reported with its row; a row that can be read goes on. No meaning is given to a field here.
"""

import csv
import hashlib
import io
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import openpyxl

from schemas.contracts import CRITICAL
from schemas.records import Finding

csv.field_size_limit(1_000_000)
XLSX_MAGIC = b"PK\x03\x04"
DELIMITERS = ",;\t"


@dataclass(frozen=True, slots=True)
class Column:
    """A column under every name that the file gives it: export tag, question text, ImportId."""

    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Row:
    """A row by its number in the file, as an operator sees it in a spreadsheet (the header is row 1)."""

    row_number: int
    cells: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SourceTable:
    """A file as read: its columns and rows, what was wrong with single rows, and a message about the whole."""

    name: str
    file_hash: str
    dialect: str
    header_rows: int = 0
    columns: tuple[Column, ...] = ()
    rows: tuple[Row, ...] = ()
    zone: str = ""
    findings: tuple[Finding, ...] = ()
    messages: tuple[str, ...] = field(default=())


def read_source(path: Path) -> SourceTable:
    """The table in a file; an unreadable or empty one has no rows and a message that says why."""
    content = path.read_bytes()
    file_hash = hashlib.sha256(content).hexdigest()
    if not content.strip():
        return SourceTable(path.name, file_hash, "empty", messages=("The file is empty; export it again.",))
    try:
        dialect, lines, findings = _lines(content)
    except (ValueError, KeyError, OSError) as error:
        message = f"The file cannot be read: {error}; save it as CSV (UTF-8) and hand it in again."
        return SourceTable(path.name, file_hash, "unreadable", messages=(message,))
    if not lines:
        return SourceTable(path.name, file_hash, dialect, messages=("The file has no header row; export it again.",))
    return _table(path.name, file_hash, dialect, lines, findings)


def _lines(content: bytes) -> tuple[str, list[Row], list[Finding]]:
    if content.startswith(XLSX_MAGIC):
        return "xlsx", list(_xlsx_lines(content)), []
    text = content.decode("utf-8-sig", errors="surrogateescape")
    if text.lstrip()[:1] in "[{":
        return "json", _json_lines(text), []
    delimiter = max(DELIMITERS, key=text.partition("\n")[0].count)
    lines = [
        Row(n, tuple(cells)) for n, cells in enumerate(csv.reader(io.StringIO(text), delimiter=delimiter), start=1)
    ]
    lines = [line for line in lines if any(cell.strip() for cell in line.cells)]
    return "csv", *_mend_bytes(lines)


def _mend_bytes(lines: Sequence[Row]) -> tuple[list[Row], list[Finding]]:
    """Replace bytes that are not UTF-8 by the replacement sign, and report each cell that had one."""
    mended, findings = [], []
    for line in lines:
        if any(cell.isascii() is False and _has_stray_byte(cell) for cell in line.cells):
            findings += [_stray_byte(line, i, cell) for i, cell in enumerate(line.cells) if _has_stray_byte(cell)]
            mended.append(Row(line.row_number, tuple(_shown(cell) for cell in line.cells)))
        else:
            mended.append(line)
    return mended, findings


def _has_stray_byte(cell: str) -> bool:
    return any("\udc80" <= sign <= "\udcff" for sign in cell)


def _shown(cell: str) -> str:
    return cell.encode("utf-8", errors="surrogateescape").decode("utf-8", errors="replace")


def _stray_byte(line: Row, index: int, cell: str) -> Finding:
    byte = next(ord(sign) - 0xDC00 for sign in cell if "\udc80" <= sign <= "\udcff")
    return Finding(
        row_number=line.row_number,
        field=f"column {index + 1}",
        value=_shown(cell),
        rule="IN-002",
        severity=CRITICAL,
        problem=f"the byte 0x{byte:02X} is not UTF-8 text",
        remedy="save the file as CSV (UTF-8), or type the cell again",
    )


def _xlsx_lines(content: bytes) -> Iterator[Row]:
    try:
        book = openpyxl.load_workbook(io.BytesIO(content), read_only=True, data_only=True)
    except Exception as error:
        raise ValueError(f"it is not a workbook ({error})") from error
    width = 0
    for number, cells in enumerate(book.worksheets[0].iter_rows(values_only=True), start=1):
        texts = tuple("" if cell is None else _cell_text(cell) for cell in cells)
        width = max(width, len(texts))
        texts += ("",) * (width - len(texts))  # a sheet ends each row at its last filled cell
        if any(text.strip() for text in texts):
            yield Row(number, texts)


def _cell_text(cell: object) -> str:
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return cell.isoformat(sep=" ") if hasattr(cell, "hour") and hasattr(cell, "year") else str(cell)  # type: ignore[attr-defined]


def _json_lines(text: str) -> list[Row]:
    records = json.loads(text) if text.lstrip().startswith("[") else _jsonl(text)
    if not all(isinstance(record, dict) for record in records):
        raise ValueError("every JSON record must be an object with the fields of one response")
    names = tuple(dict.fromkeys(name for record in records for name in record))
    rows = [Row(n, tuple(_json_text(record.get(name)) for name in names)) for n, record in enumerate(records, start=2)]
    return [Row(1, names), *rows]


def _jsonl(text: str) -> list[Any]:
    try:
        whole = json.loads(text)
    except json.JSONDecodeError:
        return [json.loads(line) for line in text.splitlines() if line.strip()]
    inner = whole.get("responses") if isinstance(whole, dict) else None
    return inner if isinstance(inner, list) else [whole]


def _json_text(value: object) -> str:
    if isinstance(value, list):
        return "; ".join(str(item) for item in value)
    return "" if value is None else str(value)


def _table(name: str, file_hash: str, dialect: str, lines: Sequence[Row], findings: Sequence[Finding]) -> SourceTable:
    is_qualtrics = len(lines) > 2 and any("ImportId" in cell for cell in lines[2].cells)  # noqa: PLR2004 - three header rows
    header_rows = 3 if is_qualtrics else 1
    headers, rows = lines[:header_rows], lines[header_rows:]
    ids = [_import_id(cell) for cell in headers[2].cells] if is_qualtrics else []
    names = [*(header.cells for header in headers[:2]), [found.get("ImportId", "") for found in ids]]
    columns = tuple(
        Column(tuple(dict.fromkeys(cells[i].strip() for cells in names if i < len(cells) and cells[i].strip())))
        for i in range(len(headers[0].cells))
    )
    return SourceTable(
        name=name,
        file_hash=file_hash,
        dialect="qualtrics" if is_qualtrics else dialect,
        header_rows=header_rows,
        columns=columns,
        rows=tuple(rows),
        zone=next((found["timeZone"] for found in ids if "timeZone" in found), ""),
        findings=(*findings, *_ragged(rows, len(columns))),
        messages=() if rows else ("The file has a header but no responses.",),
    )


def _import_id(cell: str) -> Mapping[str, str]:
    try:
        found = json.loads(cell)
    except json.JSONDecodeError:
        return dict(re.findall(r"'(\w+)':\s*'([^']*)'", cell))
    return found if isinstance(found, dict) else {}


def _ragged(rows: Sequence[Row], width: int) -> Iterator[Finding]:
    for row in rows:
        if (len(row.cells) != width and any(cell.strip() for cell in row.cells[width:])) or len(row.cells) < width:
            yield Finding(
                row_number=row.row_number,
                field="(row)",
                value=f"{len(row.cells)} cells",
                rule="IN-003",
                severity=CRITICAL,
                problem=f"the row has {len(row.cells)} cells and the header has {width}",
                remedy="look for a comma or a quotation mark too many in this row",
            )
