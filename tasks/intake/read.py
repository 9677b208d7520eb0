"""Opening the files that people send: any survey export into blocks of rows of text, with nothing lost and within limits.

What cannot be read is reported with its row; a row that can be read goes on. No meaning is given to a field here.
"""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import BinaryIO, cast

from schemas.settings import settings
from tasks.intake.formats.archive import MAGIC, is_workbook, open_archive, the_one_table, unpack
from tasks.intake.formats.dialects import Column, Head, read_head
from tasks.intake.formats.fingerprint import Fingerprint, fingerprint
from tasks.intake.formats.json_records import json_records
from tasks.intake.formats.limits import LINE_BYTES, MIB, RejectedFileError, require_columns, shown
from tasks.intake.formats.oneroster import is_oneroster, oneroster_records
from tasks.intake.formats.records import Block, ListedRecords, Records, unreadable
from tasks.intake.formats.text import TextRecords
from tasks.intake.formats.workbook import workbook_messages, workbook_records

HEAD_ROWS = 50
ZERO = "\x00"
EMPTY = "The file is empty; export it again."
NO_HEADER = "The file has no header row; export it again."
NO_RESPONSES = "The file has a header but no responses."


@dataclass(slots=True)
class Source:
    """An open file: what it is, its columns, messages about the whole, and its rows, to be read once."""

    name: str
    file_hash: str
    dialect: str
    encoding: str = ""
    head: Head = field(default_factory=lambda: Head("", 0, ()))
    messages: list[str] = field(default_factory=list)
    has_formula_text: bool = False
    may_hold_zeros: bool = True
    _records: Records | None = None
    _first: Block = field(default_factory=Block)

    @property
    def columns(self) -> tuple[Column, ...]:
        """Its columns."""
        return self.head.columns

    def blocks(self, limit: int) -> Iterator[Block]:
        """Its rows in order, at most ``limit`` at a time; what stops the reading becomes a message."""
        block = self._first
        number = 0
        while block:
            number += len(block)
            if block.table is None:
                self._fit(block)
            yield block
            block = self._next(limit, number)
        if not number and self.columns:
            self.messages.append(NO_RESPONSES)

    def _next(self, limit: int, so_far: int) -> Block:
        try:
            return self._records.take(limit) if self._records else Block()
        except RejectedFileError as error:
            self.messages.append(f"After {so_far:,} rows the file cannot be read on: {error}; send the rest again.")
            return Block()

    def _fit(self, block: Block) -> None:
        """Give every row as many cells as there are columns, and report those that had more or fewer."""
        width = len(self.columns)
        if self.may_hold_zeros:
            _report_zeros(block)
        if {len(cells) for cells in block.rows} == {width}:
            return
        for index, cells in enumerate(block.rows):
            if index not in block.findings and (len(cells) < width or any(cell.strip() for cell in cells[width:])):
                problem = f"the row has {len(cells)} cells and the header has {width}"
                block.add_finding(index, unreadable("IN-003", [f"{len(cells)} cells"], problem))
            block.rows[index] = cells[:width] + [""] * (width - len(cells))


def _report_zeros(block: Block) -> None:
    """Replace zero signs, which are no text and which a database rejects, and report each row that had one."""
    for index, cells in enumerate(block.rows):
        if any(ZERO in cell for cell in cells):
            block.rows[index] = [cell.replace(ZERO, "\ufffd") for cell in cells]
            block.findings[index] = [
                replace(f, value=f.value.replace(ZERO, "\ufffd")) for f in block.findings.get(index, [])
            ]
            block.add_finding(
                index, unreadable("IN-002", block.rows[index], "the row holds a zero sign, which is no text")
            )


@contextmanager
def open_source(path: Path) -> Iterator[Source]:
    """The table in a file of this machine."""
    with path.open("rb") as file, open_table(shown(path.name), file) as source:
        yield source


@contextmanager
def open_table(name: str, file: BinaryIO) -> Iterator[Source]:
    """The table in an open file; an unreadable or empty one has no columns and a message that says why."""
    with ExitStack() as stack:
        try:
            found = fingerprint(file)
        except RejectedFileError as error:
            yield _rejected(name, "", error)
            return
        try:
            source = _open(stack, name, file, found)
        except RejectedFileError as error:
            source = _rejected(name, found.file_hash, error)
        source.file_hash = found.file_hash
        yield source


def _rejected(name: str, file_hash: str, error: Exception) -> Source:
    message = f"The file cannot be imported: {error}; save it as CSV (UTF-8) and send it again."
    return Source(name, file_hash, "unreadable", messages=[message])


def _open(stack: ExitStack, name: str, file: BinaryIO, found: Fingerprint) -> Source:
    messages: tuple[str, ...] = ()
    if found.is_blank:
        return Source(name, found.file_hash, "empty", messages=[EMPTY])
    if _starts_with(file, MAGIC):
        archive = stack.enter_context(open_archive(file))
        if is_workbook(archive):
            messages = workbook_messages(archive)
            return _table(name, found, "xlsx", ListedRecords(workbook_records(file)), messages)
        if is_oneroster(archive):
            return _table(name, found, "oneroster", ListedRecords(oneroster_records(archive)), ())
        entry = the_one_table(archive)
        unpacked = cast("BinaryIO", stack.enter_context(unpack(archive, entry, settings().folder / "tmp")))
        if _starts_with(unpacked, MAGIC) and not shown(entry.filename).lower().endswith(".xlsx"):
            raise RejectedFileError("it is an archive within an archive")
        return _open(stack, name, unpacked, fingerprint(unpacked))
    if not found.encoding.startswith("utf-16") and file.read(64).removeprefix(b"\xef\xbb\xbf").lstrip()[:1] in {
        b"{",
        b"[",
    }:
        file.seek(3 if found.encoding == "utf-8-sig" else 0)
        dialect, records = json_records(file, found.size_bytes)
        return _table(name, found, dialect, ListedRecords(records), ())
    file.seek(0)
    if not found.is_line_length_within_limits:
        raise RejectedFileError(f"it has a line of more than {LINE_BYTES // MIB} MiB, which no survey export has")
    text = TextRecords(file, found)
    stack.callback(text.let_go)
    return _table(name, found, "tsv" if text.delimiter == "\t" else "csv", text, ())


def _starts_with(file: BinaryIO, magic: bytes) -> bool:
    head = file.read(len(magic))
    file.seek(0)
    return head == magic


def _table(name: str, found: Fingerprint, dialect: str, records: Records, messages: tuple[str, ...]) -> Source:
    first = records.take(HEAD_ROWS)
    if not first.rows or not any(cell.strip() for cell in first.rows[0]):
        return Source(name, found.file_hash, dialect, found.encoding, messages=[*messages, NO_HEADER])
    require_columns(max(map(len, first.rows)))
    head = read_head(first.rows, dialect)
    if isinstance(records, TextRecords):
        records.width = len(head.columns)
    return Source(
        name,
        found.file_hash,
        head.dialect,
        found.encoding if dialect not in {"xlsx", "oneroster"} else "",
        head,
        list(messages),
        found.has_formula_text,
        found.has_zeros or not isinstance(records, TextRecords),
        records,
        _without_head(first, head.header_rows),
    )


def _without_head(first: Block, header_rows: int) -> Block:
    bytes_of = first.bytes_of
    findings = {index - header_rows: found for index, found in first.findings.items() if index >= header_rows}
    return Block(
        first.row_numbers[header_rows:], first.rows[header_rows:], lambda index: bytes_of(index + header_rows), findings
    )
