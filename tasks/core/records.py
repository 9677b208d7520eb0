"""Records, such as decisions and letters: each is written once, and none is dropped without a word."""

from collections.abc import Mapping, Sequence
from typing import Any

import orjson
from sqlalchemy import inspect, select
from sqlalchemy.orm import Session

from schemas.columns import Base
from tasks.core.database import batches, insert_new
from tasks.core.row_names import opaque_name


class DroppedRecordError(Exception):
    """A record would have been dropped: one under the same key is there, and says something else."""


def record(
    db: Session, table: type[Base], rows: Sequence[Mapping[str, Any]], natural_key: Sequence[str], says: Sequence[str]
) -> int:
    """Insert records; how many were new. One that is known already has the same natural key and says the same.

    ``says`` are the columns that make up what a record says.

    Raises:
        DroppedRecordError: one has the key of another record, and says something else.
    """
    new = insert_new(db, table, rows, natural_key)
    if new < len(rows):
        for some in batches(rows):
            _require_known(db, table, some, natural_key, says)
    return new


def _require_known(
    db: Session, table: type[Base], rows: Sequence[Mapping[str, Any]], natural_key: Sequence[str], says: Sequence[str]
) -> None:
    columns = inspect(table).columns
    among = [columns[name].in_({row[name] for row in rows}) for name in natural_key]
    query = select(*(columns[name] for name in (*natural_key, *says))).where(*among)
    stored = {tuple(row[name] for name in natural_key): row for row in db.execute(query).mappings()}
    for row in rows:
        key = tuple(row[name] for name in natural_key)
        differing = [name for name in says if _as_stored(row[name]) != stored[key][name]]
        if differing:
            told = f"{table.__tablename__} {opaque_name(key)}"
            raise DroppedRecordError(f"{told} is on record, and another one of this key has another {differing[0]}.")


def _as_stored(value: Any) -> Any:
    """A value as it comes back from the database: what is kept as JSON has lists, texts, and numbers only."""
    return orjson.loads(orjson.dumps(value)) if isinstance(value, dict) else value
