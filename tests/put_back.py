"""A row as if the process had died before it recorded what happened: no part of the program can make it so again."""

from typing import Any

from sqlalchemy import Table, delete, insert, inspect, select, text

from schemas.columns import Base
from tasks.core.database import transaction

WITHOUT_FOREIGN_KEYS = {
    "sqlite": "PRAGMA defer_foreign_keys = ON",
    "postgresql": "SET LOCAL session_replication_role = replica",
}


def put_back(table: type[Base], *key: Any, **before: Any) -> None:
    """Let a row, by its primary key, be what it was before: written anew, since no change of status is ever undone."""
    found = inspect(table).local_table
    assert isinstance(found, Table)
    mine = [column == value for column, value in zip(found.primary_key, key, strict=True)]
    with transaction() as db:
        db.execute(text(WITHOUT_FOREIGN_KEYS[db.get_bind().dialect.name]))
        row = db.execute(select(found).where(*mine)).mappings().one()
        db.execute(delete(found).where(*mine))
        db.execute(insert(found), [{**row, **before}])
