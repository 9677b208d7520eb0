"""The tables of enrollment, the academy, cohorts, portfolios, and reviews (version 0.2.0, the first release)."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the tables."""
    op.create_table(
        "evaluator",
        sa.Column("evaluator_id", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("email", sa.String(), nullable=False),
        sa.Column("lea_id", sa.String(), nullable=True),
        sa.Column("tracks", sa.JSON(), nullable=False),
        sa.Column("grade_bands", sa.JSON(), nullable=False),
        sa.Column("conflicts", sa.JSON(), nullable=False),
        sa.Column("left_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("evaluator_id", name=op.f("pk_evaluator")),
    )
    op.create_table(
        "facilitator",
        sa.Column("facilitator_id", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("email", sa.String(), nullable=False),
        sa.Column("slots", sa.JSON(), nullable=False),
        sa.Column("maximum_cohorts", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("facilitator_id", name=op.f("pk_facilitator")),
    )
    op.create_table(
        "webinar",
        sa.Column("season", sa.String(), nullable=False),
        sa.Column("webinar_id", sa.String(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("is_canceled", sa.Boolean(), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("recording_url", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("season", "webinar_id", name=op.f("pk_webinar")),
    )
    op.create_table(
        "cohort",
        sa.Column("season", sa.String(), nullable=False),
        sa.Column("cohort_id", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("region", sa.String(), nullable=False),
        sa.Column("slot", sa.String(), nullable=False),
        sa.Column("facilitator_id", sa.String(), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column("merged_into", sa.String(), nullable=False),
        sa.CheckConstraint("kind = 'private' OR kind = 'combined'", name=op.f("ck_cohort_kind")),
        sa.ForeignKeyConstraint(
            ["facilitator_id"], ["facilitator.facilitator_id"], name=op.f("fk_cohort_facilitator_id")
        ),
        sa.PrimaryKeyConstraint("season", "cohort_id", name=op.f("pk_cohort")),
        sa.UniqueConstraint("season", "facilitator_id", "slot", name=op.f("uq_cohort_season_facilitator_id_slot")),
    )
    op.create_table(
        "educator",
        sa.Column("season", sa.String(), nullable=False),
        sa.Column("email", sa.String(), nullable=False),
        sa.Column("first_name", sa.String(), nullable=False),
        sa.Column("last_name", sa.String(), nullable=False),
        sa.Column("lea_id", sa.String(), nullable=False),
        sa.Column("role", sa.String(), nullable=False),
        sa.Column("grade_band", sa.String(), nullable=False),
        sa.Column("is_already_certified", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["lea_id"], ["district.lea_id"], name=op.f("fk_educator_lea_id")),
        sa.PrimaryKeyConstraint("season", "email", name=op.f("pk_educator")),
    )
    op.create_table(
        "office_hour",
        sa.Column("season", sa.String(), nullable=False),
        sa.Column("lea_id", sa.String(), nullable=False),
        sa.Column("planned_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("is_canceled", sa.Boolean(), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["lea_id"], ["district.lea_id"], name=op.f("fk_office_hour_lea_id")),
        sa.PrimaryKeyConstraint("season", "lea_id", "planned_at", name=op.f("pk_office_hour")),
    )
    op.create_table(
        "cohort_member",
        sa.Column("season", sa.String(), nullable=False),
        sa.Column("email", sa.String(), nullable=False),
        sa.Column("cohort_id", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["season", "cohort_id"],
            ["cohort.season", "cohort.cohort_id"],
            name=op.f("fk_cohort_member_season_cohort_id"),
        ),
        sa.ForeignKeyConstraint(
            ["season", "email"], ["educator.season", "educator.email"], name=op.f("fk_cohort_member_season_email")
        ),
        sa.PrimaryKeyConstraint("season", "email", name=op.f("pk_cohort_member")),
    )
    op.create_table(
        "cohort_session",
        sa.Column("season", sa.String(), nullable=False),
        sa.Column("cohort_id", sa.String(), nullable=False),
        sa.Column("session_number", sa.Integer(), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["season", "cohort_id"],
            ["cohort.season", "cohort.cohort_id"],
            name=op.f("fk_cohort_session_season_cohort_id"),
        ),
        sa.PrimaryKeyConstraint("season", "cohort_id", "session_number", name=op.f("pk_cohort_session")),
    )
    op.create_table(
        "enrollment",
        sa.Column("season", sa.String(), nullable=False),
        sa.Column("email", sa.String(), nullable=False),
        sa.Column("component", sa.String(), nullable=False),
        sa.Column("lea_id", sa.String(), nullable=False),
        sa.Column("session", sa.String(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("enrolled_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("signed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("replaces", sa.String(), nullable=False),
        sa.Column("promised_cohort", sa.String(), nullable=False),
        sa.CheckConstraint(
            "status = 'awaiting_form' OR status = 'enrolled' OR status = 'lapsed' OR status = 'replaced' OR status = 'withdrawn'",
            name=op.f("ck_enrollment_status"),
        ),
        sa.ForeignKeyConstraint(
            ["season", "email"], ["educator.season", "educator.email"], name=op.f("fk_enrollment_season_email")
        ),
        sa.ForeignKeyConstraint(
            ["season", "lea_id", "component"],
            ["seat_block.season", "seat_block.lea_id", "seat_block.component"],
            name=op.f("fk_enrollment_season_lea_id_component"),
        ),
        sa.PrimaryKeyConstraint("season", "email", "component", name=op.f("pk_enrollment")),
    )
    with op.batch_alter_table("enrollment", schema=None) as batch_op:
        batch_op.create_index("ix_enrollment_by_district", ["season", "lea_id", "component"], unique=False)

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
        "portfolio",
        sa.Column("portfolio_id", sa.String(), nullable=False),
        sa.Column("season", sa.String(), nullable=False),
        sa.Column("email", sa.String(), nullable=False),
        sa.Column("track", sa.String(), nullable=False),
        sa.Column("lea_id", sa.String(), nullable=False),
        sa.Column("grade_band", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["season", "email"], ["educator.season", "educator.email"], name=op.f("fk_portfolio_season_email")
        ),
        sa.PrimaryKeyConstraint("portfolio_id", name=op.f("pk_portfolio")),
        sa.UniqueConstraint("season", "email", "track", name=op.f("uq_portfolio_season_email_track")),
    )
    op.create_table(
        "selection",
        sa.Column("season", sa.String(), nullable=False),
        sa.Column("email", sa.String(), nullable=False),
        sa.Column("course", sa.String(), nullable=False),
        sa.Column("selected_on", sa.Date(), nullable=False),
        sa.Column("completed_on", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(
            ["season", "email"], ["educator.season", "educator.email"], name=op.f("fk_selection_season_email")
        ),
        sa.PrimaryKeyConstraint("season", "email", "course", name=op.f("pk_selection")),
    )
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
        "review_round",
        sa.Column("portfolio_id", sa.String(), nullable=False),
        sa.Column("round_number", sa.Integer(), nullable=False),
        sa.Column("season", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("breach_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("clock_state", sa.String(), nullable=False),
        sa.Column("reviews_wanted", sa.Integer(), nullable=False),
        sa.Column("held_since", sa.DateTime(timezone=True), nullable=True),
        sa.Column("hold_reason", sa.String(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("score_hundredths", sa.Integer(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "clock_state = 'on_time' OR clock_state = 'warned_early' OR clock_state = 'warned_late' OR clock_state = 'overdue' OR clock_state = 'breached'",
            name=op.f("ck_review_round_clock_state"),
        ),
        sa.CheckConstraint(
            "kind = 'first' OR kind = 'resubmission' OR kind = 're_review'", name=op.f("ck_review_round_kind")
        ),
        sa.CheckConstraint(
            "status = 'waiting' OR status = 'assigned' OR status = 'certified' OR status = 'not_yet'",
            name=op.f("ck_review_round_status"),
        ),
        sa.ForeignKeyConstraint(
            ["portfolio_id"], ["portfolio.portfolio_id"], name=op.f("fk_review_round_portfolio_id")
        ),
        sa.PrimaryKeyConstraint("portfolio_id", "round_number", name=op.f("pk_review_round")),
    )
    with op.batch_alter_table("review_round", schema=None) as batch_op:
        batch_op.create_index("ix_review_round_by_status", ["season", "status"], unique=False)

    op.create_table(
        "submission",
        sa.Column("portfolio_id", sa.String(), nullable=False),
        sa.Column("submitted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("artifacts", sa.JSON(), nullable=False),
        sa.Column("missing", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["portfolio_id"], ["portfolio.portfolio_id"], name=op.f("fk_submission_portfolio_id")),
        sa.PrimaryKeyConstraint("portfolio_id", "submitted_at", name=op.f("pk_submission")),
    )
    op.create_table(
        "assignment",
        sa.Column("portfolio_id", sa.String(), nullable=False),
        sa.Column("round_number", sa.Integer(), nullable=False),
        sa.Column("evaluator_id", sa.String(), nullable=False),
        sa.Column("assigned_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("fit_millionths", sa.Integer(), nullable=False),
        sa.Column("score_hundredths", sa.Integer(), nullable=True),
        sa.Column("feedback", sa.String(), nullable=False),
        sa.Column("scored_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reminders", sa.Integer(), nullable=False),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("score_hundredths BETWEEN 0 AND 10000", name=op.f("ck_assignment_score")),
        sa.ForeignKeyConstraint(["evaluator_id"], ["evaluator.evaluator_id"], name=op.f("fk_assignment_evaluator_id")),
        sa.ForeignKeyConstraint(
            ["portfolio_id", "round_number"],
            ["review_round.portfolio_id", "review_round.round_number"],
            name=op.f("fk_assignment_portfolio_id_round_number"),
        ),
        sa.PrimaryKeyConstraint("portfolio_id", "round_number", "evaluator_id", name=op.f("pk_assignment")),
    )


def downgrade() -> None:
    """Remove them."""

    op.drop_table("assignment")
    op.drop_table("submission")
    with op.batch_alter_table("review_round", schema=None) as batch_op:
        batch_op.drop_index("ix_review_round_by_status")

    op.drop_table("review_round")
    op.drop_table("attendance")
    op.drop_table("selection")
    op.drop_table("portfolio")
    op.drop_table("extension")
    with op.batch_alter_table("enrollment", schema=None) as batch_op:
        batch_op.drop_index("ix_enrollment_by_district")

    op.drop_table("enrollment")
    op.drop_table("cohort_session")
    op.drop_table("cohort_member")
    op.drop_table("office_hour")
    op.drop_table("educator")
    op.drop_table("cohort")
    op.drop_table("webinar")
    op.drop_table("facilitator")
    op.drop_table("evaluator")
