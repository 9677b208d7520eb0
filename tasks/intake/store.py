"""Storing row batches with what became of each row, and everything that was found wrong with them."""

import io
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime

import numpy as np
import orjson
import polars as pl
from sqlalchemy import update
from sqlalchemy.orm import Session

from schemas.statuses import CheckOutcome
from schemas.tables import IntakeRow, QuarantineItem, RejectedRow, RuleResult, SourceFile
from tasks.core.bulk_rows import BulkRows
from tasks.core.database import insert, refresh_statistics
from tasks.intake.map_columns import rewritten
from tasks.intake.row_batch import IncomingFile, RowBatch, RowOutcome, RuleCount

MANY_ROWS = 10_000
NOT_AS_IT_IS_IN_JSON = r'["\\\x00-\x1f]'
FINDING_FIELDS = ("rule", "field", "severity", "value", "problem", "remedy")


@dataclass(frozen=True, slots=True)
class FileReport:
    """What became of one file; ``received_as`` is where it lies now, if it was moved or copied there."""

    name: str
    file_hash: str = ""
    rows: int = 0
    staged: int = 0
    quarantined: int = 0
    is_new: bool = False
    messages: tuple[str, ...] = ()
    received_as: str = ""


@dataclass(slots=True)
class _Stored:
    """What was stored of one file so far."""

    file: IncomingFile
    rows: int = 0
    rejected: int = 0
    messages: tuple[str, ...] = ()
    severities: dict[tuple[str, str], str] = field(default_factory=dict)
    failing: Counter[tuple[str, str]] = field(default_factory=Counter)

    def add(self, batch: RowBatch) -> None:
        self.rows += len(batch)
        self.rejected += len(batch.rejected())
        self.messages = batch.messages or self.messages
        for count in batch.rule_counts:
            self._count(count)

    def _count(self, count: RuleCount) -> None:
        self.severities[count.rule, count.field] = count.severity
        self.failing[count.rule, count.field] += count.failing_rows

    def report(self) -> FileReport:
        name, file_hash, staged = self.file.name, self.file.file_hash, self.rows - self.rejected
        return FileReport(name, file_hash, self.rows, staged, self.rejected, True, self.messages)


class FileStore:
    """The files that one run imports, in its open transaction."""

    def __init__(self, db: Session, as_of: datetime) -> None:
        """Take the transaction, and the moment at which the files are received."""
        self._db, self._as_of = db, as_of
        self._files: dict[int, _Stored] = {}

    def add(self, batch: RowBatch) -> None:
        """Store the rows of a batch, each fault of them, and the bytes of each rejected row as they stand in the file."""
        stored = self._files.get(batch.file.file_id) or self._begin(batch.file)
        stored.add(batch)
        if len(batch):
            file, rows = batch.file, stored_rows(batch)
            BulkRows(IntakeRow, rows, file_id=file.file_id, season=file.season, kind=file.kind).insert(self._db)
            self._add_faults(batch)
        if batch.is_last:
            self._close(stored)

    def _begin(self, file: IncomingFile) -> _Stored:
        names = ("file_id", "season", "kind", "file_hash", "size_bytes", "name", "dialect", "encoding", "zone")
        row = {name: getattr(file, name) for name in (*names, "received_as")} | {"fields": list(file.fields)}
        insert(self._db, SourceFile, [row | {"row_count": 0, "message": "", "received_at": self._as_of}])
        return self._files.setdefault(file.file_id, _Stored(file))

    def _add_faults(self, batch: RowBatch) -> None:
        file_id, numbers = batch.file.file_id, batch.row_numbers
        faults = {
            (index, finding.rule, finding.field): {"file_id": file_id, "row_number": numbers[index]}
            | {name: getattr(finding, name) for name in FINDING_FIELDS}
            for index, findings in sorted(batch.findings.items())
            for finding in reversed(findings)  # of several under one name, the first is kept
        }
        insert(self._db, QuarantineItem, [*faults.values()])
        raw = [{"file_id": file_id, "row_number": numbers[i], "raw": batch.raw(i)} for i in batch.rejected()]
        insert(self._db, RejectedRow, raw)

    def _close(self, stored: _Stored) -> None:
        """Say of a file what is known once it has been read whole."""
        file_id = stored.file.file_id
        values = {"row_count": stored.rows, "message": " ".join(stored.messages)}
        self._db.execute(update(SourceFile).where(SourceFile.file_id == file_id).values(**values))
        results = [
            {"file_id": file_id, "rule": rule, "field": name, "severity": stored.severities[rule, name]}
            | {"failing_rows": failing, "outcome": CheckOutcome.FAIL if failing else CheckOutcome.PASS}
            for (rule, name), failing in stored.failing.items()
        ]
        insert(self._db, RuleResult, results)

    def reports(self) -> list[FileReport]:
        """What became of each file; the database looks at its tables anew if they have grown by much."""
        if sum(stored.rows for stored in self._files.values()) >= MANY_ROWS:
            refresh_statistics(self._db, IntakeRow, QuarantineItem, RejectedRow)
        return [stored.report() for stored in self._files.values()]


def stored_rows(batch: RowBatch) -> pl.DataFrame:
    """The rows as they are stored, without what all of them have in common."""
    return pl.DataFrame(
        [
            pl.Series("row_number", batch.row_numbers),
            _column(batch, "disposition", lambda outcome: outcome.disposition.value),
            _column(batch, "reason", lambda outcome: outcome.reason),
            batch.keys.alias("natural_key"),
            with_cells(batch).cells.alias("cells"),
        ]
    )


def _column(batch: RowBatch, name: str, of: Callable[[RowOutcome], str]) -> pl.Series:
    usual = pl.repeat(of(batch.usual), len(batch), dtype=pl.String, eager=True).alias(name)
    return usual.scatter(list(batch.outcomes), [of(outcome) for outcome in batch.outcomes.values()])


def with_cells(batch: RowBatch) -> RowBatch:
    """The rows with the JSON text of each one's values, as it is stored."""
    return batch if len(batch.cells) else replace(batch, cells=_cells(batch.values))


def _cells(values: pl.DataFrame) -> pl.Series:
    found = _lists(values)
    if _needs_no_escape(found, quotes=2 * values.width):
        return found
    escaped = [rewritten(c, c.str.contains(NOT_AS_IT_IS_IN_JSON), _as_json) for c in values.get_columns()]
    return _lists(pl.DataFrame(escaped))


def _lists(values: pl.DataFrame) -> pl.Series:
    """Each row as a list of texts in JSON, if no text needs to be escaped."""
    form = '["' + '","'.join(["{}"] * values.width) + '"]'
    return values.select(pl.format(form, *values.columns)).to_series()


def _needs_no_escape(lists: pl.Series, quotes: int) -> bool:
    """Whether there are no quotation marks but those around the texts, no backslashes, and no control characters."""
    written = io.BytesIO()
    lists.to_frame().write_csv(written, include_header=False, quote_style="never")  # a line for each
    signs = np.frombuffer(written.getbuffer(), np.uint8)
    return (
        np.count_nonzero(signs < ord(" ")) == len(lists)
        and np.count_nonzero(signs == ord('"')) == quotes * len(lists)
        and not np.any(signs == ord("\\"))
    )


def _as_json(value: str) -> str:
    return orjson.dumps(value).decode()[1:-1]
