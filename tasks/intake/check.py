"""Holding row batches against their contract: what costs is the call of the engine, so that small files go together."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

import polars as pl

from schemas.contracts import Contract
from schemas.records import Finding, RuleOutcome
from tasks.intake.expectations import Checker, findings_of
from tasks.intake.row_batch import BATCH_ROWS, RowBatch, RuleCount

OPEN_DATE = "IN-007"
# Rows that are kept back for an operator, and held against their contract like any other.
KEPT_BACK = frozenset({"IN-008", "IN-009", "IN-010", "IN-011"})
UNREADABLE = frozenset({"IN-001", "IN-002", "IN-003", "IN-004", "IN-005", OPEN_DATE})


def check(checker: Checker, batches: Iterable[RowBatch]) -> Iterator[RowBatch]:
    """The batches, in their order, with what is wrong with each row by the contract.

    Raises:
        ValidationEngineError: a rule could not be evaluated; no row may be judged by half a contract.
    """
    waiting: list[RowBatch] = []
    for batch in batches:
        waiting.append(batch)
        if sum(map(len, waiting)) >= BATCH_ROWS:
            yield from _checked(checker, waiting)
            waiting = []
    yield from _checked(checker, waiting)


def _checked(checker: Checker, batches: Sequence[RowBatch]) -> Iterator[RowBatch]:
    readable = [_readable(batch) for batch in batches]
    columns = [_columns(batch, checker.contract, rows) for batch, rows in zip(batches, readable, strict=True)]
    if not sum(map(len, columns)):
        yield from batches
        return
    together = pl.concat(columns)
    outcomes = checker.check(together)
    found = findings_of(checker.contract, outcomes, together)
    start = 0
    for batch, rows in zip(batches, readable, strict=True):
        mine = range(start, start + len(rows))
        counted = replace(batch, rule_counts=tuple(_count(outcome, mine) for outcome in outcomes if len(rows)))
        yield counted.with_findings(_findings_by_row(found, mine, rows))
        start = mine.stop


def _findings_by_row(found: dict[int, list[Finding]], mine: range, rows: Sequence[int]) -> dict[int, list[Finding]]:
    return {rows[position - mine.start]: findings for position, findings in found.items() if position in mine}


def _readable(batch: RowBatch) -> Sequence[int]:
    """The rows that can be read; the others are not held against anything."""
    barred = {i for i, findings in batch.findings.items() if any(f.rule in UNREADABLE for f in findings)}
    return [i for i in range(len(batch)) if i not in barred] if barred else range(len(batch))


def _columns(batch: RowBatch, contract: Contract, rows: Sequence[int]) -> pl.DataFrame:
    """All fields of the contract, those that the file lacks empty, of some rows."""
    lacking = [pl.lit("").alias(f.name) for f in contract.fields if f.name not in batch.values.columns]
    values = batch.values.with_columns(lacking).select(f.name for f in contract.fields)
    return values if len(rows) == len(batch) else values[list(rows)]


def _count(outcome: RuleOutcome, rows: range) -> RuleCount:
    failing = sum(index in rows for index in outcome.failing)
    return RuleCount(outcome.rule, outcome.field, outcome.severity, failing)
