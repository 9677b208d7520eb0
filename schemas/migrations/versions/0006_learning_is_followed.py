"""Attendance, webinars, and cohorts that were merged into others."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables, and the column."""
    op.add_column("cohort", sa.Column("merged_into", sa.String(), nullable=False, server_default=""))
    op.create_table(
        "attendance",
        sa.Column("season", sa.String(), nullable=False),
        sa.Column("email", sa.String(), nullable=False),
        sa.Column("session_number", sa.Integer(), nullable=False),
        sa.Column("cohort_id", sa.String(), nullable=False),
        sa.Column("is_present", sa.Boolean(), nullable=False),
        sa.Column("independent_hours", sa.Integer(), nullable=False),
        sa.CheckConstraint("independent_hours >= 0", name=op.f("ck_attendance_hours")),
        sa.ForeignKeyConstraint(
            ["season", "cohort_id", "session_number"],
            ["cohort_session.season", "cohort_session.cohort_id", "cohort_session.session_number"],
            name=op.f("fk_attendance_season_cohort_id_session_number"),
        ),
        sa.PrimaryKeyConstraint("season", "email", "session_number", name=op.f("pk_attendance")),
    )
    op.create_table(
        "webinar",
        sa.Column("season", sa.String(), nullable=False),
        sa.Column("webinar_id", sa.String(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("is_cancelled", sa.Boolean(), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("recording_url", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("season", "webinar_id", name=op.f("pk_webinar")),
    )


def downgrade() -> None:
    """Take them away."""
    op.drop_table("webinar")
    op.drop_table("attendance")
    op.drop_column("cohort", "merged_into")
