"""The tables of seasons, districts, imported files, and seats (version 0.2.0, the first release)."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the tables."""
    op.create_table(
        "capacity",
        sa.Column("season", sa.String(), nullable=False),
        sa.Column("component", sa.String(), nullable=False),
        sa.Column("capacity_seats", sa.Integer(), nullable=False),
        sa.Column("seats_confirmed", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "seats_confirmed >= 0 AND seats_confirmed <= capacity_seats", name=op.f("ck_capacity_not_oversold")
        ),
        sa.PrimaryKeyConstraint("season", "component", name=op.f("pk_capacity")),
    )
    op.create_table(
        "district",
        sa.Column("lea_id", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("town", sa.String(), nullable=False),
        sa.Column("region", sa.String(), nullable=False),
        sa.Column("state_code", sa.String(), nullable=False),
        sa.Column("enrollment", sa.Integer(), nullable=False),
        sa.Column("instructional_staff", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("lea_id", name=op.f("pk_district")),
    )
    op.create_table(
        "http_source",
        sa.Column("season", sa.String(), nullable=False),
        sa.Column("url", sa.String(), nullable=False),
        sa.Column("etag", sa.String(), nullable=False),
        sa.Column("fetched_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("season", "url", name=op.f("pk_http_source")),
    )
    op.create_table(
        "intake_row",
        sa.Column("file_id", sa.BigInteger(), nullable=False),
        sa.Column("row_number", sa.Integer(), nullable=False),
        sa.Column("season", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("disposition", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("natural_key", sa.String(), nullable=False),
        sa.Column("cells", sa.JSON().with_variant(sa.Text(), "postgresql"), nullable=False),
        sa.CheckConstraint(
            "disposition = 'staged' OR disposition = 'accepted' OR disposition = 'superseded' OR disposition = 'repeated' OR disposition = 'quarantined' OR disposition = 'error'",
            name=op.f("ck_intake_row_disposition"),
        ),
        sa.PrimaryKeyConstraint("file_id", "row_number", name=op.f("pk_intake_row")),
        sqlite_with_rowid=False,
    )
    with op.batch_alter_table("intake_row", schema=None) as batch_op:
        batch_op.create_index(
            "ix_intake_row_accepted",
            ["natural_key"],
            unique=False,
            sqlite_where=sa.text("disposition = 'accepted'"),
            postgresql_where=sa.text("disposition = 'accepted'"),
        )
        batch_op.create_index(
            "ix_intake_row_quarantined",
            ["season", "kind"],
            unique=False,
            sqlite_where=sa.text("disposition IN ('quarantined', 'error')"),
            postgresql_where=sa.text("disposition IN ('quarantined', 'error')"),
        )
        batch_op.create_index(
            "ix_intake_row_staged",
            ["season", "kind"],
            unique=False,
            sqlite_where=sa.text("disposition = 'staged'"),
            postgresql_where=sa.text("disposition = 'staged'"),
        )

    op.create_table(
        "policy_version",
        sa.Column("policy_version", sa.String(), nullable=False),
        sa.Column("season", sa.String(), nullable=False),
        sa.Column("content", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("policy_version", name=op.f("pk_policy_version")),
    )
    op.create_table(
        "season",
        sa.Column("season", sa.String(), nullable=False),
        sa.Column("policy_version", sa.String(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("season", name=op.f("pk_season")),
    )
    op.create_table(
        "seat_block",
        sa.Column("season", sa.String(), nullable=False),
        sa.Column("lea_id", sa.String(), nullable=False),
        sa.Column("component", sa.String(), nullable=False),
        sa.Column("seats_confirmed", sa.Integer(), nullable=False),
        sa.Column("seats_filled", sa.Integer(), nullable=False),
        sa.Column("enroll_by", sa.Date(), nullable=False),
        sa.Column("is_closed", sa.Boolean(), nullable=False),
        sa.Column("answer", sa.String(), nullable=False),
        sa.Column("answer_by", sa.Date(), nullable=True),
        sa.CheckConstraint(
            "seats_filled >= 0 AND seats_filled <= seats_confirmed", name=op.f("ck_seat_block_not_overfilled")
        ),
        sa.CheckConstraint(
            "answer = '' OR answer = 'accepted' OR answer = 'declined' OR answer = 'lapsed'",
            name=op.f("ck_seat_block_answer"),
        ),
        sa.PrimaryKeyConstraint("season", "lea_id", "component", name=op.f("pk_seat_block")),
    )
    op.create_table(
        "seat_round",
        sa.Column("season", sa.String(), nullable=False),
        sa.Column("round_number", sa.Integer(), nullable=False),
        sa.Column("requests_hash", sa.String(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("summary", sa.JSON(), nullable=False),
        sa.Column("proposed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("approved_by", sa.String(), nullable=False),
        sa.Column("note", sa.String(), nullable=False),
        sa.CheckConstraint(
            "status = 'proposed' OR status = 'approved' OR status = 'rejected' OR status = 'applied'",
            name=op.f("ck_seat_round_status"),
        ),
        sa.PrimaryKeyConstraint("season", "round_number", name=op.f("pk_seat_round")),
        sa.UniqueConstraint("season", "requests_hash", name=op.f("uq_seat_round_season_requests_hash")),
    )
    op.create_table(
        "source_file",
        sa.Column("file_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("season", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("file_hash", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("dialect", sa.String(), nullable=False),
        sa.Column("encoding", sa.String(), nullable=False),
        sa.Column("zone", sa.String(), nullable=False),
        sa.Column("fields", sa.JSON(), nullable=False),
        sa.Column("row_count", sa.Integer(), nullable=False),
        sa.Column("message", sa.String(), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("file_id", name=op.f("pk_source_file")),
        sa.UniqueConstraint("season", "kind", "file_hash", name=op.f("uq_source_file_season_kind_file_hash")),
    )
    op.create_table(
        "application",
        sa.Column("season", sa.String(), nullable=False),
        sa.Column("lea_id", sa.String(), nullable=False),
        sa.Column("response_id", sa.String(), nullable=False),
        sa.Column("submitted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("is_information_request", sa.Boolean(), nullable=False),
        sa.Column("option", sa.Integer(), nullable=True),
        sa.Column("slots", sa.JSON(), nullable=False),
        sa.Column("superintendent_name", sa.String(), nullable=False),
        sa.Column("lead_name", sa.String(), nullable=False),
        sa.Column("lead_email", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["lea_id"], ["district.lea_id"], name=op.f("fk_application_lea_id")),
        sa.PrimaryKeyConstraint("season", "lea_id", name=op.f("pk_application")),
    )
    op.create_table(
        "quarantine_item",
        sa.Column("file_id", sa.BigInteger(), nullable=False),
        sa.Column("row_number", sa.Integer(), nullable=False),
        sa.Column("rule", sa.String(), nullable=False),
        sa.Column("field", sa.String(), nullable=False),
        sa.Column("severity", sa.String(), nullable=False),
        sa.Column("value", sa.String(), nullable=False),
        sa.Column("problem", sa.String(), nullable=False),
        sa.Column("remedy", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["file_id", "row_number"],
            ["intake_row.file_id", "intake_row.row_number"],
            name=op.f("fk_quarantine_item_file_id_row_number"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("file_id", "row_number", "rule", "field", name=op.f("pk_quarantine_item")),
    )
    op.create_table(
        "rejected_row",
        sa.Column("file_id", sa.BigInteger(), nullable=False),
        sa.Column("row_number", sa.Integer(), nullable=False),
        sa.Column("raw", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["file_id", "row_number"],
            ["intake_row.file_id", "intake_row.row_number"],
            name=op.f("fk_rejected_row_file_id_row_number"),
        ),
        sa.PrimaryKeyConstraint("file_id", "row_number", name=op.f("pk_rejected_row")),
    )
    op.create_table(
        "rule_result",
        sa.Column("file_id", sa.BigInteger(), nullable=False),
        sa.Column("rule", sa.String(), nullable=False),
        sa.Column("field", sa.String(), nullable=False),
        sa.Column("severity", sa.String(), nullable=False),
        sa.Column("outcome", sa.String(), nullable=False),
        sa.Column("failing_rows", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "outcome = 'pass' OR outcome = 'fail' OR outcome = 'error'", name=op.f("ck_rule_result_outcome")
        ),
        sa.ForeignKeyConstraint(["file_id"], ["source_file.file_id"], name=op.f("fk_rule_result_file_id")),
        sa.PrimaryKeyConstraint("file_id", "rule", "field", name=op.f("pk_rule_result")),
    )
    op.create_table(
        "seat_request",
        sa.Column("season", sa.String(), nullable=False),
        sa.Column("lea_id", sa.String(), nullable=False),
        sa.Column("component", sa.String(), nullable=False),
        sa.Column("request_number", sa.Integer(), nullable=False),
        sa.Column("placed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("place_key", sa.String(), nullable=False),
        sa.Column("seats_requested", sa.Integer(), nullable=False),
        sa.Column("seats_undecided", sa.Integer(), nullable=False),
        sa.Column("seats_confirmed", sa.Integer(), nullable=False),
        sa.Column("seats_waitlisted", sa.Integer(), nullable=False),
        sa.Column("seats_declined", sa.Integer(), nullable=False),
        sa.Column("seats_released", sa.Integer(), nullable=False),
        sa.Column("waitlist_position", sa.Integer(), nullable=True),
        sa.CheckConstraint(
            "seats_requested = seats_undecided + seats_confirmed + seats_waitlisted + seats_declined + seats_released",
            name=op.f("ck_seat_request_seats_accounted_for"),
        ),
        sa.CheckConstraint(
            "seats_undecided >= 0 AND seats_confirmed >= 0 AND seats_waitlisted >= 0 AND seats_declined >= 0 AND seats_released >= 0",
            name=op.f("ck_seat_request_seats_not_negative"),
        ),
        sa.ForeignKeyConstraint(
            ["season", "lea_id"],
            ["application.season", "application.lea_id"],
            name=op.f("fk_seat_request_season_lea_id"),
        ),
        sa.PrimaryKeyConstraint("season", "lea_id", "component", "request_number", name=op.f("pk_seat_request")),
    )


def downgrade() -> None:
    """Remove them."""

    op.drop_table("seat_request")
    op.drop_table("rule_result")
    op.drop_table("rejected_row")
    op.drop_table("quarantine_item")
    op.drop_table("application")
    op.drop_table("source_file")
    op.drop_table("seat_round")
    op.drop_table("seat_block")
    op.drop_table("season")
    op.drop_table("policy_version")
    with op.batch_alter_table("intake_row", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_intake_row_staged",
            sqlite_where=sa.text("disposition = 'staged'"),
            postgresql_where=sa.text("disposition = 'staged'"),
        )
        batch_op.drop_index(
            "ix_intake_row_quarantined",
            sqlite_where=sa.text("disposition IN ('quarantined', 'error')"),
            postgresql_where=sa.text("disposition IN ('quarantined', 'error')"),
        )
        batch_op.drop_index(
            "ix_intake_row_accepted",
            sqlite_where=sa.text("disposition = 'accepted'"),
            postgresql_where=sa.text("disposition = 'accepted'"),
        )

    op.drop_table("intake_row")
    op.drop_table("http_source")
    op.drop_table("district")
    op.drop_table("capacity")
