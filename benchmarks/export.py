"""The season export at the size of the nation: ``python -m benchmarks.export [--districts N] [--database URL] [--json]``.

Makes a database of so many districts (each with 28 people, 168 letters, and 196 decisions), and exports it. ``seconds`` is what
the export takes, ``cpu_seconds`` what this process and its second one computed; ``peak_mb`` is the most memory that each had.
The floor writes the rows of the two largest tables, letters and decisions, as they are stored: the columns that
the files have, in the order of the files, with nothing looked up, no address replaced, and no moment written another way.
"""

import argparse
import json
import os
import resource
import shutil
import tempfile
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from schemas.settings import settings

NATION = 17_800
LIMIT_SECONDS = 60
STORED = {
    "outbox": ("message_key", "season", "status", "attempts", "created_at", "answered_at"),
    "decision": (
        *("decision_id", "season", "subject_kind", "subject_key", "rule", "outcome", "reason", "decided_at"),
        "policy_version",
    ),
}


def measured(folder: Path, districts: int) -> list[dict[str, Any]]:
    """Make the database, and export it as CSV and as Parquet."""
    from benchmarks.export_sample import SEASON, multiply, store_model  # noqa: PLC0415 - the environment comes first
    from tasks.core.database import transaction  # noqa: PLC0415 - see above
    from tasks.core.migrations import migrate  # noqa: PLC0415 - see above
    from tasks.ledger.unit_of_work import unit_of_work  # noqa: PLC0415 - see above
    from tasks.season.export.write import export_seasons  # noqa: PLC0415 - see above
    from tasks.season.opening import open_books  # noqa: PLC0415 - see above

    migrate()
    with unit_of_work(SEASON, datetime(2022, 4, 18, 13, tzinfo=UTC), begin=open_books) as work:
        version = work.policy.version
    started = time.perf_counter()
    with transaction() as db:
        store_model(db, version)
    with transaction() as db:
        multiply(db.connection(), districts)
    _settle()
    made = round(time.perf_counter() - started, 1)
    rows = [floor(folder / "floor", districts)]
    for file_format in ("csv", "parquet"):
        started, cpu = time.perf_counter(), _cpu_seconds()
        files = export_seasons(folder / "out", SEASON, file_format=file_format)
        seconds = time.perf_counter() - started
        size = sum(path.stat().st_size for path in (folder / "out").iterdir())
        row: dict[str, Any] = {"districts": districts, "format": file_format, "rows": sum(file.rows for file in files)}
        row |= {"megabytes": size >> 20, "seconds": round(seconds, 1)}
        row |= {"cpu_seconds": [round(now - then, 1) for now, then in zip(_cpu_seconds(), cpu, strict=True)]}
        rows.append({**row, "peak_mb": [usage.ru_maxrss >> 10 for usage in _usage()], "made_in_seconds": made})
    return rows


def _usage() -> Sequence[resource.struct_rusage]:
    """What this process used so far, and those that it started and that have ended."""
    return [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]


def _cpu_seconds() -> Sequence[float]:
    return [usage.ru_utime + usage.ru_stime for usage in _usage()]


def floor(folder: Path, districts: int) -> dict[str, Any]:
    """How long it takes to write what is stored of letters and decisions, and nothing else."""
    from tasks.core.database import reading  # noqa: PLC0415 - see above
    from tasks.season.export.files import write_csv_rows  # noqa: PLC0415 - see above

    folder.mkdir()
    started, cpu = time.perf_counter(), time.process_time()
    rows = 0
    with reading() as db:
        for table, columns in STORED.items():
            query = f"SELECT {', '.join(columns)} FROM {table} ORDER BY 1"  # noqa: S608 - our own names
            rows += write_csv_rows(db.connection(), query, columns, folder / table)
    seconds, cpu_seconds = (now - then for now, then in ((time.perf_counter(), started), (time.process_time(), cpu)))
    shutil.rmtree(folder)
    found: dict[str, Any] = {"districts": districts, "format": "floor, csv", "rows": rows}
    return found | {"seconds": round(seconds, 1), "cpu_seconds": round(cpu_seconds, 1)}


def _settle() -> None:
    """Let PostgreSQL look at its tables, as it does by itself in a season; for SQLite, give back the space of its log."""
    from tasks.core.database import engine_for  # noqa: PLC0415 - see above

    engine = engine_for(settings().database)
    if engine.dialect.name == "postgresql":
        with engine.begin() as connection:
            connection.exec_driver_sql("ANALYZE")
    else:
        driver: Any = engine.raw_connection()
        driver.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        driver.close()


def main() -> int:
    """Print the figures; exit code 1 where an export takes longer than it may."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--districts", type=int, default=NATION)
    parser.add_argument("--database", default="", help="an empty PostgreSQL database; SQLite by default")
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="cadre-export-") as name:
        os.environ.update({"CADRE_HOME": name, "CADRE_DATABASE_URL": arguments.database})
        settings.cache_clear()
        rows = measured(Path(name), arguments.districts)
    print(json.dumps(rows, indent=1) if arguments.json else "\n".join(map(str, rows)))
    return 0 if all(row["seconds"] <= LIMIT_SECONDS for row in rows[1:]) else 1


if __name__ == "__main__":
    raise SystemExit(main())
