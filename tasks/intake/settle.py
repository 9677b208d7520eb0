"""Settling staged rows by their phase's rule: accepted, superseded, quarantined with the reason, or set apart as an error."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import TypeVar

import orjson
from sqlalchemy import select
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session, contains_eager

from schemas.kinds import InputKind, Severity
from schemas.records import Finding
from schemas.statuses import Disposition
from schemas.tables import IntakeRow, QuarantineItem, RejectedRow, SourceFile
from tasks.core.database import insert
from tasks.intake.row_batch import RowBatch, RowOutcome
from tasks.ledger.persons import rostered_addresses
from tasks.ledger.unit_of_work import Work

T = TypeVar("T")

MANY_ERRORS = 100
UNFORESEEN = "IN-006"
UNFORESEEN_REMEDY = "tell the developers, and send them this row"


def staged_rows(db: Session, season: str, kind: InputKind, as_of: datetime) -> list[IntakeRow]:
    """The rows that wait for their phase, in the order in which they were sent; people go by their addresses on record."""
    query = (
        select(IntakeRow)
        .join(IntakeRow.source)
        .options(contains_eager(IntakeRow.source))
        .where(IntakeRow.season == season, IntakeRow.kind == kind, IntakeRow.disposition == Disposition.STAGED)
        .where(SourceFile.received_at <= as_of)
        .order_by(SourceFile.received_at, SourceFile.file_hash, IntakeRow.row_number)
    )
    rows, rostered = list(db.scalars(query)), rostered_addresses(db)
    for row in rows if rostered else ():
        row.rostered = rostered  # type: ignore[misc]  # the class has what every row begins with
    return rows


def settle_rows(work: Work, rows: Sequence[IntakeRow], prepare: Callable[[], Callable[[IntakeRow], T]]) -> list[T]:
    """Settle rows one by one, whatever happens to one of them: what each came to, without those that failed.

    ``prepare`` reads what settling needs and gives the function that settles a row; once more after a row has failed, since
    what was read may hold something of it.

    Of a row whose settling fails for a reason that nobody foresaw nothing is left but the disposition *error*.

    Raises:
        OperationalError: the database failed, not a row.
        Exception: all of many rows failed: the fault is not theirs.
    """
    settled: list[T] = []
    failed: list[Exception] = []
    settle = prepare()
    for row in rows:
        try:
            with work.all_or_nothing(), work.because(cause_of(row)):
                settled.append(settle(row))
        except OperationalError:
            raise
        except Exception as error:  # noqa: BLE001 - what nobody foresaw is the row's
            failed.append(error)
            set_apart(work.db, row, error)
            settle = prepare()
    _require_a_row_that_works(failed, len(rows))
    return settled


def _require_a_row_that_works(failed: Sequence[Exception], rows: int) -> None:
    if len(failed) == rows > MANY_ERRORS:
        raise failed[-1]


def cause_of(row: IntakeRow) -> str:
    """A row of a file as the cause of what is decided: the file by its content, so that it is the same everywhere."""
    return f"{row.source.file_hash[:12]}/{row.row_number}"


def settle_batch(batch: RowBatch, settle: Callable[[RowBatch], T]) -> list[T | RowBatch]:
    """Settle a batch as a whole; where that fails, in halves, until the row that fails is alone and set apart as an error.

    Raises:
        OperationalError: the database failed, not a row.
        Exception: all of many rows failed: the fault is not theirs.
    """
    failed: list[Exception] = []
    found = _in_halves(batch, settle, failed)
    _require_a_row_that_works(failed, len(batch))
    return found


def _in_halves(batch: RowBatch, settle: Callable[[RowBatch], T], failed: list[Exception]) -> list[T | RowBatch]:
    try:
        return [settle(batch)]
    except OperationalError:
        raise
    except Exception as error:
        if len(batch) > 1:
            half = len(batch) // 2
            counted = replace(batch.rows(range(half)), rule_counts=batch.rule_counts)
            first = _in_halves(counted, settle, failed)
            return first + _in_halves(batch.rows(range(half, len(batch))), settle, failed)
        if not len(batch):
            raise
        failed.append(error)
        return [_set_apart(batch, error)]


def _set_apart(batch: RowBatch, error: Exception) -> RowBatch:
    """A row that could not be settled, for a reason that nobody foresaw."""
    problem = unforeseen_problem(error)
    found = Finding(0, "(row)", batch.keys[0][:200], UNFORESEEN, Severity.CRITICAL, problem, UNFORESEEN_REMEDY)
    outcome = RowOutcome(Disposition.ERROR, f"{problem}; {UNFORESEEN_REMEDY}.")
    return batch.with_findings({0: [found]}).with_outcomes(outcome, {})


def accept(row: IntakeRow, reason: str) -> None:
    """The phase has taken the row over."""
    row.disposition, row.reason = Disposition.ACCEPTED, reason


def supersede(row: IntakeRow, reason: str) -> None:
    """The row says nothing that a newer or earlier one does not say."""
    row.disposition, row.reason = Disposition.SUPERSEDED, reason


def quarantine(db: Session, row: IntakeRow, rule: str, reason: str) -> None:
    """A rule rejects the row: it is kept with the reason, for an operator."""
    row.disposition, row.reason = Disposition.QUARANTINED, reason
    _keep(db, row, {"rule": rule, "value": row.natural_key, "problem": reason, "remedy": "see the reason"})


def set_apart(db: Session, row: IntakeRow, error: Exception) -> None:
    """The row could not be settled: it is kept with what happened, for an operator and the developers."""
    problem = unforeseen_problem(error)
    row.disposition, row.reason = Disposition.ERROR, f"{problem}; {UNFORESEEN_REMEDY}."
    fault = {"rule": UNFORESEEN, "value": row.natural_key, "problem": problem, "remedy": UNFORESEEN_REMEDY}
    _keep(db, row, fault)


def unforeseen_problem(error: Exception) -> str:
    """What an operator reads of a fault of ours; its text may hold values of the row, and stays out."""
    return f"the program could not settle this row ({type(error).__name__}); the other rows went on"


def _keep(db: Session, row: IntakeRow, fault: dict[str, str]) -> None:
    key = {"file_id": row.file_id, "row_number": row.row_number}
    insert(db, QuarantineItem, [{**key, "field": "(row)", "severity": Severity.CRITICAL, **fault}])
    insert(db, RejectedRow, [{**key, "raw": orjson.dumps(row.cells)}])
