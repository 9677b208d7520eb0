"""On SQLite policies on record have no hidden row id, under which one could be replaced by another version.

``INSERT OR REPLACE`` with a ``rowid`` that was there deleted its row, whatever the version: no trigger saw it, and a trigger
cannot tell a row id that was given from none. Without one there is nothing to replace by but the version.
"""

import sqlalchemy as sa
from alembic import op

from schemas.migrations.append_only import guard_table

revision = "0015_policy_versions"
down_revision = "0014_starts"
branch_labels = None
depends_on = None

TABLE, NEW = "policy_version", "policy_version_anew"


def upgrade() -> None:
    """Make the table anew without row ids; PostgreSQL has none."""
    if op.get_bind().dialect.name == "sqlite":
        _make_anew(has_row_ids=False)


def downgrade() -> None:
    """Make the table anew as it was."""
    if op.get_bind().dialect.name == "sqlite":
        _make_anew(has_row_ids=True)


def _make_anew(*, has_row_ids: bool) -> None:
    """Put a copy in the table's place, and guard it; the triggers go with the table that is dropped."""
    op.create_table(
        NEW,
        sa.Column("policy_version", sa.String(), nullable=False),
        sa.Column("season", sa.String(), nullable=False),
        sa.Column("content", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("policy_version", name=op.f(f"pk_{TABLE}")),
        sqlite_with_rowid=has_row_ids,
    )
    op.execute(f"INSERT INTO {NEW} SELECT policy_version, season, content FROM {TABLE}")  # noqa: S608 - our own names
    op.drop_table(TABLE)
    op.rename_table(NEW, TABLE)
    guard_table(TABLE, (), ("policy_version",))
