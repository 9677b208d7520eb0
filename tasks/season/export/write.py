"""Writing an export: every table of the contract in one view of the database, put in its place whole."""

import json
import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import Any, Literal

import sqlalchemy as sa
from sqlalchemy import Connection, func, select
from sqlalchemy.orm import Session

from schemas.tables import Decision, Season
from tasks.core.clock import now
from tasks.core.database import reading
from tasks.core.policies import policy_of
from tasks.ledger.unit_of_work import OperatorError, require_open
from tasks.season.export import (
    academy,
    certificates,
    cohorts,
    decisions,
    enrollment,
    letters,
    meetings,
    portfolios,
    reviews,
    seats,
    surveys,
)
from tasks.season.export import credits as graduate_credits
from tasks.season.export.contract import ExportTable, Looked, Prepared, Scope
from tasks.season.export.files import Written, write_csv_file, write_parquet_file, written
from tasks.season.export.package import NAME, as_json, package_of
from tasks.season.export.queries import SQLITE_FUNCTIONS, in_words_of, query_of

Format = Literal["csv", "parquet"]
DESCRIPTION = "datapackage.json"
ROWS_AT_ONCE = 5_000
ORDER = (
    "districts",
    "persons",
    "submissions",
    "seat_requests",
    "seat_events",
    "grants",
    "enrollments",
    "facilitators",
    "cohorts",
    "cohort_members",
    "unplaced",
    "meetings",
    "attendance",
    "course_selections",
    "portfolios",
    "portfolio_submissions",
    "review_rounds",
    "reviews",
    "evaluators",
    "certificates",
    "certificate_terms",
    "credit_requests",
    "letters",
    "decisions",
)
SUBJECTS = (
    surveys,
    enrollment,
    seats,
    academy,
    cohorts,
    meetings,
    portfolios,
    reviews,
    certificates,
    graduate_credits,
    letters,
    decisions,
)


def contract() -> tuple[ExportTable, ...]:
    """Every table of the contract, in its order."""
    tables: dict[str, ExportTable] = {table.name: table for subject in SUBJECTS for table in subject.TABLES}
    return tuple(tables[name] for name in ORDER)


def _prepared() -> Sequence[Prepared | Looked]:
    return [item for subject in SUBJECTS for item in getattr(subject, "PREPARED", ())]


def export_seasons(
    folder: Path, season: str | None, *, file_format: Format = "csv", with_personal_data: bool = True
) -> Sequence[Written]:
    """Write a season, or all of them, into a folder; what was written. An earlier export that is there is replaced.

    Raises:
        OperatorError: there is something else in the folder.
        SeasonNotOpenError: there is no such season on record.
    """
    _require_replaceable(folder)
    with reading() as db, _draft_of(folder) as draft:
        scope = _scope(db, season)
        prepare(db, scope)
        files = [
            _write(db, table, scope, draft, file_format, with_personal_data=with_personal_data) for table in contract()
        ]
        package = package_of(files, scope, with_personal_data=with_personal_data)
        (draft / DESCRIPTION).write_bytes(as_json(package))
    return files


def _scope(db: Session, season: str | None) -> Scope:
    known = sorted(db.scalars(select(Season.season)))
    if season is not None:
        require_open(season if season in known else None, season)
    elif not known:
        require_open(None, "of any year")
    seasons = tuple(known if season is None else [season])
    newest = db.scalar(select(func.max(Decision.decided_at)).where(Decision.season.in_(seasons)))
    return Scope(seasons, _moment(newest), season is None)


def _moment(newest: datetime | None) -> datetime:
    """The moment that is exported: now, and of a simulated season the newest decision."""
    return max(now(), newest or now()).astimezone(UTC)


def prepare(db: Session, scope: Scope) -> None:
    """Make the temporary tables that the queries join; they are gone with the transaction."""
    connection = db.connection()
    is_sqlite = connection.dialect.name == "sqlite"
    if is_sqlite:
        driver: Any = connection.connection.driver_connection
        for name, function in SQLITE_FUNCTIONS.items():
            driver.create_function(name, function.__code__.co_argcount, function, deterministic=True)
    for item in _prepared():
        if isinstance(item, Looked):
            query = in_words_of(connection.dialect.name, item.sql, scope)
            connection.execute(sa.text(f"CREATE TEMPORARY TABLE {item.name} AS {query}"))
            _index(connection, item.name, item.key)
        else:
            _fill(connection, item, item.rows(db, scope))


def _fill(connection: Connection, item: Prepared, rows: Iterable[Mapping[str, Any]]) -> None:
    columns = ", ".join(f"{c.name} {c.type.compile(connection.dialect)}" for c in item.table.columns)
    connection.exec_driver_sql(f"CREATE TEMPORARY TABLE {item.table.name} ({columns})")
    for some in _batches(rows):
        connection.execute(sa.insert(item.table), some)
    _index(connection, item.table.name, [column.name for column in item.table.columns][: item.key_length])


def _index(connection: Connection, name: str, key: Sequence[str]) -> None:
    """Index a temporary table, and let PostgreSQL look at it, which does not by itself."""
    if key:
        connection.exec_driver_sql(f"CREATE INDEX ix_{name} ON {name} ({', '.join(key)})")
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql(f"ANALYZE {name}")


def _batches(rows: Iterable[Mapping[str, Any]]) -> Iterator[list[Mapping[str, Any]]]:
    waiting = iter(rows)
    while some := list(islice(waiting, ROWS_AT_ONCE)):
        yield some


def _write(
    db: Session, table: ExportTable, scope: Scope, folder: Path, file_format: Format, *, with_personal_data: bool
) -> Written:
    connection = db.connection()
    today = policy_of(max(scope.seasons)).local_day(scope.as_of).isoformat()
    query = query_of(table, scope, today, connection.dialect.name, with_personal_data=with_personal_data)
    path = folder / f"{table.name}.csv"
    rows = write_csv_file(connection, query, table, path)
    if file_format == "parquet":
        write_parquet_file(path, table, path.with_suffix(".parquet"))
        path.unlink()
        path = path.with_suffix(".parquet")
    return written(path, table, rows)


def _require_replaceable(folder: Path) -> None:
    """Nothing that is not ours is ever removed.

    Raises:
        OperatorError: the folder holds something else than an earlier export.
    """
    if not folder.exists() or (folder.is_dir() and not any(folder.iterdir())):
        return
    if not folder.is_dir() or not {item.name for item in folder.iterdir()} <= _files_of_export(folder):
        raise OperatorError(f"{folder} holds something else than an earlier export; name an empty folder or a new one.")


def _files_of_export(folder: Path) -> set[str]:
    """The files of the export that is in a folder, if one is."""
    try:
        package = json.loads((folder / DESCRIPTION).read_bytes())
        paths = {item["path"] for item in package["resources"]}
    except (OSError, ValueError, KeyError, TypeError):
        return set()
    return {DESCRIPTION, *paths} if package.get("name") == NAME else set()


@contextmanager
def _draft_of(folder: Path) -> Iterator[Path]:
    """A folder beside, which takes the place of the other one when everything is written."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    draft, earlier = (folder.with_name(f".{folder.name}.{word}") for word in ("draft", "earlier"))
    for left_behind in (draft, earlier):
        shutil.rmtree(left_behind, ignore_errors=True)
    draft.mkdir()
    try:
        yield draft
        if folder.exists():
            folder.rename(earlier)
        draft.rename(folder)
    finally:
        shutil.rmtree(draft, ignore_errors=True)
        shutil.rmtree(earlier, ignore_errors=True)
