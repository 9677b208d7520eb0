"""Column types and the declarative base that every table shares."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

import orjson
from sqlalchemy import JSON, BigInteger, DateTime, Integer, MetaData, Text
from sqlalchemy.engine import Dialect
from sqlalchemy.orm import DeclarativeBase
from sqlalchemy.types import TypeDecorator

NAMING = {
    "ix": "ix_%(column_0_label)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}

RowId = BigInteger().with_variant(Integer, "sqlite")


class UtcDateTime(TypeDecorator[datetime]):
    """A moment: always aware in Python, always UTC in the database."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Reject a moment without a zone; store the others as UTC."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"the moment {value} has no time zone")
        moment = value.astimezone(UTC)
        return moment.replace(tzinfo=None) if dialect.name == "sqlite" else moment

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002 - SQLAlchemy's signature
        """Give the moment back as UTC."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class JsonText(TypeDecorator[list[str]]):
    """A list of texts as JSON that is stored as it was written: to look it over again is a fifth of what COPY costs."""

    impl = Text()
    cache_ok = True

    def process_bind_param(self, value: list[str] | None, dialect: Dialect) -> str | None:  # noqa: ARG002 - SQLAlchemy's signature
        """Write the list as JSON."""
        return None if value is None else orjson.dumps(value).decode()

    def process_result_value(self, value: str | None, dialect: Dialect) -> list[str] | None:  # noqa: ARG002 - SQLAlchemy's signature
        """Read it again."""
        return None if value is None else orjson.loads(value)


Cells = JSON().with_variant(JsonText(), "postgresql")


def one_of(column: str, values: Iterable[str]) -> str:
    """The condition that a column has one of these values; a StrEnum gives all of its own."""
    return " OR ".join(f"{column} = '{value}'" for value in values)


def quoted(values: Iterable[str]) -> str:
    """Some words as SQL lists them."""
    return ", ".join(f"'{value}'" for value in values)


class Base(DeclarativeBase):
    """Every table of Cadre.

    SQLAlchemy writes rows of unrelated tables in the order of their classes' full names. A table therefore goes by the package
    that everybody imports it from: in which module it is defined must not decide in which order rows are written and locked.
    """

    metadata = MetaData(naming_convention=NAMING)
    type_annotation_map: Mapping[Any, Any] = {
        datetime: UtcDateTime(),
        dict[str, Any]: JSON(),
        list[dict[str, Any]]: JSON(),
        list[str]: JSON(),
    }

    def __init_subclass__(cls, **options: Any) -> None:
        """Give the class its public name before SQLAlchemy maps it."""
        cls.__module__ = "schemas.tables"
        super().__init_subclass__(**options)
