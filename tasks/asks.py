"""What valid responses ask, as numbers in columns (about 60 bytes a response), so that a whole season fits in memory."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import polars as pl

from rules.application import admitted_seats
from schemas.policy import Policy
from schemas.records import Component
from tasks.values import Place

COMPONENTS = tuple(Component)
SEATS = tuple(f"{component}_seats" for component in COMPONENTS)
ASKED = ("lea_id", "option", "request", *SEATS)
ROWS_AT_ONCE = 50_000
Asked = tuple[str, list[int], list[str], tuple[list[int], ...]]


@dataclass(slots=True)
class Asks:
    """What valid responses ask, in columns: whose, when, under which name, and the seats of each component."""

    lea_ids: list[str] = field(default_factory=list)
    _numbers: dict[str, int] = field(default_factory=dict)
    _blocks: list[pl.DataFrame] = field(default_factory=list)

    def add(self, asked: pl.DataFrame, policy: Policy) -> None:
        """Add responses: what they ask as text (``ASKED``), their ``time`` in microseconds, and their ``key``."""
        if asked.is_empty():
            return
        for lea_id in asked["lea_id"].unique(maintain_order=True):
            if lea_id not in self._numbers:
                self._numbers[lea_id] = len(self.lea_ids)
                self.lea_ids.append(lea_id)
        whose = asked["lea_id"].replace_strict(self._numbers, return_dtype=pl.Int32).alias("whose")
        options = asked.select(_option()).to_series()
        seats = [_admitted(c, asked[name], options, policy) for c, name in zip(COMPONENTS, SEATS, strict=True)]
        # A copy of the names: what was read from a file points into the file's text, and would keep all of it in memory.
        keys = pl.Series("key", asked["key"].to_list(), dtype=pl.String)
        self._blocks.append(pl.DataFrame([whose, asked["time"], keys, *(column.shrink_dtype() for column in seats)]))

    def before(self, places: Mapping[str, Place]) -> frozenset[str]:
        """The districts with a response from before a place in time that is given for them."""
        if not self._blocks or not places:
            return frozenset()
        firsts = self._whole().group_by("whose").agg(pl.col("key").sort_by("time", "key").first(), pl.col("time").min())
        first = {self.lea_ids[whose]: (time, key) for whose, key, time in firsts.iter_rows()}
        return frozenset(lea_id for lea_id, place in first.items() if lea_id in places and place < places[lea_id])

    def _whole(self) -> pl.DataFrame:
        return pl.concat(self._blocks, how="vertical_relaxed")  # numbers are as short as their part allows

    def by_district(self) -> Iterator[Asked]:
        """Each district with its responses in their order: times, names, and the admitted seats of each component."""
        if not self._blocks:
            return
        whole = self._whole()
        order = whole["whose"].arg_sort()  # the rest is put in order piece by piece, which takes less memory
        for some in _whole_districts(whole["whose"].value_counts().sort("whose")["count"].to_list(), order):
            mine = whole[some].sort("whose", "time", "key").group_by("whose", maintain_order=True).agg(pl.all())
            whose, times, keys, *seats = (mine[name].to_list() for name in ("whose", "time", "key", *SEATS))
            for number, *asked in zip(whose, times, keys, zip(*seats, strict=True), strict=True):
                yield self.lea_ids[number], *asked


def _whole_districts(counts: list[int], order: pl.Series) -> Iterator[pl.Series]:
    """The order in pieces of bounded size, no district cut."""
    start = end = 0
    for count in counts:
        if end - start >= ROWS_AT_ONCE:
            yield order[start:end]
            start = end
        end += count
    yield order[start:]


def _option() -> pl.Expr:
    """The option applied for; 0 for a request for more information."""
    applies = (pl.col("request").str.to_lowercase() == "apply") & (pl.col("option") != "")
    return pl.when(applies).then(pl.col("option")).otherwise(pl.lit("0")).cast(pl.Int64)


def _admitted(component: Component, seats: pl.Series, options: pl.Series, policy: Policy) -> pl.Series:
    """The seats that may stand in line; the rule is asked once for each different pair of option and seats."""
    pairs = seats.replace("", "0").cast(pl.Int64) * 4 + options
    ruled = {pair: admitted_seats(component, pair // 4, pair % 4 or None, policy) for pair in pairs.unique().to_list()}
    return pairs.replace_strict(ruled, return_dtype=pl.Int32).alias(f"{component}_seats")
