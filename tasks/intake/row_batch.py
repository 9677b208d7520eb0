"""Rows on their way from a file into the database: what every stage of an import takes, and gives back anew."""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import polars as pl

from schemas.kinds import InputKind, Severity
from schemas.records import Finding
from schemas.statuses import Disposition

BATCH_ROWS = 50_000


@dataclass(frozen=True, slots=True)
class IncomingFile:
    """A file on its way into the database; ``fields`` are those of its rows on record, in their order.

    ``received_as`` is where its bytes stay.
    """

    season: str
    kind: InputKind
    name: str
    file_hash: str
    size_bytes: int
    dialect: str
    encoding: str
    zone: str
    received_as: str
    fields: tuple[str, ...]

    @property
    def file_id(self) -> int:
        """63 bits of a hash over what the file is known by: the same on every database and in every repeated run."""
        known_by = f"{self.season}/{self.kind}/{self.file_hash}"
        return int.from_bytes(hashlib.sha256(known_by.encode()).digest()[:8], "big") >> 1


@dataclass(frozen=True, slots=True)
class RowOutcome:
    """What became of a row, and why."""

    disposition: Disposition
    reason: str = ""


@dataclass(frozen=True, slots=True)
class RuleCount:
    """How many rows break one rule of a contract."""

    rule: str
    field: str
    severity: Severity
    failing_rows: int


@dataclass(frozen=True, slots=True)
class RowBatch:
    """Some rows of one file, in its order: their values by field, their natural keys, and what is known of them by index.

    ``raw`` gives the bytes of a row as they stand in the file. The last batch of a file has no rows, and its ``messages``.
    """

    file: IncomingFile
    row_numbers: Sequence[int]
    values: pl.DataFrame
    keys: pl.Series
    raw: Callable[[int], bytes]
    cells: pl.Series = field(default_factory=lambda: pl.Series([], dtype=pl.String))  # as they are stored, once known
    findings: Mapping[int, tuple[Finding, ...]] = field(default_factory=dict)
    rule_counts: tuple[RuleCount, ...] = ()
    usual: RowOutcome = RowOutcome(Disposition.STAGED)
    outcomes: Mapping[int, RowOutcome] = field(default_factory=dict)
    is_last: bool = False
    messages: tuple[str, ...] = ()

    def __len__(self) -> int:
        """How many rows."""
        return len(self.row_numbers)

    def row(self, index: int) -> dict[str, str]:
        """One row's values by field."""
        return self.values.row(index, named=True)

    def with_findings(self, found: Mapping[int, Sequence[Finding]]) -> "RowBatch":
        """The same rows with more that is wrong with them; one rule is named once for a row."""
        findings = dict(self.findings)
        for index, more in found.items():
            noted = {finding.rule for finding in findings.get(index, ())}
            findings[index] = (*findings.get(index, ()), *(f for f in more if f.rule not in noted))
        return replace(self, findings=findings)

    def with_outcomes(self, usual: RowOutcome, outcomes: Mapping[int, RowOutcome]) -> "RowBatch":
        """The same rows, each with what became of it."""
        return replace(self, usual=usual, outcomes=outcomes)

    def rejected(self) -> dict[int, RowOutcome]:
        """The rows that may not go on, by index, with everything that an operator has to correct."""
        found = {}
        for index, findings in self.findings.items():
            critical = [f"{f.field}: {f.problem} ({f.remedy})" for f in findings if f.severity == Severity.CRITICAL]
            if critical:
                found[index] = RowOutcome(Disposition.QUARANTINED, "; ".join(dict.fromkeys(critical)))
        return dict(sorted(found.items()))

    def rows(self, indexes: Sequence[int]) -> "RowBatch":
        """Some of the rows, as a batch of their own."""
        place = {index: position for position, index in enumerate(indexes)}
        return replace(
            self,
            row_numbers=[self.row_numbers[index] for index in indexes],
            values=self.values[list(indexes)],
            keys=self.keys[list(indexes)],
            raw=lambda position: self.raw(indexes[position]),
            cells=self.cells[list(indexes)] if len(self.cells) else self.cells,
            findings={place[index]: found for index, found in self.findings.items() if index in place},
            rule_counts=(),
        )
