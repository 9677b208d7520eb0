"""Holding the rows of some parts against their contract together: what costs is the call of the engine, not the row."""

from collections.abc import Iterable, Sequence

import polars as pl

from schemas.contracts import Contract
from schemas.records import RuleOutcome
from tasks.intake.expectations import Checker, findings_of
from tasks.intake.row_batch import Arrival, Part

UNREADABLE = frozenset({"IN-001", "IN-002", "IN-003", "IN-004", "IN-005"})


def check_parts(checker: Checker, parts: Sequence[Part]) -> None:
    """Hold the rows of some parts against the contract; rows that cannot be read are not held against anything."""
    contract = checker.contract
    sound = [_sound(part) for part in parts]
    columns = pl.concat(_readable(part, contract, rows) for part, rows in zip(parts, sound, strict=True))
    outcomes = checker.check(columns)
    for position, found in findings_of(contract, outcomes, columns).items():
        part, index = _place(position, parts, sound)
        noted = {finding.rule for finding in part.findings.get(index, ())}
        part.findings.setdefault(index, []).extend(finding for finding in found if finding.rule not in noted)
    start = 0
    for part, indexes in zip(parts, sound, strict=True):
        _note_outcomes(part.arrival, outcomes, range(start, start + len(indexes)))
        start += len(indexes)


def _sound(part: Part) -> Sequence[int]:
    """The rows that can be read."""
    barred = {i for i, findings in part.findings.items() if any(f.rule in UNREADABLE for f in findings)}
    return [i for i in range(len(part)) if i not in barred] if barred else range(len(part))


def _readable(part: Part, contract: Contract, rows: Sequence[int]) -> pl.DataFrame:
    """All fields of the contract, those that the file lacks empty, of the rows that can be read."""
    values = part.values.with_columns(
        pl.lit("").alias(f.name) for f in contract.fields if f.name not in part.values.columns
    )
    values = values.select(f.name for f in contract.fields)
    return values if len(rows) == len(part) else values[list(rows)]


def _place(position: int, parts: Sequence[Part], sound: Sequence[Sequence[int]]) -> tuple[Part, int]:
    """The part and the row of a position in the columns of several parts."""
    before = 0
    for part, indexes in zip(parts, sound, strict=True):
        if position < before + len(indexes):
            return part, indexes[position - before]
        before += len(indexes)
    raise IndexError(position)


def _note_outcomes(arrival: Arrival, outcomes: Iterable[RuleOutcome], rows: range) -> None:
    """Add how the rules came out over some rows to what is known of their file."""
    for outcome in outcomes:
        failing = sum(index in rows for index in outcome.failing)
        key = outcome.rule, outcome.field
        arrival.outcomes[key] = outcome.severity, arrival.outcomes.get(key, ("", 0))[1] + failing
