"""Messages are claimed before they are sent, and tried again after a while; what failed and what was withdrawn are two things."""

import sqlalchemy as sa
from alembic import op

revision = "0006_outbox"
down_revision = "0005_answers"
branch_labels = None
depends_on = None

OLD = ("pending", "sent", "rejected")
NEW = ("pending", "sending", "sent", "failed", "withdrawn")
WITHDRAWN = "withdrawn before it was sent"


def upgrade() -> None:
    """Add the claims, and say of what was rejected which of the two it is."""
    _allow((*OLD, *NEW))
    with op.batch_alter_table("outbox", schema=None) as batch_op:
        batch_op.add_column(sa.Column("claimed_by", sa.String(), nullable=False, server_default=""))
        batch_op.add_column(sa.Column("claimed_until", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("next_attempt_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("operators_told_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.drop_index("ix_outbox_by_status")
        batch_op.create_index(
            "ix_outbox_by_status", ["season", "kind", "status", "created_at", "message_key"], unique=False
        )
    with op.batch_alter_table("outbox", schema=None) as batch_op:
        batch_op.alter_column("claimed_by", server_default=None)
    op.execute(f"UPDATE outbox SET status = 'withdrawn' WHERE status = 'rejected' AND answer = '{WITHDRAWN}'")  # noqa: S608 - our own words
    op.execute("UPDATE outbox SET status = 'failed' WHERE status = 'rejected'")
    _allow(NEW)


def downgrade() -> None:
    """Take them away; what was being sent waits again."""
    _allow((*OLD, *NEW))
    op.execute("UPDATE outbox SET status = 'rejected' WHERE status = 'failed' OR status = 'withdrawn'")
    op.execute("UPDATE outbox SET status = 'pending' WHERE status = 'sending'")
    with op.batch_alter_table("outbox", schema=None) as batch_op:
        batch_op.drop_index("ix_outbox_by_status")
        batch_op.create_index("ix_outbox_by_status", ["season", "kind", "status"], unique=False)
        for name in ("claimed_by", "claimed_until", "next_attempt_at", "operators_told_at"):
            batch_op.drop_column(name)
    _allow(OLD)


def _allow(statuses: tuple[str, ...]) -> None:
    allowed = " OR ".join(f"status = '{status}'" for status in dict.fromkeys(statuses))
    with op.batch_alter_table("outbox", schema=None) as batch_op:
        batch_op.drop_constraint(op.f("ck_outbox_status"), type_="check")
        batch_op.create_check_constraint(op.f("ck_outbox_status"), allowed)
