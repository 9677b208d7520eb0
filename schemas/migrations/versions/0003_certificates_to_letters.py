"""The tables of certificates, credits, decisions, and letters (version 0.2.0, the first release).

Decisions are append-only: the database itself refuses to change or delete one.
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

MESSAGE = "decisions are append-only"


def upgrade() -> None:
    """Create the tables."""
    op.create_table(
        "credit_request",
        sa.Column("season", sa.String(), nullable=False),
        sa.Column("email", sa.String(), nullable=False),
        sa.Column("component", sa.String(), nullable=False),
        sa.Column("credits", sa.Integer(), nullable=False),
        sa.Column("fee_cents", sa.Integer(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("request_key", sa.String(), nullable=False),
        sa.Column("requested_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("provider_reference", sa.String(), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reason", sa.String(), nullable=False),
        sa.CheckConstraint(
            "status = 'pending' OR status = 'requested' OR status = 'sent' OR status = 'refused' OR status = 'void' OR status = 'refunded'",
            name=op.f("ck_credit_request_status"),
        ),
        sa.PrimaryKeyConstraint("season", "email", "component", name=op.f("pk_credit_request")),
        sa.UniqueConstraint("request_key", name=op.f("uq_credit_request_request_key")),
    )
    op.create_table(
        "decision",
        sa.Column(
            "decision_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False
        ),
        sa.Column("season", sa.String(), nullable=False),
        sa.Column("subject_kind", sa.String(), nullable=False),
        sa.Column("subject_key", sa.String(), nullable=False),
        sa.Column("rule", sa.String(), nullable=False),
        sa.Column("policy_version", sa.String(), nullable=False),
        sa.Column("inputs", sa.JSON(), nullable=False),
        sa.Column("outcome", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("decision_id", name=op.f("pk_decision")),
        sa.UniqueConstraint(
            "season",
            "subject_kind",
            "subject_key",
            "rule",
            "decided_at",
            name=op.f("uq_decision_season_subject_kind_subject_key_rule_decided_at"),
        ),
    )
    op.create_table(
        "outbox",
        sa.Column("message_key", sa.String(), nullable=False),
        sa.Column("season", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("payload", sa.JSON(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("answer", sa.String(), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("kind = 'mail' OR kind = 'transcript'", name=op.f("ck_outbox_kind")),
        sa.CheckConstraint(
            "status = 'pending' OR status = 'sent' OR status = 'rejected'", name=op.f("ck_outbox_status")
        ),
        sa.PrimaryKeyConstraint("message_key", name=op.f("pk_outbox")),
    )
    with op.batch_alter_table("outbox", schema=None) as batch_op:
        batch_op.create_index("ix_outbox_by_status", ["season", "kind", "status"], unique=False)

    op.create_table(
        "plan",
        sa.Column("season", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("planned_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("achieved", sa.JSON(), nullable=False),
        sa.Column("bounds", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("season", "kind", "planned_at", name=op.f("pk_plan")),
    )
    op.create_table(
        "certificate",
        sa.Column("certificate_id", sa.String(), nullable=False),
        sa.Column("season", sa.String(), nullable=False),
        sa.Column("email", sa.String(), nullable=False),
        sa.Column("track", sa.String(), nullable=False),
        sa.Column("portfolio_id", sa.String(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("issued_on", sa.Date(), nullable=False),
        sa.Column("expires_on", sa.Date(), nullable=False),
        sa.CheckConstraint(
            "status = 'valid' OR status = 'expired' OR status = 'withdrawn' OR status = 'revoked'",
            name=op.f("ck_certificate_status"),
        ),
        sa.ForeignKeyConstraint(["portfolio_id"], ["portfolio.portfolio_id"], name=op.f("fk_certificate_portfolio_id")),
        sa.PrimaryKeyConstraint("certificate_id", name=op.f("pk_certificate")),
        sa.UniqueConstraint("season", "email", "track", name=op.f("uq_certificate_season_email_track")),
    )
    op.create_table(
        "activity",
        sa.Column("certificate_id", sa.String(), nullable=False),
        sa.Column("activity", sa.String(), nullable=False),
        sa.Column("done_on", sa.Date(), nullable=False),
        sa.Column("points", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["certificate_id"], ["certificate.certificate_id"], name=op.f("fk_activity_certificate_id")
        ),
        sa.PrimaryKeyConstraint("certificate_id", "activity", "done_on", name=op.f("pk_activity")),
    )
    op.create_table(
        "certificate_term",
        sa.Column("certificate_id", sa.String(), nullable=False),
        sa.Column("term_number", sa.Integer(), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column("points", sa.Integer(), nullable=False),
        sa.Column("fee_cents", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["certificate_id"], ["certificate.certificate_id"], name=op.f("fk_certificate_term_certificate_id")
        ),
        sa.PrimaryKeyConstraint("certificate_id", "term_number", name=op.f("pk_certificate_term")),
    )
    _guard_decisions()


def downgrade() -> None:
    """Remove them."""
    _unguard_decisions()
    op.drop_table("certificate_term")
    op.drop_table("activity")
    op.drop_table("certificate")
    op.drop_table("plan")
    with op.batch_alter_table("outbox", schema=None) as batch_op:
        batch_op.drop_index("ix_outbox_by_status")

    op.drop_table("outbox")
    op.drop_table("decision")
    op.drop_table("credit_request")


def _guard_decisions() -> None:
    if op.get_bind().dialect.name == "sqlite":
        for event in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER decision_no_{event.lower()} BEFORE {event} ON decision "
                f"BEGIN SELECT RAISE(ABORT, '{MESSAGE}'); END"
            )
        return
    op.execute(
        "CREATE FUNCTION decision_is_append_only() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN RAISE EXCEPTION '{MESSAGE}'; END $$"
    )
    op.execute(
        "CREATE TRIGGER decision_append_only BEFORE UPDATE OR DELETE ON decision "
        "FOR EACH ROW EXECUTE FUNCTION decision_is_append_only()"
    )


def _unguard_decisions() -> None:
    if op.get_bind().dialect.name == "sqlite":
        for event in ("UPDATE", "DELETE"):
            op.execute(f"DROP TRIGGER decision_no_{event.lower()}")
        return
    op.execute("DROP TRIGGER decision_append_only ON decision")
    op.execute("DROP FUNCTION decision_is_append_only()")
