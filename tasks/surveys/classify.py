"""Classifying: each response is valid, rejected, or a repeat of one that was seen before, by whatever way it came.

A repeat says what is on record already. A response of a known id with other answers is none: an operator decides which counts.
A response that is rejected and comes again is corrected, rejected again, or only repeated; its first rejection is remembered,
for its place in the order of submission.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta

import polars as pl
from sqlalchemy import select

from rules.rule_ids import RuleId
from schemas.kinds import InputKind, Severity
from schemas.policy import Policy
from schemas.records import Finding
from schemas.statuses import REJECTED_ROWS, Disposition
from schemas.tables import IntakeRow
from tasks.intake.cell_values import listed, microseconds, moments_us
from tasks.intake.row_batch import RowBatch, RowOutcome
from tasks.ledger.unit_of_work import Work

KIND = InputKind.SURVEY
MANY_CHUNKS = 50
PLACES = pl.Schema({"hash": pl.UInt64, "file": pl.Int32, "row": pl.Int32})
SEED = 2022  # of the hashes: any number, but always the same
TAKEN = frozenset({Disposition.ACCEPTED, Disposition.SUPERSEDED})

ORIGIN = ("origin_file", "origin_row")
OTHER_ANSWERS = "IN-011"
# Beside the answers: what a tool writes in one way or another with each export.
TOLD_BY_THE_TOOL = ("response_id", "submitted_at", "finished", "status")
REPLACED = RowOutcome(Disposition.SUPERSEDED, "A later submission counts instead.")


@dataclass(frozen=True, slots=True)
class RowPlace:
    """Where a row is on record."""

    file_id: int
    row_number: int


@dataclass(slots=True)
class Repeats:
    """The rows of a batch that say nothing new, with why; those that say something else than the response of their name on
    record; and when those that correct a rejected one were first rejected.
    """

    reasons: dict[int, str] = field(default_factory=dict)
    others: dict[int, list[Finding]] = field(default_factory=dict)
    first_rejected_at: dict[int, datetime] = field(default_factory=dict)

    def outcomes(self) -> dict[int, RowOutcome]:
        """What becomes of the rows that only repeat others."""
        return {index: RowOutcome(Disposition.REPEATED, reason) for index, reason in self.reasons.items()}


def submitted_us(batch: RowBatch, policy: Policy) -> pl.Series:
    """When each row was sent, in microseconds since 1970 (UTC); nothing where there is no such day or time."""
    return moments_us(batch.values["submitted_at"], policy, batch.file.zone).alias("submitted_us")


def check_window(batch: RowBatch, sent_us: pl.Series, policy: Policy) -> RowBatch:
    """The rows, rejected where they are of impossible days or from outside the survey's time."""
    days = policy.survey.opens_on, policy.survey.closes_on + timedelta(days=1)
    first, end = (microseconds(datetime.combine(day, time(), policy.zone)) for day in days)
    outside = (sent_us.is_null() | (sent_us < first) | (sent_us >= end)).fill_null(value=True)
    rejected = batch.rejected()
    found = {
        index: [_time_finding(batch.values["submitted_at"][index], sent_us[index], policy)]
        for index in outside.arg_true()
        if index not in rejected
    }
    return batch.with_findings(found)


def _time_finding(written: str, sent_us: int | None, policy: Policy) -> Finding:
    """What is wrong with the time of a response.

    Source: FAQ I (seats by the district interest survey, first-come, first-serve basis), ``survey.opens_on`` to ``closes_on``.
    """
    if sent_us is None:
        problem, remedy = "there is no such day or time", "write it as 2022-05-03 14:30:00"
        return Finding(0, "submitted_at", written, "IS-003", Severity.CRITICAL, problem, remedy)
    problem = f"the survey was open from {policy.survey.opens_on} to {policy.survey.closes_on}"
    return Finding(0, "submitted_at", written, RuleId.SURVEY_WINDOW, Severity.CRITICAL, problem, "ask program staff")


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

    def classify(self, batch: RowBatch) -> tuple[RowBatch, Repeats]:
        """The rows with what becomes of each, a valid one superseded until it is known to be its district's newest."""
        rejected = batch.rejected()
        repeats = _repeats_within(batch, rejected)
        for index, places in self._known(batch).items():
            if index not in repeats.reasons and index not in repeats.others:
                self._against(batch, index, self._rows(batch, index, places), repeats, is_rejected=index in rejected)
        if repeats.others:
            batch = batch.with_findings(repeats.others)
            rejected = batch.rejected()
        number = self._number(batch.file.file_id)
        numbers = pl.repeat(number, len(batch), eager=True)
        self._remember(batch.keys.hash(SEED), numbers, batch.row_numbers)
        return batch.with_outcomes(REPLACED, {**rejected, **repeats.outcomes()}), repeats

    def _known(self, batch: RowBatch) -> dict[int, list[RowPlace]]:
        """The rows whose response may have been seen, with the rows on record; and the rows that correct one."""
        hashes = batch.keys.hash(SEED)
        known: dict[int, list[RowPlace]] = defaultdict(list)
        before = self._places.filter(pl.col("hash").is_in(hashes.implode()))
        if not before.is_empty():
            mine = pl.DataFrame({"hash": hashes, "key": batch.keys}).with_row_index("index").filter(pl.col("key") != "")
            files = list(self._files)
            for index, file, row in mine.join(before, on="hash").select("index", "file", "row").iter_rows():
                known[index].append(RowPlace(files[file], row))
        if ORIGIN[0] in batch.values.columns:
            for index in (batch.values[ORIGIN[0]] != "").arg_true():
                known[index] += []
        return dict(sorted(known.items()))

    def _number(self, file_id: int) -> int:
        return self._files.setdefault(file_id, len(self._files))

    def _remember(self, hashes: pl.Series, files: pl.Series, rows: Sequence[int]) -> None:
        new = pl.DataFrame({"hash": hashes, "file": files, "row": rows}).cast(PLACES)
        self._places = pl.concat([self._places, new])
        if self._places.n_chunks() > MANY_CHUNKS:  # many small files
            self._places = self._places.rechunk()

    def _rows(self, batch: RowBatch, index: int, places: Sequence[RowPlace]) -> list[IntakeRow]:
        """The rows on record under a row's name, and the row that it says it corrects."""
        origin = _origin(batch.row(index))
        wanted = {*places, *([origin] if origin else [])}
        found = [self._work.db.get(IntakeRow, (place.file_id, place.row_number)) for place in wanted]
        mine = (row for row in found if row is not None and row.season == self._work.season and row.kind == KIND)
        return [
            row
            for row in mine
            if row.natural_key == batch.keys[index] or RowPlace(row.file_id, row.row_number) == origin
        ]

    def _against(
        self, batch: RowBatch, index: int, before: Sequence[IntakeRow], found: Repeats, *, is_rejected: bool
    ) -> None:
        key = batch.keys[index]
        taken = next((row for row in before if row.disposition in TAKEN), None)
        if taken is not None:
            mine = batch.row(index)
            is_settled = is_rejected or _origin(mine) is not None  # a valid copy counts; a row is corrected once
            if is_settled or any(_says_the_same(row.content, mine) for row in before):
                found.reasons[index] = f"The response {key} was imported before."
            else:
                found.others[index] = [_other_answers(taken.content, mine, f"on record ({_place(taken)})")]
            return
        waiting = [row for row in before if row.disposition in REJECTED_ROWS]
        if is_rejected and any(_answers(row.content) == _answers(batch.row(index)) for row in waiting):
            found.reasons[index] = f"The response {key} is in quarantine already."
            return
        for row in waiting:
            row.disposition = Disposition.REPEATED
            row.reason = f"A newer copy came in {batch.file.name}, row {batch.row_numbers[index]}."
        if before and not is_rejected:
            found.first_rejected_at[index] = min(row.source.received_at for row in before)


def _repeats_within(batch: RowBatch, rejected: Mapping[int, RowOutcome]) -> Repeats:
    """Of a response that stands several times in one batch, the first valid row counts; the others say the same, or are asked
    about.
    """
    found = Repeats()
    if batch.keys.n_unique() == len(batch):
        return found
    first: dict[str, int] = {}
    for position, key in enumerate(batch.keys):
        other = first.setdefault(key, position)
        if key and other != position:
            first[key] = _compare(batch, other, position, rejected, found)
    return found


def _compare(batch: RowBatch, first: int, second: int, rejected: Mapping[int, RowOutcome], found: Repeats) -> int:
    """Note what the second copy of a response is beside the first one; the index of the one that counts."""
    reason = f"The response {batch.keys[second]} stands in the file more than once."
    if (first in rejected) != (second in rejected):  # the valid copy counts
        counts, other = (second, first) if first in rejected else (first, second)
        found.reasons[other] = reason
        return counts
    one, copy = batch.row(first), batch.row(second)
    if first in rejected and _answers(one) != _answers(copy):  # two faults, and each is to be corrected
        return first
    if _says_the_same(one, copy):
        found.reasons[second] = reason
    else:
        found.others[second] = [_other_answers(one, copy, f"in row {batch.row_numbers[first]} of this file")]
    return first


def _other_answers(one: Mapping[str, str], copy: Mapping[str, str], where: str) -> Finding:
    """What an operator is asked about a copy of a response that has other answers."""
    name = next(iter(_different(one, copy)))
    problem = (
        f"the response {copy['response_id']} stands {where} with other answers: {name} is '{one[name][:100]}' there"
    )
    remedy = (
        "find out which answers count; if these do, give the row a response id of its own and send it as a correction"
    )
    return Finding(0, name, copy[name][:200], OTHER_ANSWERS, Severity.CRITICAL, problem, remedy)


def _place(row: IntakeRow) -> str:
    return f"{row.source.name}, row {row.row_number}"


def _says_the_same(one: Mapping[str, str], other: Mapping[str, str]) -> bool:
    """Whether two copies of a response have the same answers, in the fields that both have."""
    return not any(_different(one, other))


def _different(one: Mapping[str, str], other: Mapping[str, str]) -> Iterator[str]:
    shared = (name for name in one if name in other and name not in (*ORIGIN, *TOLD_BY_THE_TOOL))
    return (name for name in shared if one[name] != other[name] and _meant(one[name]) != _meant(other[name]))


def _meant(answer: str) -> tuple[str, ...]:
    """An answer without what tools write differently: capitals, spaces, and what parts the items of a list."""
    return tuple(" ".join(item.casefold().split()) for item in listed(answer))


def _origin(row: Mapping[str, str]) -> RowPlace | None:
    """The row on record that a row of a corrected file corrects."""
    file, number = row.get(ORIGIN[0], ""), row.get(ORIGIN[1], "")
    if not (file.isdecimal() and number.isdecimal()):
        return None
    place = RowPlace(int(file), int(number))
    return place if place.file_id < 1 << 63 and place.row_number < 1 << 31 else None


def _answers(content: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in content.items() if value and name not in ORIGIN}
