"""Excel workbooks: the last calculated values of the sheet that holds the responses, as text; what else is there is named."""

import re
import zipfile
from collections.abc import Iterator, Sequence, Set
from datetime import datetime, time
from typing import Any, BinaryIO

import openpyxl

from tasks.intake.formats.archive import DAMAGE, require_unpackable
from tasks.intake.formats.limits import (
    MIB,
    SHARED_TEXT_BYTES,
    SHARED_TEXTS,
    SHEET_ROW_BYTES,
    WORKBOOK_BYTES,
    WORKBOOK_PART_BYTES,
    RejectedFileError,
    require_columns,
)
from tasks.intake.formats.records import Record
from tasks.intake.formats.sheets import Sheet, SheetChoice, choose_sheets

LINKS = "xl/externalLinks/"
SHEETS, SHARED_TEXT = "xl/worksheets/", "xl/sharedStrings.xml"
FORMULA = (b"<f>", b"<f ", b"<f/>")
HELD = ("xl/styles.xml", "xl/workbook.xml", "xl/theme/", "docProps/", "[Content_Types].xml")
TEXT_END = b"si>"
ROW = re.compile(rb"row[\s>]")
FORMULAS_FOUND = "Cells hold formulas: their last calculated values are used, and nothing is calculated."
LINKS_FOUND = "The workbook links to other files: the links are not followed."
PEEKED_ROWS = 30


def workbook_messages(archive: zipfile.ZipFile) -> tuple[str, ...]:
    """What an operator should know about a workbook before its values are trusted.

    Raises:
        RejectedFileError: it would unpack to more than a survey needs.
    """
    require_unpackable(archive.infolist(), WORKBOOK_BYTES)
    _require_small_parts(archive)
    messages = [LINKS_FOUND] if any(name.startswith(LINKS) for name in archive.namelist()) else []
    sheets = [name for name in archive.namelist() if name.startswith(SHEETS)]
    if [name for name in sheets if _has_formula(archive, name)]:  # each is looked at, for its rows as well
        messages.append(FORMULAS_FOUND)
    return tuple(messages)


def _require_small_parts(archive: zipfile.ZipFile) -> None:
    """The sheets are read row by row; of these parts everything is in memory, and takes many times its size."""
    for part in archive.infolist():
        is_held = part.filename.startswith(HELD) or part.filename.endswith(".rels")
        if is_held and part.file_size > WORKBOOK_PART_BYTES:
            raise RejectedFileError(f"its part {part.filename[:60]} is larger than {WORKBOOK_PART_BYTES // MIB} MiB")
    if SHARED_TEXT in archive.namelist():
        ends = sum(block.count(TEXT_END) for block in _blocks(archive, SHARED_TEXT))
        if ends > 2 * SHARED_TEXTS:  # each text has a beginning and an end
            raise RejectedFileError(f"it holds more than {SHARED_TEXTS:,} different texts")
        if archive.getinfo(SHARED_TEXT).file_size > SHARED_TEXT_BYTES:
            raise RejectedFileError(f"its texts are longer than {SHARED_TEXT_BYTES // MIB} MiB")


def _blocks(archive: zipfile.ZipFile, name: str) -> Iterator[bytes]:
    """What a part unpacks to, block by block."""
    try:
        with archive.open(name) as part:
            while block := part.read(MIB):
                yield block
    except DAMAGE as error:
        raise RejectedFileError(f"it is damaged ({error})") from error


def _has_formula(archive: zipfile.ZipFile, name: str) -> bool:
    """Whether a sheet has formulas; no row of it is so long that it would fill the memory."""
    tail, run, found = b"", 0, False
    for block in _blocks(archive, name):
        part = tail + block
        found = found or any(mark in part for mark in FORMULA)
        rows = [match.start() for match in ROW.finditer(part)]
        run = len(part) - rows[-1] if rows else run + len(block)
        if run > SHEET_ROW_BYTES:
            raise RejectedFileError(f"it has a row of more than {SHEET_ROW_BYTES // MIB} MiB")
        tail = block[-4:]
    return found


def open_workbook(file: BinaryIO, wanted: Set[str]) -> tuple[Iterator[Record], tuple[str, ...]]:
    """The rows of the sheet that holds the responses, and which sheets were left out; ``wanted`` are the names of our columns.

    Raises:
        RejectedFileError: it is damaged, wider than any survey, or it has several tables that are not one.
    """
    try:
        book: Any = openpyxl.load_workbook(file, read_only=True, data_only=True, keep_links=False)
        found = [Sheet(sheet.title, _first_rows(sheet)) for sheet in book.worksheets]
    except RejectedFileError:
        raise
    except Exception as error:
        raise _unreadable(error) from error
    choice = choose_sheets(found, wanted)
    sheets = [book.worksheets[place] for place in choice.places]
    return _rows_of_all(sheets, choice), choice.messages


def _unreadable(error: Exception) -> RejectedFileError:
    return RejectedFileError(f"it is not a workbook that can be read ({type(error).__name__}: {error})")


def _first_rows(sheet: Any) -> list[Sequence[str]]:
    rows = _rows(sheet)
    return [record.cells for record, _ in zip(rows, range(PEEKED_ROWS), strict=False)]


def _rows_of_all(sheets: Sequence[Any], choice: SheetChoice) -> Iterator[Record]:
    """The rows of the sheets, one after the other, numbered on; the header of the first one only."""
    before = last = 0
    try:
        for place, sheet in enumerate(sheets):
            for index, record in enumerate(_rows(sheet)):
                if place == 0 or index >= choice.header_rows:
                    last = before + record.row_number
                    yield Record(last, record.cells)
            before = last
    except RejectedFileError:
        raise
    except Exception as error:
        raise _unreadable(error) from error


def _rows(sheet: Any) -> Iterator[Record]:
    sheet.reset_dimensions()  # what a sheet says of its size need not be true
    width = 0
    for number, cells in enumerate(sheet.iter_rows(values_only=True), start=1):
        require_columns(len(cells))
        texts = ["" if cell is None else _text(cell) for cell in cells]
        width = max(width, len(texts))
        texts += [""] * (width - len(texts))  # a sheet ends each row at its last filled cell
        if any(text.strip() for text in texts):
            yield Record(number, texts)


def _text(cell: object) -> str:
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    if isinstance(cell, datetime):
        return cell.isoformat(sep=" ", timespec="seconds")
    return cell.isoformat() if isinstance(cell, time) else str(cell)
