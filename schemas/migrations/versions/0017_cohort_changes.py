"""A session that was moved to a time that a district of its cohort did not mark has the reason of the exception."""

import sqlalchemy as sa
from alembic import op

revision = "0017_cohort_changes"
down_revision = "0015_policy_versions"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the reason to the sessions; those that were moved before have none on record."""
    op.add_column("cohort_session", sa.Column("exception_reason", sa.String(), nullable=False, server_default=""))


def downgrade() -> None:
    """Remove what was added."""
    op.drop_column("cohort_session", "exception_reason")
