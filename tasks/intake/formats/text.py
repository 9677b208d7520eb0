"""Lines of text with a delimiter (CSV, TSV): a row that is not closed keeps back itself, and never the rows behind it."""

import csv
import io
from collections import deque
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import BinaryIO

import numpy as np
import polars as pl

from tasks.intake.formats.fingerprint import STRAY, Fingerprint
from tasks.intake.formats.limits import LINE_BYTES, RECORD_LINES
from tasks.intake.formats.records import Block, unreadable, without_blank_rows

csv.field_size_limit(LINE_BYTES)
DELIMITERS = ",;\t|"
BYTE_ORDER_MARK = "\ufeff"
BLOCK_CHARACTERS = 32 << 20
CAREFUL_CHARACTERS = 4 << 20
LEADING_LINES = 1_000
LINES_A_ROW = 20
UNCLOSED = "a quotation mark is opened in this row and never closed"


class _OpenRecordError(Exception):
    """More lines belong to one record than any answer has."""


class _Lines:
    """The lines of a file, remembered since the last block, so that they can be given back or shown as bytes."""

    def __init__(self, lines: io.TextIOWrapper) -> None:
        self.lines = lines
        self._returned: deque[str] = deque()
        self.taken: list[str] = []
        self.characters = 0
        self.record_start = 0

    def __iter__(self) -> "_Lines":
        return self

    def __next__(self) -> str:
        if len(self.taken) - self.record_start > RECORD_LINES:
            raise _OpenRecordError
        line = self._returned.popleft() if self._returned else next(self.lines)
        self.taken.append(line)
        self.characters += len(line)
        return line

    def has_enough(self, rows: int) -> bool:
        """Whether so many lines or signs were read that a block of so many rows is not to wait for more."""
        return self.characters >= CAREFUL_CHARACTERS or len(self.taken) >= max(rows, LEADING_LINES) * LINES_A_ROW

    def read(self, characters: int) -> str:
        """Whole lines, about so many characters of them: those that were given back, then the next ones."""
        text = "".join(self._returned)
        self._returned.clear()
        room = characters - len(text)
        return text + self.lines.read(room) + self.lines.readline() if room > 0 else text

    def give_back(self, start: int) -> None:
        """Let the lines from ``start`` on be read again."""
        self._returned.extendleft(reversed(self.taken[start:]))
        del self.taken[start:]

    def is_at_end(self) -> bool:
        """Whether no line is left."""
        if self._returned:
            return False
        line = next(self.lines, None)
        if line is not None:
            self._returned.append(line)
        return line is None


class TextRecords:
    """The records of a text file; blank lines count as rows of the spreadsheet and are left out."""

    def __init__(self, file: BinaryIO, found: Fingerprint) -> None:
        """Begin behind the byte order mark and a ``sep=`` line, with the delimiter that parts the first line best."""
        self._encoding = found.encoding.removesuffix("-sig")
        self._errors = "replace" if self._encoding.startswith("utf-16") else "surrogateescape"
        self._wrapped = io.TextIOWrapper(file, self._encoding, errors=self._errors, newline="")
        self._lines = _Lines(self._wrapped)
        self._has_strays = found.has_strays
        self._is_split_by_row = found.has_strays or found.has_zeros
        self._row_number = 0
        self._row_characters = 0.0  # of the last block, on average
        self.width = 0
        self.delimiter = self._begin()
        self._reader = self._new_reader()

    def let_go(self) -> None:
        """Leave the file to whoever opened it."""
        self._wrapped.detach()

    def _begin(self) -> str:
        lines = self._lines
        first = next(lines, "").lstrip(BYTE_ORDER_MARK)
        if first.lower().startswith("sep=") and len(first.strip()) == len("sep=,"):
            lines.taken.clear()
            return first.strip()[-1]
        lines.taken[:] = [first]
        while not first.strip() and len(lines.taken) < LEADING_LINES and not lines.is_at_end():
            lines.record_start = len(lines.taken)
            first = next(lines)
        lines.give_back(0)
        return max(DELIMITERS, key=lambda sign: _parts(first, sign))

    def _new_reader(self) -> Iterator[list[str]]:
        return csv.reader(self._lines, delimiter=self.delimiter)

    def take(self, limit: int) -> Block:
        """The next records, about ``limit``, and fewer where they are long; rows of delimiters alone are left out."""
        block = Block()
        while not block and not self._lines.is_at_end():
            block = self._take(limit)
        return block

    def _take(self, limit: int) -> Block:
        lines = self._lines
        lines.taken, lines.record_start, lines.characters = [], 0, 0
        block = self._take_plain(limit)
        if block is None:
            block = self._take_carefully(limit)
        if self._has_strays:
            _report_strays(block)
        return without_blank_rows(block)

    def _take_plain(self, limit: int) -> Block | None:
        """The next lines where each is one record, several times faster; nothing where it is not so."""
        if not self._row_characters:  # nobody knows yet how long a row is
            return None
        text = self._lines.read(min(int(limit * self._row_characters), BLOCK_CHARACTERS))
        if not text.strip(f'{self.delimiter}" \t\r\n'):  # many rows without anything in them cost nothing
            self._row_number += len(text.splitlines()) if "\r" in text else text.count("\n")
            return Block()
        table = None if self._is_split_by_row else _table(text, self.delimiter, self.width)
        lines = [] if table is not None else [*io.StringIO(text, newline="")]
        rows = _rows(lines, self.delimiter)
        if lines and not rows:
            self._lines.taken = lines
            self._lines.give_back(0)
            return None
        count = len(lines) if table is None else table.height
        numbers = [*range(self._row_number + 1, self._row_number + 1 + count)]
        self._row_number += count
        split = lru_cache(maxsize=1)(lambda: lines or text.splitlines(keepends=True))
        return Block(numbers, rows, lambda index: self._bytes([split()[index]]), table=table)

    def _bytes(self, lines: Sequence[str]) -> bytes:
        return "".join(lines).encode(self._encoding, self._errors)

    def _take_carefully(self, limit: int) -> Block:
        block, lines = Block(), self._lines
        spans: list[tuple[int, int]] = []
        while len(block.rows) < limit and not lines.has_enough(limit) and self._read(block, spans, limit):
            pass
        taken = lines.taken
        self._row_characters = sum(map(len, taken)) / max(len(block), 1)
        block.bytes_of = lambda index: self._bytes(taken[slice(*spans[index])])
        return block

    def _read(self, block: Block, spans: list[tuple[int, int]], limit: int) -> bool:
        """Read until the block is full, the file ends, or a record has to be mended; whether there is more to read."""
        lines, taken, rows = self._lines, self._lines.taken, block.rows
        try:
            for cells in self._reader:
                start, lines.record_start = lines.record_start, len(taken)
                self._row_number += 1
                if lines.record_start - start > 1 and self._is_torn(cells, start):
                    self._row_number -= 1
                    lines.record_start = start
                    self._set_apart(block, spans, start)
                    return True
                if cells:
                    block.row_numbers.append(self._row_number)
                    rows.append(cells)
                    spans.append((start, lines.record_start))
                    if len(rows) >= limit:
                        return False
                if lines.has_enough(limit):
                    return False
        except (csv.Error, _OpenRecordError):
            self._set_apart(block, spans, lines.record_start)
            return True
        return not lines.is_at_end()

    def _is_torn(self, cells: list[str], start: int) -> bool:
        """Whether a record of several lines is one that was left open: its quotes do not pair, or its cells do not fit."""
        quotes = sum(line.count('"') for line in self._lines.taken[start:])
        return quotes % 2 == 1 or (self.width > 0 and len(cells) != self.width)

    def _set_apart(self, block: Block, spans: list[tuple[int, int]], start: int) -> None:
        """Keep the first line of a broken record as a rejected row, and read the lines behind it again."""
        self._lines.give_back(start + 1)
        self._lines.record_start = start + 1
        self._row_number += 1
        cells = self._lines.taken[start].rstrip("\r\n").split(self.delimiter)
        block.row_numbers.append(self._row_number)
        block.rows.append(cells)
        spans.append((start, start + 1))
        block.add_finding(len(block.rows) - 1, unreadable("IN-004", cells, UNCLOSED))
        self._reader = self._new_reader()


def _table(text: str, delimiter: str, width: int) -> pl.DataFrame | None:
    """The cells of lines without quotation marks, each with as many cells as there are columns; else nothing."""
    if not width or '"' in text or not text.endswith("\n") or ("\r" in text and not _ends_in_pairs(text)):
        return None
    if delimiter not in DELIMITERS or text.startswith(BYTE_ORDER_MARK):  # polars takes one byte, and leaves out a mark
        return None
    signs = text.encode()
    ends = _count(signs, "\n")
    if _count(signs, delimiter) != ends * (width - 1) or (width == 1 and _has_blank(text)):
        return None
    try:
        table = pl.read_csv(
            signs,
            has_header=False,
            separator=delimiter,
            quote_char=None,
            schema={f"column_{number}": pl.String for number in range(width)},
            empty_string_is_null=False,
        )
    except pl.exceptions.PolarsError:  # a row has more cells, and another one fewer
        return None
    return table.rechunk() if table.height == ends else None


def _count(signs: bytes, sign: str) -> int:
    return int(np.count_nonzero(np.frombuffer(signs, np.uint8) == ord(sign)))


def _ends_in_pairs(text: str) -> bool:
    return text.count("\r") == text.count("\r\n")


def _has_blank(text: str) -> bool:
    return text[0] in "\r\n" or "\n\n" in text or "\n\r" in text


def _rows(lines: Sequence[str], delimiter: str) -> list[list[str]]:
    """The cells of lines each of which is one record; nothing where that is not so."""
    try:
        rows = [*csv.reader(lines, delimiter=delimiter)]
    except csv.Error:
        return []
    is_open = bool(lines) and lines[-1].count('"') % 2 == 1
    return [] if is_open or len(rows) < len(lines) else rows


def _parts(line: str, sign: str) -> int:
    return len(next(csv.reader([line], delimiter=sign), []))


def _report_strays(block: Block) -> None:
    """Replace bytes that are not text by the replacement sign, and report each row that had one."""
    for index, cells in enumerate(block.rows):
        strays = [cell for cell in cells if not cell.isascii() and STRAY.search(cell)]
        if strays:
            byte = ord(STRAY.findall(strays[0])[0]) - 0xDC00
            problem = f"the byte 0x{byte:02X} is not text in the encoding of the file"
            block.rows[index] = [STRAY.sub("\ufffd", cell) for cell in cells]
            block.add_finding(index, unreadable("IN-002", [STRAY.sub("\ufffd", strays[0])], problem))
