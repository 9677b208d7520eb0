"""Writing tables of an export: all of them, or those that one of two processes writes."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from sqlalchemy import Connection
from sqlalchemy.orm import Session

from tasks.season.export.contract import ExportTable, Looked, Prepared, Scope
from tasks.season.export.facts import prepare
from tasks.season.export.files import Written, write_csv_file, write_parquet_file, written
from tasks.season.export.queries import query_of

Format = Literal["csv", "parquet"]


@dataclass(frozen=True, slots=True)
class Export:
    """What is to be written, and where: ``today`` is the local day of the exported moment (ISO 8601)."""

    scope: Scope
    today: str
    folder: Path
    file_format: Format
    with_personal_data: bool


def write_tables(
    db: Session, tables: Iterable[ExportTable], facts: Iterable[Prepared | Looked], export: Export
) -> Sequence[Written]:
    """Write tables in the view of a session, by the facts that their queries join; what was written."""
    prepare(db, facts, export.scope)
    return [_write(db.connection(), table, export) for table in tables]


def _write(connection: Connection, table: ExportTable, export: Export) -> Written:
    query = query_of(
        table, export.scope, export.today, connection.dialect.name, with_personal_data=export.with_personal_data
    )
    path = export.folder / f"{table.name}.csv"
    rows = write_csv_file(connection, query, table, path)
    if export.file_format == "parquet":
        write_parquet_file(path, table, path.with_suffix(".parquet"))
        path.unlink()
        path = path.with_suffix(".parquet")
    return written(path, table, rows)
