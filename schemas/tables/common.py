"""What the tables write alike: a column of the primary key, a choice of values, an index of some rows."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import mapped_column


def key(type_: Any = None, **options: Any) -> Any:
    """A column of the primary key."""
    return mapped_column(type_, primary_key=True, **options)


def one_of(column: str, values: Iterable[str]) -> str:
    """The condition that a column has one of these values, such as the members of an enum."""
    return " OR ".join(f"{column} = '{value}'" for value in values)


def only_where(condition: str) -> dict[str, Any]:
    """Index only the rows of a condition, on both databases."""
    return {"sqlite_where": text(condition), "postgresql_where": text(condition)}
