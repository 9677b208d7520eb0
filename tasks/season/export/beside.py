"""The second process of a large export: ``python -m tasks.season.export.beside``, started by ``second_process.py``.

It says when it is ready, is told a view of the database, says when it reads in it, is told what to write, and answers with what
it has written. It ends when the process does that started it, even by kill -9. It imports no subject that imports Prefect: that
would take longer than all else before it is ready.
"""

import os
import sys
from threading import Thread

from pydantic import TypeAdapter

from tasks.core.database import reading
from tasks.core.shared_view import join_view
from tasks.season.export import letters, meetings
from tasks.season.export.files import Written
from tasks.season.export.tables import Export, write_tables

# About half of the work of an export; their queries join no facts of other subjects.
SUBJECTS = (meetings, letters)
READY, BEGUN = "ready", "begun"
EXPORT_AS_JSON, FILES_AS_JSON = TypeAdapter(Export), TypeAdapter(list[Written])


def main() -> None:
    """Write the tables of these subjects."""
    with reading() as db:
        db.connection()
        _say(READY)
        join_view(db, _heard().decode().strip())
        _say(BEGUN)
        export = EXPORT_AS_JSON.validate_json(_heard())
        Thread(target=_end_with_the_other, daemon=True).start()
        tables = [table for subject in SUBJECTS for table in subject.TABLES]
        facts = [item for subject in SUBJECTS for item in getattr(subject, "PREPARED", ())]
        files = write_tables(db, tables, facts, export)
    _say(FILES_AS_JSON.dump_json([*files]).decode())


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def _heard() -> bytes:
    """A line from the other process, which may have ended instead."""
    return sys.stdin.buffer.readline() or sys.exit("The export has ended.")


def _end_with_the_other() -> None:
    """Wait for the end of what the other process says: it says nothing more before its own end."""
    os.read(sys.stdin.fileno(), 1)
    os._exit(1)


if __name__ == "__main__":
    main()
