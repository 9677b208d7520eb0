"""Writing an export: every table of the contract in one view of the database, put in its place whole."""

import json
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from schemas.tables import Decision, Season
from tasks.core.clock import now
from tasks.core.database import reading
from tasks.core.policies import policy_of
from tasks.ledger.unit_of_work import OperatorError, require_open
from tasks.season.export import (
    academy,
    beside,
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
from tasks.season.export.contract import ExportTable, Scope
from tasks.season.export.files import Written
from tasks.season.export.package import NAME, as_json, package_of
from tasks.season.export.second_process import SecondProcess, second_process
from tasks.season.export.tables import Export, Format, write_tables

DESCRIPTION = "datapackage.json"
DECISIONS_FOR_ONE_PROCESS = 100_000  # some 500 districts, a few seconds: a second process would hardly be quicker
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


def export_seasons(
    folder: Path, season: str | None, *, file_format: Format = "csv", with_personal_data: bool = True
) -> Sequence[Written]:
    """Write a season, or all of them, into a folder; what was written. An earlier export that is there is replaced.

    Raises:
        OperatorError: there is something else in the folder.
        SeasonNotOpenError: there is no such season on record.
        SecondProcessError: of a large export, the half that a second process writes failed.
    """
    _require_replaceable(folder)
    is_large = _is_large()
    with reading() as db, _draft_of(folder) as draft, second_process() if is_large else nullcontext() as other:
        if other:
            other.begin(db)
        scope = _scope(db, season)
        today = policy_of(max(scope.seasons)).local_day(scope.as_of).isoformat()
        export = Export(scope, today, draft, file_format, with_personal_data)
        files = _write(db, export, other)
        package = package_of(files, scope, with_personal_data=with_personal_data)
        (draft / DESCRIPTION).write_bytes(as_json(package))
    return files


def _is_large() -> bool:
    with reading() as db:
        return (db.scalar(select(func.max(Decision.decision_id))) or 0) > DECISIONS_FOR_ONE_PROCESS


def _write(db: Session, export: Export, other: SecondProcess | None) -> Sequence[Written]:
    """Write all tables, or those that the other process does not write; all of them in the contract's order."""
    if other:
        other.write(export)
    theirs = beside.SUBJECTS if other else ()
    names = {table.name for subject in theirs for table in subject.TABLES}
    facts = [item for subject in SUBJECTS if subject not in theirs for item in getattr(subject, "PREPARED", ())]
    files = [*write_tables(db, [table for table in contract() if table.name not in names], facts, export)]
    if other:
        files += other.written()
    return sorted(files, key=lambda file: ORDER.index(file.table.name))


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
