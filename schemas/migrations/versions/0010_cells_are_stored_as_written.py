"""The cells of rows that were taken in are stored as they were written: PostgreSQL does not look their JSON over again."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Keep the same text, as text; SQLite has always done so."""
    _store_as(sa.JSON(), sa.Text())


def downgrade() -> None:
    """Let PostgreSQL read it again."""
    _store_as(sa.Text(), sa.JSON())


def _store_as(before: sa.JSON | sa.Text, after: sa.JSON | sa.Text) -> None:
    if op.get_bind().dialect.name == "postgresql":
        using = f"cells::{after.compile()}"
        op.alter_column("intake_row", "cells", existing_type=before, type_=after, postgresql_using=using)
