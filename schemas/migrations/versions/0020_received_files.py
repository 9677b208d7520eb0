"""Where the bytes of each imported file lie. Files leave the inbox when they are imported: what they were hashed as is not kept."""

import sqlalchemy as sa
from alembic import op

revision = "0020_received_files"
down_revision = "0019_closed_seasons"
branch_labels = None
depends_on = None

# Copies were kept so before; they stay where they are.
KEPT_SO = "UPDATE source_file SET received_as = 'received/' || kind || '/' || substr(file_hash, 1, 16) || '-' || name"


def upgrade() -> None:
    """Add the place to the files on record, and drop the list of hashes."""
    op.add_column("source_file", sa.Column("received_as", sa.String(), nullable=False, server_default=""))
    op.execute(KEPT_SO)
    op.drop_table("inbox_file")


def downgrade() -> None:
    """Remove the place; an empty list of hashes is filled by the next runs."""
    op.create_table(
        "inbox_file",
        sa.Column("path", sa.String(), nullable=False),
        sa.Column("size_bytes", sa.BigInteger(), nullable=False),
        sa.Column("modified_ns", sa.BigInteger(), nullable=False),
        sa.Column("file_hash", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("path", name=op.f("pk_inbox_file")),
    )
    op.drop_column("source_file", "received_as")
