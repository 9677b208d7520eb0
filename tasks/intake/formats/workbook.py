"""Excel workbooks: the last calculated values of the first sheet that holds anything, as text."""

import zipfile
from collections.abc import Iterator
from datetime import datetime, time
from typing import Any, BinaryIO

import openpyxl

from tasks.intake.formats.archive import DAMAGE, require_unpackable
from tasks.intake.formats.limits import MIB, WORKBOOK_BYTES, RejectedFileError, require_columns
from tasks.intake.formats.records import Record

LINKS = "xl/externalLinks/"
FORMULA = (b"<f>", b"<f ", b"<f/>")
FORMULAS_FOUND = "Cells hold formulas: their last calculated values are used, and nothing is calculated."
LINKS_FOUND = "The workbook links to other files: the links are not followed."


def workbook_messages(archive: zipfile.ZipFile) -> tuple[str, ...]:
    """What an operator should know about a workbook before its values are trusted.

    Raises:
        RejectedFileError: it would unpack to more than a survey needs.
    """
    require_unpackable(archive.infolist(), WORKBOOK_BYTES)
    messages = [LINKS_FOUND] if any(name.startswith(LINKS) for name in archive.namelist()) else []
    sheets = [name for name in archive.namelist() if name.startswith("xl/worksheets/")]
    if any(_has_formula(archive, name) for name in sheets):
        messages.append(FORMULAS_FOUND)
    return tuple(messages)


def _has_formula(archive: zipfile.ZipFile, name: str) -> bool:
    tail = b""
    try:
        with archive.open(name) as sheet:
            while block := sheet.read(MIB):
                if any(mark in tail + block for mark in FORMULA):
                    return True
                tail = block[-4:]
    except DAMAGE as error:
        raise RejectedFileError(f"it is damaged ({error})") from error
    return False


def workbook_records(file: BinaryIO) -> Iterator[Record]:
    """The rows of the first sheet that is not empty.

    Raises:
        RejectedFileError: it is damaged, or wider than any survey.
    """
    try:
        book: Any = openpyxl.load_workbook(file, read_only=True, data_only=True, keep_links=False)
        for sheet in book.worksheets:
            rows = _rows(sheet)
            first = next(rows, None)
            if first is not None:
                yield first
                yield from rows
                return
    except RejectedFileError:
        raise
    except Exception as error:
        raise RejectedFileError(f"it is not a workbook that can be read ({type(error).__name__}: {error})") from error


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
