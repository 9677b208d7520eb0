"""Extensions and office hours of phase 2; rounds that are held or need a third score; assignments that were withdrawn."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

COLUMNS = (
    ("review_round", "reviews_wanted", sa.Integer(), "2"),
    ("review_round", "held_since", sa.DateTime(timezone=True), None),
    ("review_round", "hold_reason", sa.String(), ""),
    ("assignment", "reminders", sa.Integer(), "0"),
    ("assignment", "withdrawn_at", sa.DateTime(timezone=True), None),
)


def upgrade() -> None:
    """Make the tables and the columns; rounds on record want the two scores of the first season."""
    for table, name, type_, default in COLUMNS:
        op.add_column(table, sa.Column(name, type_, nullable=default is None, server_default=default))
    op.create_table(
        "extension",
        sa.Column("season", sa.String(), nullable=False),
        sa.Column("email", sa.String(), nullable=False),
        sa.Column("track", sa.String(), nullable=False),
        sa.Column("until", sa.Date(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("given_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["season", "email"], ["educator.season", "educator.email"], name=op.f("fk_extension_season_email")
        ),
        sa.PrimaryKeyConstraint("season", "email", "track", name=op.f("pk_extension")),
    )
    op.create_table(
        "office_hour",
        sa.Column("season", sa.String(), nullable=False),
        sa.Column("lea_id", sa.String(), nullable=False),
        sa.Column("planned_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("is_cancelled", sa.Boolean(), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["lea_id"], ["district.lea_id"], name=op.f("fk_office_hour_lea_id")),
        sa.PrimaryKeyConstraint("season", "lea_id", "planned_at", name=op.f("pk_office_hour")),
    )


def downgrade() -> None:
    """Take them away."""
    op.drop_table("office_hour")
    op.drop_table("extension")
    for table, name, _, _ in COLUMNS:
        op.drop_column(table, name)
