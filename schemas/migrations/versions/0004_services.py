"""Circuits of services that are set up wrong."""

import sqlalchemy as sa
from alembic import op

revision = "0004_services"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the table."""
    op.create_table(
        "service_circuit",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("next_try_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_service_circuit")),
    )


def downgrade() -> None:
    """Drop it."""
    op.drop_table("service_circuit")
