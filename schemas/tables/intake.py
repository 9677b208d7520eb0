"""Tables of what was imported: the files, what became of each row, and what is wrong with those that were rejected."""

from collections.abc import Mapping
from datetime import datetime
from typing import ClassVar

from sqlalchemy import BigInteger, CheckConstraint, ForeignKeyConstraint, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from schemas.columns import Base, Cells, one_of, quoted
from schemas.statuses import REJECTED_ROWS, CheckOutcome, Disposition
from schemas.tables.common import key, only_where

PEOPLE = ("email", "replaces")  # the fields of inputs that name a participant


class SourceFile(Base):
    """A file that was imported, by the hash of its bytes: the same file is imported once.

    ``file_id`` is made from season, kind and hash, so that it is the same on every database and in every repeated run.
    ``size_bytes`` is 0 where it is not known. ``fields`` names the cells of its rows on record, in their order. Its bytes stay
    under ``received_as`` in the storage: they are moved there when the import is committed.
    """

    __tablename__ = "source_file"
    file_id: Mapped[int] = key(type_=BigInteger, autoincrement=False)
    season: Mapped[str]
    kind: Mapped[str]
    file_hash: Mapped[str]
    size_bytes: Mapped[int] = mapped_column(BigInteger)
    name: Mapped[str]
    dialect: Mapped[str]
    encoding: Mapped[str]
    zone: Mapped[str]
    fields: Mapped[list[str]]
    row_count: Mapped[int]
    message: Mapped[str]
    received_at: Mapped[datetime]
    received_as: Mapped[str]
    __table_args__ = (UniqueConstraint("season", "kind", "file_hash"),)


class IntakeRow(Base):
    """One row of a file, and what became of it."""

    __tablename__ = "intake_row"
    file_id: Mapped[int] = key(type_=BigInteger)
    row_number: Mapped[int] = key()
    season: Mapped[str]
    kind: Mapped[str]
    disposition: Mapped[str]
    reason: Mapped[str]
    natural_key: Mapped[str]
    cells: Mapped[list[str]] = mapped_column(Cells)
    rostered: ClassVar[Mapping[str, str]] = {}  # where a row is settled: by people's further addresses, those on record
    source: Mapped[SourceFile] = relationship(primaryjoin="foreign(IntakeRow.file_id) == SourceFile.file_id")
    __table_args__ = (
        # SQLite builds a table for IN (...) at every insert: alternatives cost a fifth of it (benchmarks/README.md).
        CheckConstraint(one_of("disposition", Disposition), name="disposition"),
        # No foreign key to the file, which is written before its rows in the same transaction: it is half of what COPY costs.
        # What waits or is rejected is a small part of what is on record: only that part is indexed.
        Index("ix_intake_row_staged", "season", "kind", **only_where(one_of("disposition", [Disposition.STAGED]))),
        Index("ix_intake_row_accepted", "natural_key", **only_where(one_of("disposition", [Disposition.ACCEPTED]))),
        Index("ix_intake_row_quarantined", "season", "kind", **only_where(f"disposition IN ({quoted(REJECTED_ROWS)})")),
        {"sqlite_with_rowid": False},
    )

    @property
    def content(self) -> dict[str, str]:
        """The row's values by field; people go by the address under which they are on record."""
        values = dict(zip(self.source.fields, self.cells, strict=False))
        known = {name: self.rostered[values[name]] for name in PEOPLE if values.get(name) in self.rostered}
        return values | known


class RejectedRow(Base):
    """The bytes of a row that was rejected, exactly as they stand in the file."""

    __tablename__ = "rejected_row"
    file_id: Mapped[int] = key(type_=BigInteger)
    row_number: Mapped[int] = key()
    raw: Mapped[bytes]
    __table_args__ = (ForeignKeyConstraint(["file_id", "row_number"], ["intake_row.file_id", "intake_row.row_number"]),)


class QuarantineItem(Base):
    """One fault of one rejected row: the field, its value, the rule, and the remedy."""

    __tablename__ = "quarantine_item"
    file_id: Mapped[int] = key(type_=BigInteger)
    row_number: Mapped[int] = key()
    rule: Mapped[str] = key()
    field: Mapped[str] = key()
    severity: Mapped[str]
    value: Mapped[str]
    problem: Mapped[str]
    remedy: Mapped[str]
    __table_args__ = (
        ForeignKeyConstraint(
            ["file_id", "row_number"],
            ["intake_row.file_id", "intake_row.row_number"],
            deferrable=True,  # a row that stands for its district is stored after its warnings
            initially="DEFERRED",
        ),
    )


class RuleResult(Base):
    """How one rule of an input's contract came out over the rows of one file: pass, fail or error."""

    __tablename__ = "rule_result"
    file_id: Mapped[int] = key(type_=BigInteger)
    rule: Mapped[str] = key()
    field: Mapped[str] = key()
    severity: Mapped[str]
    outcome: Mapped[str]
    failing_rows: Mapped[int]
    __table_args__ = (
        ForeignKeyConstraint(["file_id"], ["source_file.file_id"]),
        CheckConstraint(one_of("outcome", CheckOutcome), name="outcome"),
    )
