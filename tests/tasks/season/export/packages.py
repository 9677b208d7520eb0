"""Exports as whoever gets one reads them: checked by Frictionless, and the rows of each file by column."""

import csv
from datetime import datetime
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
from frictionless import system, validate

from tasks.season.export.write import export_seasons

Rows = list[dict[str, str]]


def export_to(folder: Path, season: str | None = "2022", **options: Any) -> dict[str, Rows]:
    """An export; its rows by file."""
    export_seasons(folder, season, **options)
    return rows_of(folder)


def checked_export(folder: Path) -> dict[str, Rows]:
    """An export that Frictionless finds in order, which takes seconds; its rows by file."""
    found = export_to(folder)
    assert faults_in(folder) == []
    return found


def rows_of(folder: Path) -> dict[str, Rows]:
    """The rows of each file of an export, of either format, as texts."""
    found = {}
    for path in sorted(folder.glob("*.csv")):
        with path.open(encoding="utf-8", newline="") as file:
            found[path.stem] = list(csv.DictReader(file))
    for path in sorted(folder.glob("*.parquet")):
        typed = pq.read_table(path).to_pylist()
        found[path.stem] = [{column: as_text(value) for column, value in row.items()} for row in typed]
    return found


def as_text(value: object) -> str:
    """A value of a Parquet file as a CSV file has it."""
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%dT%H:%M:%SZ}"
    return str(value).lower() if isinstance(value, bool) else "" if value is None else str(value)


def faults_in(folder: Path) -> list[str]:
    """What Frictionless finds wrong with an export: types, allowed values, keys, bytes, hashes."""
    with system.use_context(trusted=True):
        report = validate(str(folder / "datapackage.json"))
    found = [f"{error.title}: {error.message}" for error in report.errors]
    return found + [f"{task.name}: {error.message}" for task in report.tasks for error in task.errors]
