"""SQLite databases as whole files: copied beside their place, looked through there, and renamed into it."""

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Connection, create_engine
from sqlalchemy.engine import URL
from sqlalchemy.exc import SQLAlchemyError

from tasks.core.database import ENGINE
from tasks.core.durable_files import bring_to_disk, keep_folder
from tasks.core.empty_databases import remove_file


class DamagedFileError(RuntimeError):
    """A file is no whole SQLite database; the message is a sentence."""


@contextmanager
def looking_through(path: Path, name: Path) -> Iterator[Connection]:
    """A connection to a file that nobody writes to, which leaves it as it is; ``name`` is what it is called to people.

    Raises:
        DamagedFileError: it is no database, or not all of it is there.
    """
    query = {"immutable": "1", "uri": "true"}
    engine = create_engine(URL.create("sqlite", database=path.absolute().as_uri(), query=query), **ENGINE)
    try:
        with engine.connect() as connection:
            if connection.exec_driver_sql("PRAGMA integrity_check(1)").scalar() != "ok":
                raise DamagedFileError(_damaged(name))
            yield connection
    except (SQLAlchemyError, sqlite3.Error, ValueError):
        raise DamagedFileError(_damaged(name)) from None
    finally:
        engine.dispose()


def _damaged(name: Path) -> str:
    return (
        f"{name} is damaged: it is no whole SQLite database; use another backup, or fetch this one again from its copy."
    )


@contextmanager
def draft_of(target: Path) -> Iterator[Path]:
    """A file beside its place that takes the place, durably and readable for its owner only, when nothing has gone wrong."""
    draft = target.with_name(f".{target.name}.draft")
    remove_file(draft)
    try:
        yield draft
        draft.chmod(0o600)
        bring_to_disk(draft)
        draft.replace(target)
    finally:
        remove_file(draft)
    keep_folder(target.parent)


def copy_file(source: Path, draft: Path) -> None:
    """Copy a file, and bring the copy to the disk."""
    shutil.copyfile(source, draft)
    bring_to_disk(draft)
