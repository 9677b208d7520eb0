"""How many bytes each imported file had: whether its sender wrote on after the import can be seen by it."""

import sqlalchemy as sa
from alembic import op

revision = "0021_size_of_files"
down_revision = "0020_received_files"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the size; of files that are on record it is not known, which 0 says."""
    op.add_column("source_file", sa.Column("size_bytes", sa.BigInteger(), nullable=False, server_default="0"))


def downgrade() -> None:
    """Remove the size."""
    op.drop_column("source_file", "size_bytes")
