"""Many rows at once into a table, the shortest way that the database has."""

import io

import polars as pl
from sqlalchemy.orm import Session

from schemas.columns import Base
from schemas.settings import settings
from tasks.core.database import driver_of, engine_for, insert_into_sqlite

COPY_SIGNS = {"\\": r"\\", "\t": r"\t", "\n": r"\n", "\r": r"\r"}


class BulkRows:
    """Many rows made ready for the shortest way into a table that the database has: COPY on PostgreSQL.

    Values must be as they are stored, and the rows cannot be there yet.
    """

    def __init__(self, table: type[Base], rows: pl.DataFrame, **same: str | int) -> None:
        """Make the rows ready; ``same`` are the values that all of them have in common."""
        self._into = f"{table.__tablename__} ({', '.join([*same, *rows.columns])})"
        self._rows, self._same, self._text = rows, same, b""
        if engine_for(settings().database).dialect.name == "postgresql":
            self._text = _as_copied(rows.select(*(pl.lit(value).alias(name) for name, value in same.items()), pl.all()))

    def insert(self, db: Session) -> None:
        """Insert them."""
        cursor = driver_of(db).cursor()
        if self._text:
            with cursor.copy(f"COPY {self._into} FROM STDIN") as copy:
                copy.write(self._text)
            return
        values = zip(*(column.to_list() for column in self._rows.get_columns()), strict=True)
        marks = [*(f"?{number}" for number, _ in enumerate(self._same, start=1)), *"?" * self._rows.width]
        into = f"INSERT INTO {self._into} VALUES {{rows}}"  # noqa: S608 - our own names
        insert_into_sqlite(cursor, into, f"({', '.join(marks)})", values, [*self._same.values()])


def _as_copied(rows: pl.DataFrame) -> bytes:
    """Rows without nulls as the text that COPY reads: its own signs escaped, one line for a row."""
    text = io.BytesIO()
    texts = pl.col(pl.String).str
    if any(rows.select(texts.contains(r"[\\\t\n\r]").any()).row(0)):
        rows = rows.with_columns(texts.replace_many(COPY_SIGNS))
    rows.write_csv(text, include_header=False, separator="\t", quote_style="never")
    return text.getvalue()
