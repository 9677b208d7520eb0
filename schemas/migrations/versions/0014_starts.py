"""When districts prefer their cohorts to start, and what their leads say to the start that is proposed.

``ALLOWED`` is what ``rules/transitions.py`` said of it when this was released; a test compares them.
"""

import sqlalchemy as sa
from alembic import op

revision = "0014_starts"
down_revision = "0013_leads"
branch_labels = None
depends_on = None

TABLE = "start_agreement"
ALLOWED: dict[tuple[str, str], dict[str, tuple[str, ...]]] = {
    (TABLE, "status"): {
        "proposed": ("confirmed", "another_asked"),
        "another_asked": ("confirmed", "proposed"),
        "confirmed": ("another_asked", "proposed"),
    }
}
# Of cohorts that were scheduled before, the leads were told the start, and nobody asked for another.
BEFORE = (
    f"INSERT INTO {TABLE} (season, cohort_id, lea_id, starts_on, status, proposed_at, confirm_by, confirmed_by) "  # noqa: S608 - our own names
    "SELECT DISTINCT c.season, c.cohort_id, e.lea_id, c.starts_on, 'confirmed', s.opened_at, c.starts_on, 'operator' "
    "FROM cohort c JOIN season s ON s.season = c.season "
    "JOIN cohort_member m ON m.season = c.season AND m.cohort_id = c.cohort_id AND m.exception_reason = '' "
    "JOIN educator e ON e.season = m.season AND e.email = m.email"
)


def upgrade() -> None:
    """Add the preferred start to each district's current submission, and the table of agreements with its transitions."""
    for name in ("start_from", "start_until"):
        op.add_column("application", sa.Column(name, sa.Date(), nullable=True))
    op.create_table(
        TABLE,
        sa.Column("season", sa.String(), nullable=False),
        sa.Column("cohort_id", sa.String(), nullable=False),
        sa.Column("lea_id", sa.String(), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("proposed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("confirm_by", sa.Date(), nullable=False),
        sa.Column("asked_for", sa.Date(), nullable=True),
        sa.Column("answered_on", sa.Date(), nullable=True),
        sa.Column("confirmed_by", sa.String(), nullable=False),
        sa.CheckConstraint(
            "status = 'proposed' OR status = 'another_asked' OR status = 'confirmed'",
            name=op.f(f"ck_{TABLE}_status"),
        ),
        sa.CheckConstraint(
            "confirmed_by = '' OR confirmed_by = 'lead' OR confirmed_by = 'silence' OR confirmed_by = 'operator'",
            name=op.f(f"ck_{TABLE}_confirmed_by"),
        ),
        sa.ForeignKeyConstraint(
            ["season", "cohort_id"],
            ["cohort.season", "cohort.cohort_id"],
            name=op.f(f"fk_{TABLE}_season_cohort_id"),
        ),
        sa.ForeignKeyConstraint(["lea_id"], ["district.lea_id"], name=op.f(f"fk_{TABLE}_lea_id")),
        sa.PrimaryKeyConstraint("season", "cohort_id", "lea_id", name=op.f(f"pk_{TABLE}")),
    )
    op.execute(BEFORE)
    pairs = (
        f"(OLD.status = '{before}' AND NEW.status IN ({', '.join(repr(after) for after in afters)}))"
        for before, afters in ALLOWED[TABLE, "status"].items()
    )
    when, told = f"OLD.status <> NEW.status AND NOT ({' OR '.join(pairs)})", f"{TABLE}.status"
    is_sqlite = op.get_bind().dialect.name == "sqlite"
    does = (
        f"BEGIN SELECT RAISE(ABORT, '{told} may not change so'); END"
        if is_sqlite
        else f"EXECUTE FUNCTION reject_transition('{told}')"
    )
    op.execute(f"CREATE TRIGGER {TABLE}_status_changes BEFORE UPDATE ON {TABLE} FOR EACH ROW WHEN ({when}) {does}")


def downgrade() -> None:
    """Remove what was added; the triggers go with their table."""
    op.drop_table(TABLE)
    for name in ("start_until", "start_from"):
        op.drop_column("application", name)
