"""Which responses were seen before, by whatever way they came: the same response is one response.

A response that is rejected and comes again is corrected, rejected again, or only repeated; its first rejection is remembered,
for its place in the order of submission.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

import polars as pl
from sqlalchemy import BindParameter, bindparam, select, update
from sqlalchemy.orm import Session

from schemas.tables import IntakeRow
from tasks.core.database import batches
from tasks.intake.row_batch import Part
from tasks.ledger.unit_of_work import Work

KIND = "survey"
MANY_CHUNKS = 50
NUMBERS_A_STATEMENT = 5_000
PLACES = pl.Schema({"hash": pl.UInt64, "file": pl.Int32, "row": pl.Int32})
SEED = 2022  # of the hashes: any number, but always the same
TAKEN = frozenset({"accepted", "superseded"})
ORIGIN = ("origin_file", "origin_row")


@dataclass(slots=True)
class Repeats:
    """The rows of a part that say nothing new, with why; and when those that are put right were first rejected."""

    reasons: dict[int, str] = field(default_factory=dict)
    first_rejected_at: dict[int, datetime] = field(default_factory=dict)


class SeenResponses:
    """The names of all responses of the season, as hashes, with the numbers of their rows, where the names themselves are."""

    def __init__(self, work: Work) -> None:
        """Look up what was imported so far."""
        self._work, season = work, work.season
        query = select(IntakeRow.natural_key, IntakeRow.file_id, IntakeRow.row_number)
        mine = query.where(IntakeRow.season == season, IntakeRow.kind == KIND).execution_options(yield_per=10_000)
        self._files: dict[int, int] = {}  # numbered in short: a million names take 16 MB so
        self._places = pl.DataFrame(schema=PLACES)
        for some in work.db.execute(mine).partitions():
            keys, files, rows = zip(*some, strict=True)
            numbers = pl.Series([self._number(file_id) for file_id in files])
            self._remember(pl.Series(keys, dtype=pl.String).hash(SEED), numbers, rows)

    def judge(self, part: Part, rejected: dict[int, str]) -> Repeats:
        """Which rows of a part only repeat others; rows that they put right are noted so."""
        found = Repeats()
        self._within(part, rejected, found)
        for index, places in self._known(part).items():
            if index not in found.reasons:
                self._against(part, index, self._rows(part, index, places), found, is_rejected=index in rejected)
        return found

    @staticmethod
    def _within(part: Part, rejected: dict[int, str], found: Repeats) -> None:
        """Of a response that stands several times in one file, the first valid row counts."""
        if part.keys.n_unique() == len(part):
            return
        first: dict[str, int] = {}
        for position, key in enumerate(part.keys):
            other, index = first.setdefault(key, position), position
            if not key or other == position:
                continue
            if other in rejected and position not in rejected:
                first[key], index = position, other
            found.reasons[index] = f"The response {key} stands in the file more than once."

    def _known(self, part: Part) -> dict[int, list[tuple[int, int]]]:
        """The rows whose response may have been seen, with the numbers of rows on record; and the rows that correct one."""
        hashes = part.keys.hash(SEED)
        known: dict[int, list[tuple[int, int]]] = defaultdict(list)
        before = self._places.filter(pl.col("hash").is_in(hashes.implode()))
        if not before.is_empty():
            mine = pl.DataFrame({"hash": hashes, "key": part.keys}).with_row_index("index").filter(pl.col("key") != "")
            files = list(self._files)
            for index, file, row in mine.join(before, on="hash").select("index", "file", "row").iter_rows():
                known[index].append((files[file], row))
        if ORIGIN[0] in part.values.columns:
            for index in (part.values[ORIGIN[0]] != "").arg_true():
                known[index] += []
        number = self._number(part.arrival.file_id)
        self._remember(hashes, pl.repeat(number, len(part), eager=True), part.block.row_numbers)
        return dict(sorted(known.items()))

    def _number(self, file_id: int) -> int:
        return self._files.setdefault(file_id, len(self._files))

    def _remember(self, hashes: pl.Series, files: pl.Series, rows: Sequence[int]) -> None:
        new = pl.DataFrame({"hash": hashes, "file": files, "row": rows}).cast(PLACES)
        self._places = pl.concat([self._places, new])
        if self._places.n_chunks() > MANY_CHUNKS:  # many small files
            self._places = self._places.rechunk()

    def _rows(self, part: Part, index: int, places: Sequence[tuple[int, int]]) -> list[IntakeRow]:
        """The rows on record under a row's name, and the row that it says it corrects."""
        origin = _origin(part, index)
        found = [self._work.db.get(IntakeRow, place) for place in {*places, *([origin] if origin else [])}]
        mine = (row for row in found if row is not None and row.season == self._work.season and row.kind == KIND)
        return [row for row in mine if row.natural_key == part.keys[index] or (row.file_id, row.row_number) == origin]

    def _against(
        self, part: Part, index: int, before: Sequence[IntakeRow], found: Repeats, *, is_rejected: bool
    ) -> None:
        key = part.keys[index]
        if any(row.disposition in TAKEN for row in before):
            found.reasons[index] = f"The response {key} was imported before."
            return
        waiting = [row for row in before if row.disposition == "quarantined"]
        if is_rejected and any(_says_the_same(row, part, index) for row in waiting):
            found.reasons[index] = f"The response {key} is in quarantine already."
            return
        for row in waiting:
            row.disposition = "repeated"
            row.reason = f"A newer copy came in {part.arrival.source.name}, row {part.block.row_numbers[index]}."
        if before and not is_rejected:
            found.first_rejected_at[index] = min(row.source.received_at for row in before)


def _origin(part: Part, index: int) -> tuple[int, int] | None:
    """The row on record that a row of a corrected file puts right."""
    row = part.row(index)
    file, number = row.get(ORIGIN[0], ""), row.get(ORIGIN[1], "")
    if not (file.isdigit() and number.isdigit()):
        return None
    place = int(file), int(number)
    return place if place[0] < 1 << 63 and place[1] < 1 << 31 else None


def _says_the_same(row: IntakeRow, part: Part, index: int) -> bool:
    return _answers(row.content) == _answers(part.row(index))


def _answers(content: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in content.items() if value and name not in (*ORIGIN, "_zone")}


def mark_replaced(db: Session, season: str, keys: Sequence[str], reason: str) -> None:
    """Note that the standing rows of some responses stand no longer."""
    mine = update(IntakeRow).where(
        IntakeRow.season == season, IntakeRow.kind == KIND, IntakeRow.disposition == "accepted"
    )
    for some in batches(keys):
        changed = mine.where(IntakeRow.natural_key.in_(some)).values(disposition="superseded", reason=reason)
        db.execute(changed.execution_options(synchronize_session=False))


def mark_standing(db: Session, places: Sequence[tuple[int, int]], fate: tuple[str, str]) -> None:
    """Note which rows stand for their district now."""
    by_file: dict[int, list[int]] = defaultdict(list)
    for file_id, row_number in places:
        by_file[file_id].append(row_number)
    some: BindParameter[int] = bindparam("some", expanding=True, literal_execute=True)
    mine = update(IntakeRow).where(IntakeRow.file_id == bindparam("file"), IntakeRow.row_number.in_(some))
    stand = mine.values(disposition=fate[0], reason=fate[1]).execution_options(synchronize_session=False)
    for file_id, numbers in by_file.items():
        for mine_now in batches(sorted(numbers), NUMBERS_A_STATEMENT):
            db.execute(stand, {"file": file_id, "some": mine_now})
