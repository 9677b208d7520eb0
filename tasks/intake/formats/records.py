"""What every format gives: blocks of rows that follow each other, with their numbers, their bytes and their faults."""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import NamedTuple, Protocol

import orjson
import polars as pl

from schemas.kinds import Severity
from schemas.records import Finding

NO_TEXT = re.compile("[\x00\ud800-\udfff]")  # what no database keeps as text: zero signs, and bytes that are no text


@dataclass(slots=True)
class Block:
    """Some rows of a file. ``row_numbers`` are those of a spreadsheet, where the header is row 1.

    The cells stand in ``rows``, or in ``table`` where the reader has them by column. ``bytes_of`` gives the bytes of a row as
    they stand in the file; ``findings`` name what is wrong with the row itself, by its index.
    """

    row_numbers: list[int] = field(default_factory=list)
    rows: list[list[str]] = field(default_factory=list)
    bytes_of: Callable[[int], bytes] = lambda _index: b""
    findings: dict[int, list[Finding]] = field(default_factory=dict)
    table: pl.DataFrame | None = None

    def __len__(self) -> int:
        """How many rows."""
        return len(self.row_numbers)

    def columns(self) -> list[pl.Series]:
        """The cells by column; every row has as many."""
        if self.table is not None:
            return self.table.get_columns()
        return [pl.Series(cells, dtype=pl.String) for cells in zip(*self.rows, strict=True)]

    def add_finding(self, index: int, finding: Finding) -> None:
        """Note what is wrong with a row."""
        self.findings.setdefault(index, []).append(finding)


class Record(NamedTuple):
    """A row of a file, with its number, and with what is wrong with it as a whole (or nothing)."""

    row_number: int
    cells: Sequence[str]
    problem: str = ""


class Records(Protocol):
    """The records of a file, header rows among them, one after the other."""

    def take(self, limit: int) -> Block:
        """The next records, at most ``limit``; an empty block at the end."""
        ...


class ListedRecords:
    """Records of a format that is not lines of text: workbooks and JSON."""

    def __init__(self, records: Iterable[Record]) -> None:
        """Take the records in their order."""
        self._records = iter(records)

    def take(self, limit: int) -> Block:
        """The next records, at most ``limit``."""
        block = Block()
        block.bytes_of = lambda index: orjson.dumps(block.rows[index])
        for number, cells, problem in islice(self._records, limit):
            block.row_numbers.append(number)
            block.rows.append(list(cells))
            if problem:
                block.add_finding(len(block.rows) - 1, unreadable("IN-005", cells, problem))
        return block


def without_blank_rows(block: Block) -> Block:
    """The rows that hold anything: those of nothing but delimiters and blanks are no responses."""
    if block.table is None:
        blank = [i for i, cells in enumerate(block.rows) if _is_blank(cells) and i not in block.findings]
    else:
        blank = _blank_rows(block.table)
    if not blank:
        return block
    left_out = set(blank)
    kept = [index for index in range(len(block)) if index not in left_out]
    bytes_of, place = block.bytes_of, {index: position for position, index in enumerate(kept)}
    return Block(
        [block.row_numbers[index] for index in kept],
        [block.rows[index] for index in kept] if block.table is None else [],
        lambda position: bytes_of(kept[position]),
        {place[index]: found for index, found in block.findings.items()},
        None if block.table is None else block.table[kept],
    )


def _is_blank(cells: Sequence[str]) -> bool:
    return not cells or (not cells[0].strip() and not any(map(str.strip, cells)))


def _blank_rows(table: pl.DataFrame) -> list[int]:
    """Most rows have something in the first column: only the others are looked at further."""
    first = (table.to_series(0).str.strip_chars() == "").arg_true()
    if first.is_empty():
        return []
    is_blank = table[first].select(pl.all_horizontal(pl.all().str.strip_chars() == "")).to_series()
    return first.filter(is_blank).to_list()


def unreadable(rule: str, cells: Sequence[str], problem: str) -> Finding:
    """A finding about a whole row that cannot be read."""
    remedy = "correct the row in the file it came from, or type it again"
    value = NO_TEXT.sub("\ufffd", (cells[0] if cells else "")[:200])
    return Finding(0, "(row)", value, rule, Severity.CRITICAL, problem, remedy)
