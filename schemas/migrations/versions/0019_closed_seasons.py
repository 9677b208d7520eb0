"""A season is closed when nothing of it is left open."""

import sqlalchemy as sa
from alembic import op

revision = "0019_closed_seasons"
down_revision = "0018_people"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Every season on record is open."""
    op.add_column("season", sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("season", sa.Column("closed_by", sa.String(), nullable=False, server_default=""))


def downgrade() -> None:
    """Whether a season was closed is forgotten."""
    op.drop_column("season", "closed_by")
    op.drop_column("season", "closed_at")
