"""What the tables write alike: a column of the primary key, an index of some rows."""

from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import mapped_column


def key(type_: Any = None, **options: Any) -> Any:
    """A column of the primary key."""
    return mapped_column(type_, primary_key=True, **options)


def only_where(condition: str) -> dict[str, Any]:
    """Index only the rows of a condition, on both databases."""
    return {"sqlite_where": text(condition), "postgresql_where": text(condition)}
