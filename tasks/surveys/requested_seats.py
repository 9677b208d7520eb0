"""What valid responses request, as numbers in columns (about 60 bytes a response), so that a whole season fits in memory."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import polars as pl

from rules.surveys.application import admitted_seats
from schemas.policy import Policy
from schemas.records import Component

COMPONENTS = tuple(Component)
SEATS = tuple(f"{component}_seats" for component in COMPONENTS)
REQUESTED = ("lea_id", "option", "request", *SEATS)
ROWS_AT_ONCE = 50_000


class Place(NamedTuple):
    """A response in the order of submission: when it was sent (microseconds since 1970, UTC), and its name."""

    submitted_us: int
    response_id: str


@dataclass(frozen=True, slots=True)
class Newest:
    """A district's newest valid response, and where its row is on record."""

    lea_id: str
    place: Place
    file_id: int
    row_number: int


@dataclass(frozen=True, slots=True)
class DistrictResponses:
    """The valid responses of one district in the order of submission, each with the admitted seats by component."""

    lea_id: str
    submitted_us: Sequence[int]
    response_ids: Sequence[str]
    admitted: Mapping[Component, Sequence[int]]

    def place(self, index: int) -> Place:
        """The place of one response."""
        return Place(self.submitted_us[index], self.response_ids[index])


class Admission:
    """The seats that each response may have; the rule is asked once for each different component, option, and number."""

    def __init__(self, policy: Policy) -> None:
        """Take the policy."""
        self._policy = policy
        self._known: dict[tuple[Component, int, int], int] = {}

    def by_row(self, values: pl.DataFrame) -> pl.DataFrame:
        """The admitted seats of each component for each row of ``REQUESTED`` texts, under the names of ``SEATS``.

        Raises:
            polars.exceptions.InvalidOperationError: a text is no number.
        """
        applies = (pl.col("request").str.to_lowercase() == "apply") & (pl.col("option") != "")
        option = pl.when(applies).then(pl.col("option")).otherwise(pl.lit("0")).cast(pl.Int64).alias("option")
        numbers = values.select(option, *(pl.col(name).replace("", "0").cast(pl.Int64) for name in SEATS))
        return pl.DataFrame([self._admitted(*pair, numbers) for pair in zip(COMPONENTS, SEATS, strict=True)])

    def _admitted(self, component: Component, name: str, numbers: pl.DataFrame) -> pl.Series:
        different = numbers.select("option", name).unique()
        ruled = [self._rule(component, option, seats) for option, seats in different.iter_rows()]
        table = different.with_columns(pl.Series("admitted", ruled, dtype=pl.Int32))
        return numbers.join(table, on=["option", name], how="left", maintain_order="left")["admitted"].alias(name)

    def _rule(self, component: Component, option: int, seats: int) -> int:
        key = component, option, seats
        if key not in self._known:
            self._known[key] = admitted_seats(component, seats, option or None, self._policy)
        return self._known[key]


class RequestedSeats:
    """What valid responses request, in columns: whose, when, under which name, and the admitted seats of each component."""

    def __init__(self, districts: pl.Enum) -> None:
        """Begin with nothing requested; ``districts`` are the ids that there are."""
        self._districts = districts  # four bytes for each response
        self._blocks: list[pl.DataFrame] = []
        self._files: dict[int, int] = {}  # numbered in short

    def emptied(self) -> "RequestedSeats":
        """Of the same districts, with nothing requested."""
        return RequestedSeats(self._districts)

    @property
    def lea_ids(self) -> list[str]:
        """The districts that sent something."""
        return (
            pl.concat(block["lea_id"] for block in self._blocks).unique().cast(pl.String).to_list()
            if self._blocks
            else []
        )

    def add(self, responses: pl.DataFrame, file_id: int) -> None:
        """Add valid responses: ``lea_id``, ``submitted_us``, ``response_id``, ``row_number``, and the admitted seats."""
        if responses.is_empty():
            return
        file = self._files.setdefault(file_id, len(self._files))
        files = pl.repeat(file, len(responses), dtype=pl.Int32, eager=True).alias("file")
        seats = [responses[name].shrink_dtype() for name in SEATS]
        told = [responses[name] for name in ("submitted_us", "response_id", "row_number")]
        self._blocks.append(pl.DataFrame([responses["lea_id"].cast(self._districts), *told, files, *seats]))

    def earlier_than(self, places: Mapping[str, Place]) -> frozenset[str]:
        """The districts with a response from before a place that is given for them."""
        if not self._blocks or not places:
            return frozenset()
        by_district = self._whole().group_by("lea_id")
        response_id = pl.col("response_id").sort_by("submitted_us", "response_id").first()
        firsts = by_district.agg(pl.col("submitted_us").min(), response_id)
        first = {lea_id: Place(*place) for lea_id, *place in firsts.iter_rows()}
        return frozenset(lea_id for lea_id, place in first.items() if lea_id in places and place < places[lea_id])

    def newest(self) -> list[Newest]:
        """The newest response of each district."""
        if not self._blocks:
            return []
        whole = self._whole().select("lea_id", "submitted_us", "response_id", "row_number", "file")
        whole = whole.filter(pl.col("submitted_us") == pl.col("submitted_us").max().over("lea_id"))
        last = pl.all().sort_by("response_id").last()
        files = list(self._files)
        return [
            Newest(lea_id, Place(sent_us, name), files[file], row_number)
            for lea_id, sent_us, name, row_number, file in whole.group_by("lea_id", maintain_order=True)
            .agg(last)
            .iter_rows()
        ]

    def _whole(self) -> pl.DataFrame:
        return pl.concat(self._blocks, how="vertical_relaxed")  # numbers are as short as their batch allows

    def by_district(self) -> Iterator[DistrictResponses]:
        """Each district with its responses in the order of submission."""
        if not self._blocks:
            return
        whole = self._whole()
        order = whole["lea_id"].arg_sort()  # the rest is put in order piece by piece, which takes less memory
        counts = whole["lea_id"].value_counts().sort("lea_id")["count"].to_list()
        for some in _whole_districts(counts, order):
            mine = whole[some].drop("file", "row_number").sort("lea_id", "submitted_us", "response_id")
            by_district = mine.group_by("lea_id", maintain_order=True).agg(pl.all())
            for lea_id, times, names, *seats in by_district.iter_rows():
                yield DistrictResponses(lea_id, times, names, dict(zip(COMPONENTS, seats, strict=True)))


def _whole_districts(counts: list[int], order: pl.Series) -> Iterator[pl.Series]:
    """The order in pieces of bounded size, no district cut."""
    start = end = 0
    for count in counts:
        if end - start >= ROWS_AT_ONCE:
            yield order[start:end]
            start = end
        end += count
    yield order[start:]
