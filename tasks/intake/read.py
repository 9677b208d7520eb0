"""Opening the files that people send: any survey export into blocks of rows of text, with nothing lost and within limits.

What cannot be read is reported with its row; a row that can be read goes on. No meaning is given to a field here.
"""

import os
import stat
from collections.abc import Iterator, Set
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import BinaryIO, cast

from schemas.settings import settings
from tasks.intake.formats.archive import MAGIC, is_workbook, open_archive, the_one_table, unpack
from tasks.intake.formats.dialects import read_head
from tasks.intake.formats.fingerprint import Fingerprint, fingerprint
from tasks.intake.formats.foreign import require_readable, require_readable_archive
from tasks.intake.formats.head import Column, Head
from tasks.intake.formats.json_records import json_records, looks_like_json
from tasks.intake.formats.limits import LINE_BYTES, MIB, RejectedFileError, require_columns, shown
from tasks.intake.formats.oneroster import is_oneroster, oneroster_records
from tasks.intake.formats.records import Block, ListedRecords, Records, unreadable
from tasks.intake.formats.second_row import looks_like_a_response
from tasks.intake.formats.text import TextRecords
from tasks.intake.formats.workbook import open_workbook, workbook_messages

HEAD_ROWS = 50
MISSHAPEN = frozenset({"IN-003", "IN-004"})
MISSHAPEN_ROWS, MISSHAPEN_SHARE = 5_000, 0.2  # with more of them, and more than this share, it is no table any more
ZERO = "\x00"
EMPTY = "The file is empty; export it again."
NO_HEADER = "The file has no header row; export it again."
NO_RESPONSES = "The file has a header but no responses."
A_RESPONSE_FIRST = (
    "The first row of the file looks like a response and not like a header: what do its columns mean? "
    "Put a row with the questions above it, and send the file again; nothing of it was imported."
)


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
    may_hold_odd_signs: bool = True
    _records: Records | None = None
    _first: Block = field(default_factory=Block)
    size_bytes: int = 0

    @property
    def columns(self) -> tuple[Column, ...]:
        """Its columns."""
        return self.head.columns

    def blocks(self, limit: int) -> Iterator[Block]:
        """Its rows in order, at most ``limit`` at a time; what stops the reading becomes a message."""
        block = self._first or self._next(limit, 0)
        number = misshapen = 0
        while block:
            if block.table is None:
                self._fit(block)
            misshapen += sum(any(f.rule in MISSHAPEN for f in found) for found in block.findings.values())
            if misshapen > max(MISSHAPEN_ROWS, MISSHAPEN_SHARE * (number + len(block))):
                self.messages.append(_stopped(number, f"{misshapen:,} rows do not have the cells of the header"))
                break
            number += len(block)
            yield block
            block = self._next(limit, number)
        if not number and self.columns:
            self.messages.append(NO_RESPONSES)

    def _next(self, limit: int, so_far: int) -> Block:
        try:
            return self._records.take(limit) if self._records else Block()
        except RejectedFileError as error:
            self.messages.append(_stopped(so_far, str(error)))
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


def _stopped(rows: int, problem: str) -> str:
    return f"After {rows:,} rows the file cannot be read on: {problem}; send the rest again."


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
def open_source(path: Path, wanted: Set[str] = frozenset()) -> Iterator[Source]:
    """The table in a file of this machine; see ``open_table``."""
    name = shown(path.name)
    try:
        file = _open_regular(path)
    except RejectedFileError as error:
        yield _rejected(name, "", error)
        return
    with file, open_table(name, file, wanted) as source:
        yield source


@contextmanager
def open_table(name: str, file: BinaryIO, wanted: Set[str] = frozenset()) -> Iterator[Source]:
    """The table in an open file; an unreadable or empty one has no columns and a message that says why.

    ``wanted`` are the names of columns (as ``plain`` gives them) by which a table is told from whatever else is in a file.
    """
    with ExitStack() as stack:
        try:
            found = fingerprint(file)
        except RejectedFileError as error:
            yield _rejected(name, "", error)
            return
        try:
            source = _open(stack, name, file, found, wanted)
        except RejectedFileError as error:
            source = _rejected(name, found.file_hash, error)
        source.file_hash, source.size_bytes = found.file_hash, found.size_bytes
        yield source


def _open_regular(path: Path) -> BinaryIO:
    """The file, open to read; a pipe would keep us waiting for ever, and a device has no end.

    Raises:
        RejectedFileError: it is no file that lies there whole.
        OSError: there is none, or it may not be read.
    """
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise RejectedFileError(
            "it is no ordinary file but a folder, a pipe, or a device", "save the export as a file and send that"
        )
    return os.fdopen(descriptor, "rb")


def _rejected(name: str, file_hash: str, error: RejectedFileError) -> Source:
    message = f"The file cannot be imported: {error}; {error.remedy}."
    return Source(name, file_hash, "unreadable", messages=[message])


def _open(stack: ExitStack, name: str, file: BinaryIO, found: Fingerprint, wanted: Set[str]) -> Source:
    if found.is_blank:
        return Source(name, found.file_hash, "empty", messages=[EMPTY])
    if _starts_with(file, MAGIC):
        archive = stack.enter_context(open_archive(file))
        require_readable_archive(archive)
        if is_workbook(archive):
            messages = workbook_messages(archive)
            rows, of_sheets = open_workbook(file, wanted)
            return _table(name, found, "xlsx", ListedRecords(rows), wanted, *messages, *of_sheets)
        if is_oneroster(archive):
            return _table(name, found, "oneroster", ListedRecords(oneroster_records(archive)), wanted)
        entry = the_one_table(archive)
        unpacked = cast("BinaryIO", stack.enter_context(unpack(archive, entry, settings().folder / "tmp")))
        if _starts_with(unpacked, MAGIC) and not shown(entry.filename).lower().endswith(".xlsx"):
            raise RejectedFileError("it is an archive within an archive")
        return _open(stack, name, unpacked, fingerprint(unpacked), wanted)
    require_readable(file, found.encoding)
    if not found.encoding.startswith("utf-16"):
        file.seek(3 if found.encoding == "utf-8-sig" else 0)
        if looks_like_json(file):
            dialect, records = json_records(file, found.size_bytes)
            return _table(name, found, dialect, ListedRecords(records), wanted)
    file.seek(0)
    if not found.is_line_length_within_limits:
        raise RejectedFileError(f"it has a line of more than {LINE_BYTES // MIB} MiB, which no survey export has")
    text = TextRecords(file, found)
    stack.callback(text.let_go)
    return _table(name, found, "tsv" if text.delimiter == "\t" else "csv", text, wanted)


def _starts_with(file: BinaryIO, magic: bytes) -> bool:
    head = file.read(len(magic))
    file.seek(0)
    return head == magic


def _table(name: str, found: Fingerprint, dialect: str, records: Records, wanted: Set[str], *messages: str) -> Source:
    first = records.take(HEAD_ROWS)
    if not first.rows or not any(cell.strip() for cell in first.rows[0]):
        return Source(name, found.file_hash, dialect, found.encoding, messages=[*messages, NO_HEADER])
    require_columns(max(map(len, first.rows)))
    if looks_like_a_response(first.rows[0], wanted):
        return Source(name, found.file_hash, dialect, found.encoding, messages=[*messages, A_RESPONSE_FIRST])
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
        found.has_odd_signs or not isinstance(records, TextRecords),
        records,
        _without_head(first, head.header_rows),
    )


def _without_head(first: Block, header_rows: int) -> Block:
    bytes_of = first.bytes_of
    findings = {index - header_rows: found for index, found in first.findings.items() if index >= header_rows}
    return Block(
        first.row_numbers[header_rows:], first.rows[header_rows:], lambda index: bytes_of(index + header_rows), findings
    )
