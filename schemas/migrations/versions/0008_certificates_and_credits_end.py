"""A certificate can be revoked; a request for credits can be void or refunded."""

from schemas.migrations.checks import allow

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

CHANGES = (
    (
        "certificate",
        "status IN ('valid', 'expired', 'withdrawn'",
        "status IN ('valid', 'expired', 'withdrawn', 'revoked'",
    ),
    (
        "credit_request",
        "status IN ('pending', 'requested', 'sent', 'refused'",
        "status IN ('pending', 'requested', 'sent', 'refused', 'void', 'refunded'",
    ),
)


def upgrade() -> None:
    """Allow the new states."""
    for table, before, after in CHANGES:
        allow(table, "status", f"{before})", f"{after})")


def downgrade() -> None:
    """Forbid them again."""
    for table, before, after in CHANGES:
        allow(table, "status", f"{after})", f"{before})")
