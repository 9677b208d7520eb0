"""Header rows that are easily overlooked: a second one below the first, or none at all, so that a response stands there."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace

from tasks.intake.formats.head import Column, Head, clean, column_of, distinct, plain

DAY_AND_TIME = re.compile(
    r"\d{1,4}[/.-]\d{1,2}[/.-]\d{1,4}(?:[T, ]+\d{1,2}[:.]\d\d.{0,20})?|[A-Z][a-z]{2} \d{1,2}, \d{4}(?:,? \d{1,2}:\d\d.{0,12})?",
    re.DOTALL,
)
ADDRESS = re.compile(r"[^@\s,;<>]+@[^@\s,;<>]+\.[A-Za-z]{2,}")
DIGIT = re.compile(r"\d")
WITHOUT_IDS = frozenset({"google-forms", "microsoft-forms", "csv", "tsv", "json", "jsonl", "xlsx", "oneroster"})


def with_second_row(head: Head, rows: Sequence[Sequence[str]]) -> Head:
    """The head with the second row in it where that is no response: no time stands there, and below it everywhere one does."""
    if head.header_rows != 1 or not _is_second_header(head, rows):
        return head
    return replace(head, header_rows=2, columns=_columns_of_two(head.columns, rows[0], rows[1]))


def _is_second_header(head: Head, rows: Sequence[Sequence[str]]) -> bool:
    times = [time for row in rows[2:] if (time := _cell(row, head.moment_column))]
    if not times or not all(map(DAY_AND_TIME.fullmatch, times)):
        return False
    second = [_cell(rows[1], column) for column in (head.moment_column, head.id_column) if column >= 0]
    if any(map(DIGIT.search, second)) or not any(map(str.strip, rows[1])):
        return False
    return bool(second[0]) or (head.dialect not in WITHOUT_IDS and not any(second))


def _cell(row: Sequence[str], column: int) -> str:
    return row[column].strip() if 0 <= column < len(row) else ""


def _columns_of_two(columns: Sequence[Column], first: Sequence[str], second: Sequence[str]) -> tuple[Column, ...]:
    """Each column under both names; where the first row is blank its question goes on, and the second has the choices."""
    width = max(len(first), len(second))
    tops, below = ([clean(cell) for cell in [*row, *[""] * width][:width]] for row in (first, second))
    found, question = [], ""
    for index in range(width):
        question = tops[index] or question
        goes_on = index + 1 < width and not tops[index + 1] and bool(below[index + 1])
        if below[index] and question and (not tops[index] or goes_on):
            found.append(Column((f"{question} - {below[index]}",), (question,), below[index]))
        else:
            found.append(_under_both(columns[index] if index < len(columns) else Column(()), below[index]))
    return tuple(found)


def _under_both(column: Column, name: str) -> Column:
    other = column_of([name])
    names, groups = distinct(*column.names, *other.names), (*column.groups, *other.groups)
    return Column(names, tuple(dict.fromkeys(groups)), column.choice or other.choice)


def looks_like_a_response(cells: Sequence[str], names: Iterable[str]) -> bool:
    """Whether a table's first row is no header but a response: a day, a time, or an address is in it, and no known name."""
    filled = [cell.strip() for cell in cells if cell.strip()]
    known = set(names)
    is_answer = any(DAY_AND_TIME.fullmatch(cell) or ADDRESS.fullmatch(cell) for cell in filled)
    return is_answer and not any(plain(cell) in known for cell in filled)
