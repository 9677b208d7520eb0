"""Which sheets of a workbook hold the responses: not a cover sheet, and all of those that have the same columns."""

from collections.abc import Sequence, Set
from typing import NamedTuple

from tasks.intake.formats.dialects import read_head
from tasks.intake.formats.head import plain
from tasks.intake.formats.limits import RejectedFileError

HEADER_ROWS = 3
NAMED_SHEETS = 5
ALSO_A_TABLE = 0.5  # of the columns that the best sheet has of ours


class Sheet(NamedTuple):
    """A sheet by its name, with its first rows that hold anything."""

    name: str
    rows: Sequence[Sequence[str]]

    def is_empty(self) -> bool:
        """Whether nothing stands in it."""
        return not self.rows

    def header(self) -> tuple[str, ...]:
        """The names of its columns, without the empty ones at the end."""
        names = [plain(cell) for cell in self.rows[0]] if self.rows else []
        while names and not names[-1]:
            names.pop()
        return tuple(names)

    def width(self) -> int:
        """How many cells of a row are filled at most."""
        return max((sum(1 for cell in row if cell.strip()) for row in self.rows), default=0)

    def wanted(self, names: Set[str]) -> int:
        """How many of the names stand in its header rows."""
        return len({plain(cell) for row in self.rows[:HEADER_ROWS] for cell in row} & names)


class SheetChoice(NamedTuple):
    """The sheets to read, by their places, how many header rows each has, and what is to be said of the others."""

    places: tuple[int, ...]
    header_rows: int
    messages: tuple[str, ...]


def choose_sheets(sheets: Sequence[Sheet], wanted: Set[str]) -> SheetChoice:
    """The sheet with most of the wanted columns (else the widest), with all that have the same columns.

    Raises:
        RejectedFileError: another sheet has many of the wanted columns too, but not the same ones: a person decides.
    """
    filled = [place for place, sheet in enumerate(sheets) if not sheet.is_empty()]
    if not filled:
        return SheetChoice((), 0, ())
    best = max(
        filled, key=lambda place: (sheets[place].wanted(wanted), sheets[place].width() > 1, _rank(sheets[place]))
    )
    header = sheets[best].header()
    same = tuple(place for place in filled if sheets[place].header() == header)
    others = [sheets[place] for place in filled if place not in same]
    _require_one_table(sheets[best], others, wanted)
    header_rows = read_head(sheets[best].rows, "xlsx").header_rows if len(same) > 1 else 1
    messages = [*_read_together([sheets[place].name for place in same]), *_left_out([sheet.name for sheet in others])]
    return SheetChoice(same, header_rows, tuple(messages))


def _rank(sheet: Sheet) -> tuple[bool, int]:
    """A table has rows below its header; of several the widest is likeliest the one."""
    return len(sheet.rows) > 1, sheet.width()


def _require_one_table(best: Sheet, others: Sequence[Sheet], wanted: Set[str]) -> None:
    least = max(ALSO_A_TABLE * best.wanted(wanted), 2)
    rivals = [sheet.name for sheet in others if sheet.wanted(wanted) >= least]
    if rivals:
        names = _listed([best.name, *rivals])
        raise RejectedFileError(
            f"its sheets {names} have different columns, and each could be the survey",
            "send a workbook with one of them, or give all of them the same columns",
        )


def _read_together(names: Sequence[str]) -> list[str]:
    if len(names) == 1:
        return []
    return [
        f"The sheets {_listed(names)} have the same columns and were read one after the other, their rows numbered on."
    ]


def _left_out(names: Sequence[str]) -> list[str]:
    if not names:
        return []
    if len(names) == 1:
        return [f"The sheet {_listed(names)} of the workbook has other columns than the responses, and was left out."]
    return [f"The sheets {_listed(names)} of the workbook have other columns than the responses, and were left out."]


def _listed(names: Sequence[str]) -> str:
    shown = [f"'{name[:60]}'" for name in names[:NAMED_SHEETS]]
    more = len(names) - len(shown)
    return ", ".join(shown) + (f" and {more} more" if more else "")
