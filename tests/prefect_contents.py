"""Everything that Prefect and our logs keep, and every file's name: what a test greps for people."""

import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

SHOWN = 60


def kept(home: Path) -> Iterator[tuple[str, str]]:
    """Each value of each column of each table of Prefect's database, each file of Prefect's, each log; and where it stands."""
    database = home / "prefect" / "prefect.db"
    with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as connection:
        tables = [name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        for table in tables:
            cursor = connection.execute(f'SELECT * FROM "{table}"')  # noqa: S608 - the database's own names
            columns = [column[0] for column in cursor.description]
            for row in cursor:
                for column, value in zip(columns, row, strict=True):
                    text = value.decode(errors="replace") if isinstance(value, bytes) else str(value)
                    yield f"{table}.{column}", text
    for folder in ("prefect", "logs"):
        for path in (home / folder).rglob("*"):
            if path.is_file() and not path.name.startswith(database.name):
                yield str(path.relative_to(home)), path.read_bytes().decode(errors="replace")


def people_found(pattern: str, *homes: Path) -> set[str]:
    """Where the pattern was found, with what stands around it; also in the names of files and folders."""
    wanted = re.compile(pattern, re.IGNORECASE)
    found = set()
    for home in homes:
        texts = kept(home) if (home / "prefect" / "prefect.db").exists() else iter(())
        for where, text in texts:
            if hit := wanted.search(text):
                found.add(f"{where}: {text[max(0, hit.start() - SHOWN) : hit.end() + SHOWN]!r}")
        found |= {f"a name: {path}" for path in home.rglob("*") if wanted.search(str(path.relative_to(home)))}
    return found
