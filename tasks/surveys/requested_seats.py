"""What valid responses ask, as numbers in columns (about 60 bytes a response), so that a whole season fits in memory."""

from collections.abc import Iterator, Mapping

import polars as pl

from rules.surveys.application import admitted_seats
from schemas.policy import Policy
from schemas.records import Component
from tasks.intake.cell_values import Place

COMPONENTS = tuple(Component)
SEATS = tuple(f"{component}_seats" for component in COMPONENTS)
ASKED = ("lea_id", "option", "request", *SEATS)
NUMBERS = pl.Schema({"lea_id": pl.String, "whose": pl.UInt32})
ROWS_AT_ONCE = 50_000
Asked = tuple[str, list[int], list[str], tuple[list[int], ...]]


class Asks:
    """What valid responses ask, in columns: whose, when, under which name, and the seats of each component."""

    def __init__(self) -> None:
        """Begin with nothing asked."""
        self._numbers = pl.DataFrame(schema=NUMBERS)
        self._blocks: list[pl.DataFrame] = []

    @property
    def lea_ids(self) -> list[str]:
        """The districts that ask, in the order in which they first did; their numbers are their places in it."""
        return self._numbers["lea_id"].to_list()

    def add(self, asked: pl.DataFrame, policy: Policy) -> None:
        """Add responses: what they ask as text (``ASKED``), their ``time`` in microseconds, and their ``key``."""
        if asked.is_empty():
            return
        options = asked.select(_option()).to_series()
        seats = [_admitted(c, asked[name], options, policy) for c, name in zip(COMPONENTS, SEATS, strict=True)]
        columns = [self._whose(asked), asked["time"], asked["key"], *(column.shrink_dtype() for column in seats)]
        self._blocks.append(pl.DataFrame(columns))

    def _whose(self, asked: pl.DataFrame) -> pl.Series:
        """The number of each response's district."""
        asking = asked.select("lea_id")
        new = asking.unique(maintain_order=True).join(self._numbers, on="lea_id", how="anti", maintain_order="left")
        if not new.is_empty():
            numbered = new.with_row_index("whose", len(self._numbers)).select(NUMBERS.names()).cast(NUMBERS)
            self._numbers = pl.concat([self._numbers, numbered], rechunk=True)
        return asking.join(self._numbers, on="lea_id", how="left", maintain_order="left")["whose"]

    def before(self, places: Mapping[str, Place]) -> frozenset[str]:
        """The districts with a response from before a place in time that is given for them."""
        if not self._blocks or not places:
            return frozenset()
        firsts = self._whole().group_by("whose").agg(pl.col("key").sort_by("time", "key").first(), pl.col("time").min())
        lea_ids = self.lea_ids
        first = {lea_ids[whose]: (time, key) for whose, key, time in firsts.iter_rows()}
        return frozenset(lea_id for lea_id, place in first.items() if lea_id in places and place < places[lea_id])

    def _whole(self) -> pl.DataFrame:
        return pl.concat(self._blocks, how="vertical_relaxed")  # numbers are as short as their part allows

    def by_district(self) -> Iterator[Asked]:
        """Each district with its responses in their order: times, names, and the admitted seats of each component."""
        if not self._blocks:
            return
        whole, lea_ids = self._whole(), self.lea_ids
        order = whole["whose"].arg_sort()  # the rest is put in order piece by piece, which takes less memory
        for some in _whole_districts(whole["whose"].value_counts().sort("whose")["count"].to_list(), order):
            mine = whole[some].sort("whose", "time", "key").group_by("whose", maintain_order=True).agg(pl.all())
            whose, times, keys, *seats = (mine[name].to_list() for name in ("whose", "time", "key", *SEATS))
            for number, *asked in zip(whose, times, keys, zip(*seats, strict=True), strict=True):
                yield lea_ids[number], *asked


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
    """The seats that can be requested; the rule is asked once for each different pair of option and seats."""
    pairs = seats.replace("", "0").cast(pl.Int64) * 4 + options
    different = pairs.unique().to_list()
    ruled = [admitted_seats(component, pair // 4, pair % 4 or None, policy) for pair in different]
    table = pl.repeat(0, max(different) + 1, dtype=pl.Int32, eager=True).scatter(different, ruled)  # counts are short
    return table.gather(pairs).alias(f"{component}_seats")
