"""Which responses were seen before, by whatever way they came: the same response is one response.

A response that is refused and comes again is put right, refused again, or only repeated; its first refusal is remembered, for
its place in line.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from schemas.tables import IntakeRow
from tasks.database import batches
from tasks.parts import Part

KIND = "survey"
PLACE = np.dtype([("hash", np.int64), ("file_id", np.int64), ("row", np.int32)])
TAKEN = frozenset({"accepted", "superseded"})
ORIGIN = ("origin_file", "origin_row")


@dataclass(slots=True)
class Repeats:
    """The rows of a part that say nothing new, with why; and when those that are put right were first refused."""

    reasons: dict[int, str] = field(default_factory=dict)
    first_refused_at: dict[int, datetime] = field(default_factory=dict)


class SeenResponses:
    """The names of all responses of the season, as hashes, with the numbers of their rows, where the names themselves are."""

    def __init__(self, db: Session, season: str) -> None:
        """Look up what was taken in so far."""
        self._db, self._season = db, season
        query = select(IntakeRow.natural_key, IntakeRow.file_id, IntakeRow.row_number)
        mine = query.where(IntakeRow.season == season, IntakeRow.kind == KIND).execution_options(yield_per=10_000)
        found = np.fromiter(((hash(key), file_id, row) for key, file_id, row in db.execute(mine)), dtype=PLACE)
        self._places = found[np.argsort(found["hash"], kind="stable")]

    def judge(self, part: Part, refused: dict[int, str], held: Collection[str]) -> Repeats:
        """Which rows of a part only repeat others, the ``held`` ones among them; rows that they put right are noted so."""
        found = Repeats()
        self._within(part, refused, found)
        for index, places in self._known(part).items():
            if index not in found.reasons and part.keys[index] in held:
                found.reasons[index] = f"The response {part.keys[index]} was taken in before."
            elif index not in found.reasons:
                self._against(part, index, self._rows(part, index, places), found, is_refused=index in refused)
        return found

    @staticmethod
    def _within(part: Part, refused: dict[int, str], found: Repeats) -> None:
        """Of a response that stands several times in one file, the first valid row counts."""
        if len(set(part.keys)) == len(part.keys):
            return
        first: dict[str, int] = {}
        for position, key in enumerate(part.keys):
            other, index = first.setdefault(key, position), position
            if not key or other == position:
                continue
            if other in refused and position not in refused:
                first[key], index = position, other
            found.reasons[index] = f"The response {key} stands in the file more than once."

    def _known(self, part: Part) -> dict[int, list[tuple[int, int]]]:
        """The rows whose response may have been seen, with the numbers of rows on record; and the rows that correct one."""
        hashes = np.fromiter(map(hash, part.keys), dtype=np.int64, count=len(part))
        first = np.searchsorted(self._places["hash"], hashes, side="left")
        end = np.searchsorted(self._places["hash"], hashes, side="right")
        known = {
            index: [(int(place["file_id"]), int(place["row"])) for place in self._places[first[index] : end[index]]]
            for index in np.flatnonzero(end > first).tolist()
            if part.keys[index]
        }
        for index in (i for i, file in enumerate(part.columns.get("origin_file", ())) if file):
            known.setdefault(index, [])
        self._remember(part, hashes)
        return known

    def _remember(self, part: Part, hashes: NDArray[np.int64]) -> None:
        new = np.empty(len(part), dtype=PLACE)
        new["hash"], new["file_id"], new["row"] = hashes, part.arrival.file_id, part.block.row_numbers
        both = np.concatenate([self._places, new[np.argsort(hashes)]])
        self._places = both[np.argsort(both["hash"], kind="stable")]  # two sorted runs merge fast

    def _rows(self, part: Part, index: int, places: Sequence[tuple[int, int]]) -> list[IntakeRow]:
        """The rows on record under a row's name, and the row that it says it corrects."""
        origin = _origin(part, index)
        found = [self._db.get(IntakeRow, place) for place in {*places, *([origin] if origin else [])}]
        mine = (row for row in found if row is not None and row.season == self._season and row.kind == KIND)
        return [row for row in mine if row.natural_key == part.keys[index] or (row.file_id, row.row_number) == origin]

    def _against(
        self, part: Part, index: int, before: Sequence[IntakeRow], found: Repeats, *, is_refused: bool
    ) -> None:
        key = part.keys[index]
        if any(row.disposition in TAKEN for row in before):
            found.reasons[index] = f"The response {key} was taken in before."
            return
        waiting = [row for row in before if row.disposition == "quarantined"]
        if is_refused and any(_says_the_same(row, part, index) for row in waiting):
            found.reasons[index] = f"The response {key} is in quarantine already."
            return
        for row in waiting:
            row.disposition = "repeated"
            row.reason = f"A newer copy came in {part.arrival.source.name}, row {part.block.row_numbers[index]}."
        if before and not is_refused:
            found.first_refused_at[index] = min(row.source.received_at for row in before)


def _origin(part: Part, index: int) -> tuple[int, int] | None:
    """The row on record that a row of a corrected file puts right."""
    file = part.columns.get("origin_file", ())
    row = part.columns.get("origin_row", ())
    if not file or not row or not (file[index].isdigit() and row[index].isdigit()):
        return None
    number, row_number = int(file[index]), int(row[index])
    return (number, row_number) if number < 1 << 63 and row_number < 1 << 31 else None


def _says_the_same(row: IntakeRow, part: Part, index: int) -> bool:
    before = {
        name: value for name, value in zip(row.source.fields, row.cells, strict=False) if name not in ORIGIN and value
    }
    now = {name: values[index] for name, values in part.columns.items() if name not in ORIGIN and values[index]}
    return before == now


def mark_replaced(db: Session, season: str, keys: Sequence[str], reason: str) -> None:
    """Note that the standing rows of some responses stand no longer."""
    mine = update(IntakeRow).where(
        IntakeRow.season == season, IntakeRow.kind == KIND, IntakeRow.disposition == "accepted"
    )
    for some in batches(keys):
        changed = mine.where(IntakeRow.natural_key.in_(some)).values(disposition="superseded", reason=reason)
        db.execute(changed.execution_options(synchronize_session=False))
