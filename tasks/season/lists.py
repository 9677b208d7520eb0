"""The lists that a season opens with, each read and checked as a whole before anything of any of them counts.

What is told of a list names file, row, column, and remedy, and repeats no value: the rows are about people.
"""

import csv
import io
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rules.wording import count
from schemas.contracts import MAILABLE_REMEDY, is_mailable
from schemas.policy.parts import SLOT
from schemas.records.portfolios import Track
from tasks.intake.inbox import named_arrivals

Row = Mapping[str, Any]

LEA_ID = re.compile(r"[0-9]{7}")
NUMBER = re.compile(r"[0-9]{1,7}")
FIRST_ROW = 2  # below the header, as a spreadsheet counts them


class ListError(ValueError):
    """A list cannot be taken over as it is; the message has a line for each fault, with what to do."""


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a list: which texts it may hold, what they are stored as, and the remedy for all others."""

    name: str
    remedy: str = ""
    accepts: Callable[[str], object] = lambda _text: True
    stored_as: Callable[[str], Any] = str
    is_required: bool = True


@dataclass(frozen=True, slots=True)
class SeasonList:
    """One of the lists: what it is a list of, and its columns, of which the first one names a row."""

    title: str
    columns: Sequence[Column]

    @property
    def names(self) -> set[str]:
        """The columns that must be there."""
        return {column.name for column in self.columns if column.is_required}


@dataclass(frozen=True, slots=True)
class SeasonFiles:
    """Where the three lists of a season lie; none where one is not there yet."""

    districts: Path | None
    facilitators: Path | None
    evaluators: Path | None


@dataclass(frozen=True, slots=True)
class SeasonRows:
    """The rows of the three lists as they are stored, without a fault."""

    districts: Sequence[Row]
    facilitators: Sequence[Row]
    evaluators: Sequence[Row]


def parts_of(text: str) -> list[str]:
    """The parts of a cell that holds several."""
    return [part.strip() for part in text.split(";") if part.strip()]


def _filled(name: str) -> Column:
    return Column(name, "fill it in", bool)


def _number(name: str) -> Column:
    return Column(name, "write a number in digits, as 12", NUMBER.fullmatch, int)


def _each(accepts: Callable[[str], object]) -> Callable[[str], bool]:
    return lambda text: all(accepts(part) for part in parts_of(text))


EMAIL = Column("email", f"letters cannot be sent to its address; {MAILABLE_REMEDY}", is_mailable)
DISTRICTS = SeasonList(
    "districts",
    (
        Column("lea_id", "write the 7-digit NCES id of the district", LEA_ID.fullmatch),
        _filled("name"),
        Column("town"),
        Column("region"),
        Column("state_code", is_required=False),
        _number("enrollment"),
        _number("instructional_staff"),
    ),
)
FACILITATORS = SeasonList(
    "facilitators",
    (
        _filled("facilitator_id"),
        _filled("name"),
        EMAIL,
        Column(
            "slots", "write weekdays with times, as MON-15:30; TUE-16:30", _each(re.compile(SLOT).fullmatch), parts_of
        ),
        _number("maximum_cohorts"),
    ),
)
EVALUATORS = SeasonList(
    "evaluators",
    (
        _filled("evaluator_id"),
        _filled("name"),
        EMAIL,
        Column(
            "lea_id",
            "write the 7-digit NCES id of the evaluator's own district, or leave it empty",
            lambda text: not text or LEA_ID.fullmatch(text),
            lambda text: text or None,
        ),
        Column(
            "tracks", f"use {' or '.join(Track)}, with semicolons between", _each(set(Track).__contains__), parts_of
        ),
        Column("grade_bands", stored_as=parts_of),
        Column("conflicts", "write 7-digit NCES ids with semicolons between", _each(LEA_ID.fullmatch), parts_of),
    ),
)
LISTS = (DISTRICTS, FACILITATORS, EVALUATORS)


def read_lists(files: SeasonFiles) -> SeasonRows:
    """The rows of the lists, after all of them were read and checked; of a list that is not there, none.

    Raises:
        ListError: with everything that is wrong with any of them.
    """
    problems: list[str] = []
    rows = [
        _rows_of(kind, path, problems) if path else []
        for kind, path in zip(LISTS, (files.districts, files.facilitators, files.evaluators), strict=True)
    ]
    if problems:
        raise ListError("\n".join(problems))
    return SeasonRows(*rows)


def _rows_of(kind: SeasonList, path: Path, problems: list[str]) -> list[Row]:
    """The rows of one list; what is wrong with it comes to the problems."""
    table, before = _table(path, problems), len(problems)
    if not table:
        return []
    header = [name.strip() for name in table[0]]
    if missing := [column.name for column in kind.columns if column.is_required and column.name not in header]:
        problems.append(f"{path.name}: {_missing(kind, missing, set(header))}")
        return []
    filled = {number: cells for number, cells in enumerate(table[1:], FIRST_ROW) if any(cells)}
    if not filled:
        problems.append(f"{path.name}: there is no row below the header; put the {kind.title} into it")
    texts, seen = [], dict[str, int]()
    for number, cells in filled.items():
        row = {**{column.name: "" for column in kind.columns}, **dict(zip(header, cells, strict=False))}
        found = _wrong_width(cells, len(header)) or list(_faults(kind, row, seen))
        problems += [f"{path.name}, row {number}{told}" for told in found]
        seen.setdefault(row[kind.columns[0].name], number)
        texts.append(row)
    if len(problems) > before:
        return []
    return [{column.name: column.stored_as(row[column.name]) for column in kind.columns} for row in texts]


def _table(path: Path, problems: list[str]) -> list[list[str]]:
    """All rows of a file with the header, without the spaces around a value: a file of this machine, or of the inbox."""
    try:
        (arrival, *_) = named_arrivals(path)
        with arrival.open() as file, io.TextIOWrapper(file, encoding="utf-8-sig", newline="") as text:
            table = [[cell.strip() for cell in cells] for cells in csv.reader(text)]
    except FileNotFoundError:
        problems.append(f"{path.name}: there is no such file; check its name and its folder")
    except OSError as error:
        problems.append(f"{path.name}: it cannot be read ({error.strerror}); name a file that may be read")
    except (csv.Error, UnicodeDecodeError):
        problems.append(f"{path.name}: it is no CSV file in UTF-8; save it as CSV (UTF-8)")
    else:
        if not table:
            problems.append(f"{path.name}: it is empty; write a header and the rows into it")
        return table
    return []


def _missing(kind: SeasonList, missing: Sequence[str], header: set[str]) -> str:
    what = "columns" if len(missing) > 1 else "column"
    told = f"the {what} {', '.join(missing)} of the list of {kind.title} {'are' if len(missing) > 1 else 'is'} missing"
    other = next((item for item in LISTS if item is not kind and item.names <= header), None)
    if other:
        return f"{told}; it is the list of {other.title}: name the right file"
    return f"{told}; the header needs {', '.join(column.name for column in kind.columns if column.is_required)}"


def _wrong_width(cells: Sequence[str], wanted: int) -> list[str]:
    found = max(len(cells[:wanted]), *(number for number, cell in enumerate(cells, 1) if cell))
    if found == wanted:
        return []
    remedy = "put values with commas in quotation marks, and leave no value out"
    return [f": it has {count(found, 'value')} for {count(wanted, 'column')}; {remedy}"]


def _faults(kind: SeasonList, row: Mapping[str, str], seen: Mapping[str, int]) -> Iterator[str]:
    """What is wrong with one row, from its column on."""
    for column in kind.columns:
        if not column.accepts(row[column.name]):
            yield f", column {column.name}: {column.remedy}"
    key = kind.columns[0].name
    if earlier := seen.get(row[key]):
        yield f", column {key}: it has the same as row {earlier}; leave one of the two"
