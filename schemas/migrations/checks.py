"""Changing what a CHECK allows, in place: on SQLite a table that others refer to cannot be made anew within a transaction."""

import sqlalchemy as sa
from alembic import op


def allow(table: str, name: str, before: str, after: str) -> None:
    """Let a check constraint say ``after`` instead of ``before`` (SQLite: the procedure of its manual, ALTER TABLE, section 7).

    Raises:
        LookupError: the table has no such constraint.
    """
    db = op.get_bind()
    if db.dialect.name != "sqlite":
        op.drop_constraint(op.f(f"ck_{table}_{name}"), table, type_="check")
        op.create_check_constraint(op.f(f"ck_{table}_{name}"), table, after)
        return
    version = db.scalar(sa.text("PRAGMA schema_version"))
    mine = {"table": table}
    where = "type = 'table' AND name = :table"
    sql = db.scalar(sa.text(f"SELECT sql FROM sqlite_schema WHERE {where}"), mine)  # noqa: S608 - our own names
    if before not in sql:
        raise LookupError(f"the table {table} has no constraint {before}")
    db.execute(sa.text("PRAGMA writable_schema = ON"))
    changed = {**mine, "sql": sql.replace(before, after)}
    db.execute(sa.text(f"UPDATE sqlite_schema SET sql = :sql WHERE {where}"), changed)  # noqa: S608 - our own names
    db.execute(sa.text(f"PRAGMA schema_version = {version + 1}"))
    db.execute(sa.text("PRAGMA writable_schema = OFF"))
