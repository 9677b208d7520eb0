"""What the tables write alike: a column of the primary key, an index of some rows."""

from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import mapped_column


def key(type_: Any = None, **options: Any) -> Any:
    """A column of the primary key."""
    return mapped_column(type_, primary_key=True, **options)


def guarded_by(column: Any) -> dict[str, Any]:
    """Let every UPDATE of a row name the status that was read: where the row has another one by now, it fails."""
    return {"version_id_col": column, "version_id_generator": False}


def revised_by(column: Any) -> dict[str, Any]:
    """The same for a row that has no status: its changes are counted, and an UPDATE names the count that was read."""
    return {"version_id_col": column}


def only_where(condition: str) -> dict[str, Any]:
    """Index only the rows of a condition, on both databases."""
    return {"sqlite_where": text(condition), "postgresql_where": text(condition)}
