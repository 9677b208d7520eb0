"""The whole database in one file, back again, or in the other kind of database: each checked by a digest of every row.

A backup is a consistent view of one moment, taken while others write. Beside it stands a manifest with the digest of each
table: what is restored or copied has the same, or it is refused.
"""

import hashlib
import json
import os
import shutil
import sqlite3
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC
from pathlib import Path
from typing import Any

import orjson
from sqlalchemy import Connection, Engine, Table, func, inspect, select, text
from sqlalchemy.engine import URL, make_url

from schemas.settings import settings
from schemas.tables import Season
from tasks.core.clock import machine_time
from tasks.core.database import engine_for, for_reading
from tasks.core.durable_files import keep_folder, write_durably
from tasks.core.migrations import migrate_to_newest, revision_of
from tasks.core.postgres_tools import find_tool

TABLES: Sequence[Table] = Season.metadata.sorted_tables
ROWS_AT_ONCE = 2_000
WRAP = 2**256
TOOL_SECONDS = 3600


class BackupError(RuntimeError):
    """A backup cannot be made, restored, or copied; the message says why, and what can be done."""


@dataclass(frozen=True, slots=True)
class TableState:
    """How many rows a table has, and a digest of them (SHA-256) in which their order does not matter."""

    rows: int
    digest: str


@dataclass(frozen=True, slots=True)
class Backup:
    """A file with everything, and what it holds."""

    path: Path
    kind: str
    schema: str
    tables: Mapping[str, TableState]

    @property
    def rows(self) -> int:
        """All rows."""
        return sum(state.rows for state in self.tables.values())


def back_up(folder: Path) -> Backup:
    """Write the database into a new file of the folder, with its manifest beside it; what is in it.

    Raises:
        BackupError: the database's tool is missing or failed, or the file does not hold what the database does.
    """
    folder.mkdir(parents=True, exist_ok=True)
    engine = _engine()
    kind = engine.dialect.name
    path = folder / f"cadre-{machine_time().astimezone(UTC):%Y%m%dT%H%M%SZ}{'.db' if kind == 'sqlite' else '.dump'}"
    if path.exists():
        raise BackupError(f"{path} is there already; try again in a second.")
    with _snapshot(engine) as connection:
        backup = Backup(path, kind, _schema_of(connection), content_of(connection))
        _dump(connection, path)
    if kind == "sqlite":
        _require_same(backup.tables, _content_of_file(path), f"{path} does not hold what the database does")
    tables = {name: asdict(state) for name, state in backup.tables.items()}
    manifest = {"kind": kind, "schema": backup.schema, "bytes": path.stat().st_size, "tables": tables}
    write_durably(_manifest(path), json.dumps(manifest, indent=1).encode())
    return backup


def restore(path: Path) -> Backup:
    """Bring a backup back into the installation's database, which must be empty; what is there now.

    Raises:
        BackupError: the database is not empty, the file or its manifest is missing, or what was restored is not what was kept.
    """
    backup = _read_manifest(path)
    engine = _engine()
    if engine.dialect.name != backup.kind:
        raise BackupError(
            f"{path} is of {backup.kind}, and the installation uses {engine.dialect.name}: restore it there, then copy it."
        )
    _require_empty(engine)
    if backup.kind == "sqlite":
        _put_file(path, Path(engine.url.database or ""), engine)
    else:
        _run_tool("pg_restore", engine.url, "--no-owner", "--exit-on-error", "--single-transaction", str(path))
    with _snapshot(engine) as connection:
        _require_same(backup.tables, content_of(connection), "What was restored is not what was backed up")
    return backup


def copy_to(url: str) -> Mapping[str, TableState]:
    """Copy everything into another, empty database, such as from SQLite to PostgreSQL; what is there now.

    Raises:
        BackupError: the other database is not empty, or does not hold the same afterward.
    """
    target = engine_for(url)
    try:
        _require_empty(target)
        migrate_to_newest(target)
        with _snapshot(_engine()) as source:
            kept = content_of(source)
            with target.begin() as connection:
                for table in TABLES:
                    _copy_table(source, connection, table)
        with _snapshot(target) as connection:
            found = content_of(connection)
    finally:
        target.dispose()
    _require_same(kept, found, "The copy does not hold what the database does; do not use it")
    return found


def content_of(connection: Connection) -> Mapping[str, TableState]:
    """Every table's rows and digest, alike on both databases."""
    return {table.name: _state_of(connection, table) for table in TABLES}


def _state_of(connection: Connection, table: Table) -> TableState:
    total, rows = 0, 0
    for some in _partitions(connection, table):
        rows += len(some)
        total += sum(int.from_bytes(hashlib.sha256(_as_bytes(row)).digest()) for row in some)
    return TableState(rows, f"{total % WRAP:064x}")


def _partitions(connection: Connection, table: Table) -> Iterator[Sequence[Any]]:
    return connection.execution_options(yield_per=ROWS_AT_ONCE).execute(select(table)).partitions()


def _as_bytes(row: Sequence[Any]) -> bytes:
    return orjson.dumps(list(row), default=str, option=orjson.OPT_SORT_KEYS | orjson.OPT_UTC_Z)


def _copy_table(source: Connection, target: Connection, table: Table) -> None:
    for some in _partitions(source, table):
        target.execute(table.insert(), [dict(row._mapping) for row in some])  # noqa: SLF001 - SQLAlchemy's public name
    number = table.autoincrement_column
    if target.dialect.name == "postgresql" and number is not None:
        newest = select(func.coalesce(func.max(number), 0) + 1).scalar_subquery()
        sequence = func.pg_get_serial_sequence(table.name, number.name)
        target.execute(select(func.setval(sequence, newest, False)))


def _engine() -> Engine:
    return engine_for(settings().database)


@contextmanager
def _snapshot(engine: Engine) -> Iterator[Connection]:
    """One view of the database from beginning to end, while others write."""
    with for_reading(engine).connect() as connection, connection.begin():
        yield connection


def _schema_of(connection: Connection) -> str:
    """The version of the schema.

    Raises:
        BackupError: there is none: nothing has been opened yet.
    """
    found = revision_of(connection)
    if found is None:
        raise BackupError("The database is empty: there is nothing to back up.")
    return found


def _dump(connection: Connection, path: Path) -> None:
    draft = path.with_name(f".{path.name}.draft")
    draft.unlink(missing_ok=True)
    try:
        _dump_into(connection, draft)
        draft.chmod(0o600)
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)
    keep_folder(path.parent)


def _dump_into(connection: Connection, draft: Path) -> None:
    if connection.dialect.name == "sqlite":
        driver: Any = connection.connection.driver_connection
        with closing(sqlite3.connect(draft)) as target:
            driver.backup(target)
        return
    snapshot = connection.scalar(text("SELECT pg_export_snapshot()"))
    what = ("--format=custom", "--no-owner", f"--snapshot={snapshot}", f"--file={draft}")
    _run_tool("pg_dump", connection.engine.url, *what)


def _content_of_file(path: Path) -> Mapping[str, TableState]:
    engine = engine_for(f"sqlite:///{path}")
    with _snapshot(engine) as connection:
        found = content_of(connection)
    engine.dispose()
    for suffix in ("-wal", "-shm"):
        path.with_name(path.name + suffix).unlink(missing_ok=True)
    return found


def _put_file(path: Path, target: Path, engine: Engine) -> None:
    engine.dispose()
    draft = target.with_name(f".{target.name}.draft")
    shutil.copyfile(path, draft)
    draft.chmod(0o600)
    for suffix in ("-wal", "-shm"):
        target.with_name(target.name + suffix).unlink(missing_ok=True)
    draft.replace(target)
    keep_folder(target.parent)


def _require_empty(engine: Engine) -> None:
    """Nothing that is there is ever written over.

    Raises:
        BackupError: there are tables.
    """
    with engine.connect() as connection:
        if inspect(connection).get_table_names():
            where = engine.url.render_as_string(hide_password=True)
            raise BackupError(f"{where} is not empty; name an empty database, or move this one away first.")


def _require_same(kept: Mapping[str, TableState], found: Mapping[str, TableState], told: str) -> None:
    """Raises:
    BackupError: with the tables that differ.
    """
    differing = [name for name in kept if kept[name] != found.get(name)]
    if differing:
        raise BackupError(f"{told}: {', '.join(differing)}.")


def _manifest(path: Path) -> Path:
    return path.with_name(path.name + ".json")


def _read_manifest(path: Path) -> Backup:
    """What a backup holds, as its manifest says.

    Raises:
        BackupError: one of the two files is missing, or the manifest is none.
    """
    try:
        told = json.loads(_manifest(path).read_bytes())
        tables = {name: TableState(**state) for name, state in told["tables"].items()}
        backup = Backup(path, told["kind"], told["schema"], tables)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise BackupError(f"{_manifest(path)} cannot be read; a backup is both files together.") from error
    if not path.is_file():
        raise BackupError(f"{path} is missing.")
    return backup


def _run_tool(name: str, url: URL, *arguments: str) -> None:
    """Run one of PostgreSQL's own tools; the password goes by its environment, never in its arguments.

    Raises:
        BackupError: it is not installed, or failed; with what it says.
    """
    tool = find_tool(name)
    if tool is None:
        raise BackupError(
            f"{name} is not installed; install PostgreSQL's client, or name its folder in CADRE_POSTGRES_TOOLS."
        )
    plain = make_url(url).set(drivername="postgresql", password=None)
    environment = {**os.environ, **({"PGPASSWORD": url.password} if url.password else {})}
    command = [tool, f"--dbname={plain.render_as_string(hide_password=False)}", "--no-password", *arguments]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=TOOL_SECONDS, check=False)  # noqa: S603
    if done.returncode:
        raise BackupError(f"{name} failed: {done.stderr.strip() or done.returncode}")
