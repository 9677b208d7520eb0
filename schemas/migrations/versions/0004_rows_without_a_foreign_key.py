"""Rows refer to their file without a foreign key, which was half of what storing them cost on PostgreSQL.

A file is written before its rows, in the same transaction, and neither is ever deleted (docs/decisions/0006).
"""

import re
from collections.abc import Callable

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

NAME = "fk_intake_row_file_id"
KEY = f"CONSTRAINT {NAME} FOREIGN KEY(file_id) REFERENCES source_file (file_id)"


def upgrade() -> None:
    """Leave the constraint out; on SQLite by the procedure of its manual (ALTER TABLE, section 7), since tables refer to this one."""
    if op.get_bind().dialect.name == "sqlite":
        _rewrite(lambda sql: re.sub(r",\s*" + re.escape(KEY), "", sql))
    else:
        op.drop_constraint(NAME, "intake_row", type_="foreignkey")


def downgrade() -> None:
    """Put the constraint back."""
    if op.get_bind().dialect.name == "sqlite":
        _rewrite(lambda sql: re.sub(r"\)([^)]*)\Z", rf", {KEY})\1", sql))
    else:
        op.create_foreign_key(NAME, "intake_row", "source_file", ["file_id"], ["file_id"])


def _rewrite(change: Callable[[str], str]) -> None:
    db = op.get_bind()
    version = db.scalar(sa.text("PRAGMA schema_version"))
    mine = "type = 'table' AND name = 'intake_row'"
    before = db.scalar(sa.text(f"SELECT sql FROM sqlite_schema WHERE {mine}"))  # noqa: S608 - our own names
    after = change(before)
    assert after != before, "the table's constraint was not found"
    db.execute(sa.text("PRAGMA writable_schema = ON"))
    db.execute(sa.text(f"UPDATE sqlite_schema SET sql = :after WHERE {mine}"), {"after": after})  # noqa: S608 - our own names
    db.execute(sa.text(f"PRAGMA schema_version = {version + 1}"))
    db.execute(sa.text("PRAGMA writable_schema = OFF"))
