"""What was judged of the values that people send: each different value once, whatever file it comes in.

A judgment depends on the value and on the rules of its field alone, so all files that a process checks share it.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, NamedTuple

import polars as pl

from schemas.contracts import Expect

REMEMBERED_VALUES = 200_000


@dataclass(slots=True)
class Group:
    """The fields that some rules look at together: their values that were judged so far, and which rules the bad ones break."""

    fields: tuple[str, ...]
    expectations: tuple[Expect, ...]
    judged: pl.DataFrame = field(init=False)
    bad: dict[Any, set[str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Begin with nothing judged."""
        self.judged = self._table([])

    def _table(self, values: Sequence[Any]) -> pl.DataFrame:
        columns = {name: self.column(values, position) for position, name in enumerate(self.fields)}
        return pl.DataFrame(columns, schema=dict.fromkeys(self.fields, pl.String))

    def column(self, values: Sequence[Any], position: int) -> Sequence[str]:
        """One field of the values."""
        return values if len(self.fields) == 1 else [value[position] for value in values]

    def fresh(self, told: pl.DataFrame) -> list[Any]:
        """The different values that were not judged yet: texts where it is one field, else tuples of texts."""
        if len(self.judged) > REMEMBERED_VALUES:
            self.judged = self.judged.clear()
            self.bad.clear()
        different = told.select(self.fields).unique()
        new = different.join(self.judged, on=self.fields, how="anti")
        return new.to_series().to_list() if len(self.fields) == 1 else new.rows()

    def judge(self, values: Sequence[Any], broken: Mapping[str, set[Any]]) -> None:
        """Remember which rules the values break."""
        self.judged = pl.concat([self.judged, self._table(values)])
        for rule, found in broken.items():
            for value in found:
                self.bad.setdefault(value, set()).add(rule)

    def failing(self, told: pl.DataFrame) -> Iterator[tuple[str, int]]:
        """Each rule that a row breaks, with the row's index; most groups of most parts have none."""
        if not self.bad:
            return
        values = list(self.bad)
        rows = told.select(self.fields).with_row_index("_row")
        found = rows.join(self._table(values).with_row_index("_bad"), on=self.fields, maintain_order="left")
        for row, number in found.select("_row", "_bad").iter_rows():
            yield from ((rule, row) for rule in self.bad[values[number]])


class Fresh(NamedTuple):
    """Values of a group that were not judged yet."""

    group: Group
    values: list[Any]


def _fields_together(expectations: Sequence[Expect]) -> list[tuple[str, ...]]:
    """Fields that a rule looks at together stand in one group; the others alone."""
    pairs = {e.field: e.only_where[0] for e in expectations if e.only_where}
    beside = set(pairs.values())
    alone = dict.fromkeys(e.field for e in expectations if e.field not in pairs and e.field not in beside)
    together = {where: (where, *(name for name, other in pairs.items() if other == where)) for where in pairs.values()}
    return [*((name,) for name in alone), *together.values()]


@lru_cache(maxsize=64)
def groups_of(expectations: tuple[Expect, ...]) -> tuple[Group, ...]:
    """The groups of a contract with what they remember: a judgment depends on the value alone, so every file shares it."""
    return tuple(
        Group(fields, tuple(e for e in expectations if e.field in fields)) for fields in _fields_together(expectations)
    )
