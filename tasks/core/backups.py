"""The whole database in one file, back again, or in the other kind of database: each checked by a digest of every row.

A backup is a consistent view of one moment, taken while others write, of whatever schema the database has. Beside it stands a
manifest with the schema and the digest of each table: what is restored or copied has the same, or nothing of it stays.
"""

import json
import sqlite3
from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import asdict, dataclass
from datetime import UTC
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, Table, func, select, text

from schemas.settings import settings
from tasks.core.clock import machine_time
from tasks.core.connections import snapshot
from tasks.core.database import engine_for
from tasks.core.durable_files import write_durably
from tasks.core.empty_databases import BESIDE, empty_on_failure, file_of, require_empty
from tasks.core.migrations import is_known_revision, migrate_to_newest, newest_revision, revision_of
from tasks.core.postgres_tools import run_tool
from tasks.core.sqlite_files import copy_file, draft_of, looking_through
from tasks.core.table_contents import (
    TABLES,
    TableState,
    content_of,
    content_of_earlier,
    differing,
    partitions,
    stored_content,
)

AS_STORED = "as stored"
MEASURES: Mapping[str, Callable[[Connection], Mapping[str, TableState]]] = {
    AS_STORED: stored_content,
    "": content_of_earlier,  # of a manifest that does not say
}


class BackupError(RuntimeError):
    """A backup cannot be made, restored, or copied; the message says why, and what can be done."""


@dataclass(frozen=True, slots=True)
class Backup:
    """A file with everything, and what it holds; ``digests`` says how its tables were measured."""

    path: Path
    kind: str
    schema: str
    tables: Mapping[str, TableState]
    digests: str = AS_STORED

    @property
    def rows(self) -> int:
        """All rows."""
        return sum(state.rows for state in self.tables.values())

    @property
    def needs_migration(self) -> bool:
        """Whether it is of an earlier schema than that of this version."""
        return self.schema != newest_revision()


def back_up(folder: Path) -> Backup:
    """Write the database into a new file of the folder, with its manifest beside it; what is in it.

    Raises:
        BackupError: there is nothing in it, or the file does not hold what the database does.
        ToolError: the database's tool is missing or failed.
        DatabaseDownError: it cannot be connected to.
    """
    folder.mkdir(parents=True, exist_ok=True)
    engine = _engine()
    kind = engine.dialect.name
    path = folder / f"cadre-{machine_time().astimezone(UTC):%Y%m%dT%H%M%SZ}{'.db' if kind == 'sqlite' else '.dump'}"
    if path.exists():
        raise BackupError(f"{path} is there already; try again in a second.")
    with draft_of(path) as draft:
        with snapshot(engine) as connection:
            backup = Backup(path, kind, _schema_of(connection), stored_content(connection))
            _dump_into(connection, draft)
        if kind == "sqlite":
            with looking_through(draft, path) as connection:
                _require_same(backup, connection, f"{path} does not hold what the database does")
        _write_manifest(backup, draft.stat().st_size)
    return backup


def restore(path: Path) -> Backup:
    """Bring a backup back into the installation's database, which must be empty, and stays so if the backup is refused.

    It comes back with the schema that it was made with; ``cadre up`` migrates it.

    Raises:
        BackupError: the file or its manifest is missing, it is of another kind or a later version, or what was restored is not
            what was kept.
        NotEmptyError: the database is not empty.
        DamagedFileError: the file is no whole database.
        ToolError: PostgreSQL's tool is missing or failed.
    """
    backup = _read_manifest(path)
    engine = _engine()
    _require_usable(backup, engine)
    require_empty(engine)
    if backup.kind == "sqlite":
        _put_file(backup, engine)
        return backup
    with empty_on_failure(engine):
        run_tool("pg_restore", engine.url, "--no-owner", "--exit-on-error", "--single-transaction", str(path))
        with snapshot(engine) as connection:
            _require_same(backup, connection, "What was restored is not what was backed up")
    return backup


def copy_to(url: str) -> Mapping[str, TableState]:
    """Copy everything into another, empty database, such as from SQLite to PostgreSQL; what is there now.

    Raises:
        BackupError: this database is of an earlier schema, or the other one does not hold the same; nothing stays there.
        NotEmptyError: the other database is not empty.
        DatabaseUrlError: the URL cannot be used.
        DatabaseDownError: one of the two cannot be connected to.
    """
    target = engine_for(url)
    try:
        require_empty(target)
        with snapshot(_engine()) as source:
            _require_newest(source)
            kept = content_of(source)
            with empty_on_failure(target):
                migrate_to_newest(target)
                with target.begin() as connection:
                    for table in TABLES:
                        _copy_table(source, connection, table)
                with snapshot(target) as connection:
                    found = content_of(connection)
                _require_none(differing(kept, found), "The copy does not hold what the database does")
    finally:
        target.dispose()
    return found


def _copy_table(source: Connection, target: Connection, table: Table) -> None:
    for some in partitions(source, select(table)):
        target.execute(table.insert(), [dict(row._mapping) for row in some])  # noqa: SLF001 - SQLAlchemy's public name
    number = table.autoincrement_column
    if target.dialect.name == "postgresql" and number is not None:
        newest = select(func.coalesce(func.max(number), 0) + 1).scalar_subquery()
        sequence = func.pg_get_serial_sequence(table.name, number.name)
        target.execute(select(func.setval(sequence, newest, False)))


def _engine() -> Engine:
    return engine_for(settings().database)


def _schema_of(connection: Connection) -> str:
    """The version of the schema.

    Raises:
        BackupError: there is none: nothing has been opened yet.
    """
    found = revision_of(connection)
    if found is None:
        raise BackupError("The database is empty: there is nothing to back up or to copy.")
    return found


def _require_newest(connection: Connection) -> None:
    """Raises:
    BackupError: the schema is not that of this version, whose tables are copied.
    """
    found, wanted = _schema_of(connection), newest_revision()
    if found != wanted:
        raise BackupError(
            f"The database has the schema {found}, and {wanted} is copied: back up (`cadre db backup`), start `make up` once, "
            "which migrates, stop it, and copy then."
        )


def _dump_into(connection: Connection, draft: Path) -> None:
    if connection.dialect.name == "sqlite":
        driver: Any = connection.connection.driver_connection
        with closing(sqlite3.connect(draft)) as target:
            driver.backup(target)
        return
    exported = connection.scalar(text("SELECT pg_export_snapshot()"))
    what = ("--format=custom", "--no-owner", f"--snapshot={exported}", f"--file={draft}")
    run_tool("pg_dump", connection.engine.url, *what)


def _put_file(backup: Backup, engine: Engine) -> None:
    target = file_of(engine)
    engine.dispose()
    with draft_of(target) as draft:
        copy_file(backup.path, draft)
        with looking_through(draft, backup.path) as connection:
            _require_same(backup, connection, "What was restored is not what was backed up")
        for suffix in BESIDE:
            target.with_name(target.name + suffix).unlink(missing_ok=True)


def _require_usable(backup: Backup, engine: Engine) -> None:
    """Raises:
    BackupError: it is of the other kind of database, or of a later version of the program.
    """
    if engine.dialect.name != backup.kind:
        raise BackupError(
            f"{backup.path} is of {backup.kind}, and the installation uses {engine.dialect.name}: restore it there, then copy."
        )
    if backup.digests not in MEASURES or not is_known_revision(backup.schema):
        raise BackupError(
            f"{backup.path} was made by a later version of the program ({backup.schema}); restore it with that."
        )


def _require_same(backup: Backup, connection: Connection, told: str) -> None:
    """Raises:
    BackupError: with the tables that differ, or the schema.
    """
    found = revision_of(connection)
    if found != backup.schema:
        raise BackupError(f"{told}: its schema is {found}, and not {backup.schema}.")
    _require_none(differing(backup.tables, MEASURES[backup.digests](connection)), told)


def _require_none(tables: list[str], told: str) -> None:
    if tables:
        raise BackupError(f"{told}: {', '.join(tables)}.")


def _manifest(path: Path) -> Path:
    return path.with_name(path.name + ".json")


def _write_manifest(backup: Backup, size: int) -> None:
    tables = {name: asdict(state) for name, state in backup.tables.items()}
    told = {"kind": backup.kind, "schema": backup.schema, "bytes": size, "digests": backup.digests, "tables": tables}
    write_durably(_manifest(backup.path), json.dumps(told, indent=1).encode())


def _read_manifest(path: Path) -> Backup:
    """What a backup holds, as its manifest says.

    Raises:
        BackupError: one of the two files is missing, or the manifest is none.
    """
    try:
        told = json.loads(_manifest(path).read_bytes())
        tables = {name: TableState(**state) for name, state in told["tables"].items()}
        backup = Backup(path, told["kind"], told["schema"], tables, told.get("digests", ""))
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise BackupError(f"{_manifest(path)} cannot be read; a backup is both files together.") from error
    if not path.is_file():
        raise BackupError(f"{path} is missing.")
    return backup
