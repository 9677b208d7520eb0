"""What the contract is made of: tables of columns, each with its type, unit, description, and the SQL that it comes from.

``docs/export.md`` is the contract as people read it. A change of it is a breaking change and goes into CHANGELOG.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session


class ColumnType(StrEnum):
    """What the values of a column are; a list's items are joined by ``|``."""

    TEXT = "string"
    INTEGER = "integer"
    BOOLEAN = "boolean"
    DATE = "date"
    MOMENT = "datetime"
    LIST = "list"


@dataclass(frozen=True, slots=True)
class Column:
    """A column: ``sql`` gives its value as the database has it, ``values`` are all that are allowed, none: any.

    Without personal data, what ``is_personal`` is empty, and of a sentence that ``may_quote`` what an operator wrote only the
    part before a colon is left.
    """

    name: str
    type: ColumnType
    description: str
    sql: str
    unit: str = ""
    values: tuple[str, ...] = ()
    is_personal: bool = False
    may_quote: bool = False


@dataclass(frozen=True, slots=True)
class ForeignKey:
    """Columns whose values stand in columns of a table; an empty one names nothing."""

    columns: tuple[str, ...]
    table: str
    refers_to: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ExportTable:
    """A file of the export; its first columns are its primary key, by which its rows are sorted.

    ``source`` is what follows the columns in the query: FROM and WHERE, with the words of ``queries.py``.
    """

    name: str
    title: str
    description: str
    key_length: int
    columns: tuple[Column, ...]
    source: str
    foreign_keys: tuple[ForeignKey, ...] = ()

    @property
    def key(self) -> tuple[Column, ...]:
        """The columns of the primary key."""
        return self.columns[: self.key_length]


@dataclass(frozen=True, slots=True)
class Scope:
    """What is exported: these seasons, as they are at a moment; and whether everybody on record is in it."""

    seasons: tuple[str, ...]
    as_of: datetime
    is_everything: bool


@dataclass(frozen=True, slots=True)
class Prepared:
    """Facts that a rule works out, or that no SQL of both databases can: a temporary table, and its rows.

    A query joins it like any other table, by its first columns, which are indexed.
    """

    table: sa.Table
    rows: Callable[[Session, Scope], Iterable[Mapping[str, Any]]]
    key_length: int


@dataclass(frozen=True, slots=True)
class Looked:
    """Facts that a query looks up once for all rows that need them: a temporary table, indexed by these columns, if any."""

    name: str
    key: tuple[str, ...]
    sql: str


def prepared(
    name: str, rows: Callable[[Session, Scope], Iterable[Mapping[str, Any]]], key_length: int = 1, **columns: Any
) -> Prepared:
    """Facts under a name; ``columns`` are their SQLAlchemy types by name."""
    table = sa.Table(name, sa.MetaData(), *(sa.Column(key, type_) for key, type_ in columns.items()))
    return Prepared(table, rows, key_length)


def text(name: str, description: str, sql: str, **more: Any) -> Column:
    """A column of texts; an empty one is unknown."""
    return Column(name, ColumnType.TEXT, description, sql, **more)


def kind(name: str, description: str, sql: str, values: Iterable[str]) -> Column:
    """A column of words of which only some are allowed."""
    return Column(name, ColumnType.TEXT, description, sql, values=tuple(value for value in map(str, values) if value))


def number(name: str, description: str, sql: str, unit: str = "") -> Column:
    """A column of whole numbers."""
    return Column(name, ColumnType.INTEGER, description, sql, unit)


def flag(name: str, description: str, sql: str) -> Column:
    """A column of conditions that hold or do not."""
    return Column(name, ColumnType.BOOLEAN, description, sql)


def day(name: str, description: str, sql: str) -> Column:
    """A column of calendar days, local to the program."""
    return Column(name, ColumnType.DATE, description, sql)


def moment(name: str, description: str, sql: str) -> Column:
    """A column of moments in UTC."""
    return Column(name, ColumnType.MOMENT, description, sql)


def items(name: str, description: str, sql: str) -> Column:
    """A column of lists of texts."""
    return Column(name, ColumnType.LIST, description, sql)


def season_of(alias: str) -> Column:
    """The season that a row belongs to."""
    return text("season", "The season, by its year.", f"{alias}.season")


def refers(columns: str | Sequence[str], table: str, refers_to: str | Sequence[str] = "") -> ForeignKey:
    """A foreign key; the columns there have the same names unless others are named."""
    mine = (columns,) if isinstance(columns, str) else tuple(columns)
    theirs = refers_to or mine
    return ForeignKey(mine, table, (theirs,) if isinstance(theirs, str) else tuple(theirs))


def unless_kept(table: str, alias: str, *key: str) -> str:
    """A condition on rows of ``person p``: not one of a record that was merged, where the one that is kept has the same."""
    same = " AND ".join(f"t.{name} = {alias}.{name}" for name in ("season", *key))
    kept = f"SELECT 1 FROM {table} t JOIN person k ON k.email = t.email WHERE k.person_id = p.merged_into AND {same}"  # noqa: S608 - our own names
    return f"NOT (p.merged_into IS NOT NULL AND EXISTS ({kept}))"
