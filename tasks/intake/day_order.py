"""Whether the day or the month stands first in a column's dates: decided by the whole file, and asked where it stays open.

A file is gone through once more for this, and only if one of its dates can be read in two ways.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import BinaryIO

import polars as pl

from schemas.kinds import Severity
from schemas.policy import Policy
from schemas.records import Finding
from tasks.intake.formats.records import Block
from tasks.intake.read import open_table
from tasks.intake.row_batch import BATCH_ROWS
from tasks.intake.written_days import DayOrder, TwoReadings, readings

YEAR_LAST = r"^\s*(\d{1,2}[/.-]\d{1,2}[/.-](?:\d{4}|\d{2}))(?:\D|$)"
STARTS = frozenset({"start_from", "start_until", "starts_on"})
SHOWN = 2
WITH_A_TIME = ":"


@dataclass(slots=True)
class _Evidence:
    """What the dates of a column say: which can only be read in one way, and in which way the others lie in the season."""

    month_first: str = ""
    day_first: str = ""
    open_dates: dict[TwoReadings, str] = field(default_factory=dict)

    def add(self, text: str) -> None:
        ways = readings(text)
        if ways.is_open():
            self.open_dates[ways] = text
        elif ways.month_first and not ways.day_first:
            self.month_first = text
        elif ways.day_first and not ways.month_first:
            self.day_first = text

    def order(self) -> DayOrder | None:
        """The order that some date proves; open where two dates prove different ones; none where no date proves any."""
        if self.month_first and self.day_first:
            return DayOrder.OPEN
        if self.month_first:
            return DayOrder.MONTH_FIRST
        return DayOrder.DAY_FIRST if self.day_first else None

    def order_within(self, first: date, last: date) -> DayOrder:
        """The only order in which all dates lie within these days; open where both or neither is."""
        is_month = all(ways.month_first and first <= ways.month_first <= last for ways in self.open_dates)
        is_day = all(ways.day_first and first <= ways.day_first <= last for ways in self.open_dates)
        if is_month == is_day:
            return DayOrder.OPEN
        return DayOrder.MONTH_FIRST if is_month else DayOrder.DAY_FIRST


@dataclass(slots=True)
class DayOrders:
    """The orders of the dates in a file's columns; ``places`` are the columns of each field.

    The column's own dates decide; then the moments of the whole file, which one tool has written; then in which order all of
    them lie within the survey's time, or where they are starts of cohorts, within theirs. ``messages`` say what was decided,
    or ask.
    """

    name: str
    file: BinaryIO
    wanted: frozenset[str]
    places: Mapping[str, Sequence[int]]
    policy: Policy
    messages: list[str]
    _orders: dict[str, DayOrder] = field(default_factory=dict)
    _evidence: list[_Evidence] = field(default_factory=list)
    _of_moments: _Evidence = field(default_factory=_Evidence)

    def of(self, name: str) -> DayOrder:
        """The order of a field's dates."""
        if name not in self._orders:
            if not self._evidence:
                self._read()
            self._orders[name] = self._decided(name)
        return self._orders[name]

    def _read(self) -> None:
        """Gather what the dates of all columns say; whoever reads the file meanwhile finds it where it was."""
        place = self.file.tell()
        self.file.seek(0)
        with open_table(self.name, self.file, self.wanted) as source:
            self._evidence = [_Evidence() for _ in source.columns] or [_Evidence()]
            for block in source.blocks(BATCH_ROWS):
                self._add(block)
        self.file.seek(place)

    def _add(self, block: Block) -> None:
        for evidence, cells in zip(self._evidence, block.columns(), strict=False):
            dates = cells.str.extract(YEAR_LAST, 1)
            for text in dates.drop_nulls().unique():
                evidence.add(text)
            for text in dates.filter(cells.str.contains(WITH_A_TIME, literal=True)).drop_nulls().unique():
                self._of_moments.add(text)

    def _decided(self, name: str) -> DayOrder:
        own = _Evidence()
        for place in self.places.get(name, ()):
            found = self._evidence[place] if place < len(self._evidence) else _Evidence()
            own.month_first, own.day_first = own.month_first or found.month_first, own.day_first or found.day_first
            own.open_dates |= found.open_dates
        order = own.order() or self._of_moments.order() or self._within_the_season(name, own)
        self._tell(name, order, own)
        return order

    def _within_the_season(self, name: str, own: _Evidence) -> DayOrder:
        survey, cohorts = self.policy.survey, self.policy.cohorts
        if name == "submitted_at":
            return own.order_within(survey.opens_on, survey.closes_on)
        is_start = name in STARTS
        return own.order_within(cohorts.earliest_start_on, cohorts.latest_start_on) if is_start else DayOrder.OPEN

    def _tell(self, name: str, order: DayOrder, own: _Evidence) -> None:
        shown = ", ".join(sorted(own.open_dates.values())[:SHOWN])
        if order is DayOrder.DAY_FIRST:
            self.messages.append(
                f"The dates of '{name}' were read with the day first ({shown}), as the whole file shows."
            )
        elif order is DayOrder.OPEN and shown:
            self.messages.append(
                f"Does the day or the month stand first in '{name}' ({shown})? The file leaves it open, and those rows are "
                "kept back. Write their dates with the year first, or export the file so and send it again."
            )


def open_dates(name: str, values: pl.Series) -> dict[int, Finding]:
    """The rows whose date was left as it is, since it can be read in two ways, with the question."""
    rows = values.str.contains(YEAR_LAST).arg_true().to_list()
    found = {row: readings(values[row]) for row in rows}
    return {row: _question(name, values[row], ways) for row, ways in found.items() if ways.is_open()}


def _question(name: str, value: str, ways: TwoReadings) -> Finding:
    problem = "the day or the month may stand first here, and nothing in the file says which"
    remedy = f"write it with the year first, as {ways.month_first} or {ways.day_first}"
    return Finding(0, name, value, "IN-007", Severity.CRITICAL, problem, remedy)
