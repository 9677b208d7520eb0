"""Tables whose rows stay as they were written: the database itself refuses to change, delete, replace, or empty them.

A migration that makes such a table anew (SQLite has no other way to change a constraint) must guard it again.
"""

from collections.abc import Sequence

from alembic import op

FUNCTION = "rows_are_append_only"


def guard_table(table: str, refused_key: Sequence[str], repeated_key: Sequence[str]) -> None:
    """Let rows only be added to a table.

    On SQLite ``INSERT OR REPLACE`` deletes a row without asking the triggers of deletion, unless the connection wishes it. So a
    row whose ``refused_key`` is there is refused. One whose ``repeated_key`` is there is passed over, as our own
    ``ON CONFLICT DO NOTHING`` does: a trigger cannot tell the two statements apart. A table whose ``refused_key`` is not its row
    id has to be made without row ids: they are a key that no trigger can check.
    """
    if op.get_bind().dialect.name == "sqlite":
        _guard_on_sqlite(table, refused_key, repeated_key)
        return
    op.execute(
        f"CREATE OR REPLACE FUNCTION {FUNCTION}() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION 'rows of % are append-only', TG_TABLE_NAME; END $$"
    )
    for name, event, each in (("row", "UPDATE OR DELETE", "ROW"), ("table", "TRUNCATE", "STATEMENT")):
        op.execute(
            f"CREATE TRIGGER {table}_append_only_{name} BEFORE {event} ON {table} "
            f"FOR EACH {each} EXECUTE FUNCTION {FUNCTION}()"
        )


def _guard_on_sqlite(table: str, refused_key: Sequence[str], repeated_key: Sequence[str]) -> None:
    refuse = f"SELECT RAISE(ABORT, 'rows of {table} are append-only')"
    for event in ("UPDATE", "DELETE"):
        op.execute(f"CREATE TRIGGER {table}_append_only_{event.lower()} BEFORE {event} ON {table} BEGIN {refuse}; END")
    for name, key, act in (("replace", refused_key, refuse), ("repeat", repeated_key, "SELECT RAISE(IGNORE)")):
        same = " AND ".join(f"{column} = NEW.{column}" for column in key)
        if same:
            known = f"WHEN EXISTS (SELECT 1 FROM {table} WHERE {same})"  # noqa: S608 - our own names
            op.execute(f"CREATE TRIGGER {table}_append_only_{name} BEFORE INSERT ON {table} {known} BEGIN {act}; END")


def unguard_table(table: str) -> None:
    """Let everything be done with a table again."""
    if op.get_bind().dialect.name == "sqlite":
        for event in ("update", "delete", "replace", "repeat"):
            op.execute(f"DROP TRIGGER IF EXISTS {table}_append_only_{event}")
        return
    for name in ("row", "table"):
        op.execute(f"DROP TRIGGER {table}_append_only_{name} ON {table}")
