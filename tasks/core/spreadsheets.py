"""Writing tables for people to open in a spreadsheet: a cell that a spreadsheet would run as a formula is written as text."""

import csv
import os
from collections.abc import Iterable, Sequence
from pathlib import Path

STARTS_A_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
MARK = "'"


def as_text(cell: str) -> str:
    """A cell that no spreadsheet calculates: one that begins like a formula gets an apostrophe before it."""
    return MARK + cell if cell.startswith((*STARTS_A_FORMULA, MARK)) else cell


def from_text(cell: str) -> str:
    """What a cell held before it was written as text."""
    return cell[1:] if cell.startswith(MARK) and cell[1:].startswith((*STARTS_A_FORMULA, MARK)) else cell


def write_table(path: Path, header: Sequence[str], rows: Iterable[Sequence[str]]) -> int:
    """Write a CSV file (UTF-8 with a mark, so that Excel knows it), whole or not at all; how many rows."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f"{path.name}.{os.getpid()}.draft")
    count = 0
    with draft.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow([as_text(cell) for cell in header])
        for row in rows:
            writer.writerow([as_text(cell) for cell in row])
            count += 1
    draft.replace(path)
    return count
