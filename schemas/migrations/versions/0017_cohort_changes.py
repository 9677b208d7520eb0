"""Exceptions for sessions that were moved, and starts that are agreed with the districts that have people in a cohort.

``ALLOWED`` is what ``rules/transitions.py`` said of a start when this was released; a test compares them.
"""

from collections.abc import Mapping, Sequence

import sqlalchemy as sa
from alembic import op

revision = "0017_cohort_changes"
down_revision = "0016_superseded_rounds"
branch_labels = None
depends_on = None

TABLE, NEW = "start_agreement", "start_agreement_anew"
COLUMNS = "season, cohort_id, lea_id, starts_on, status, proposed_at, confirm_by, asked_for, answered_on, confirmed_by"
BEFORE: Mapping[str, Sequence[str]] = {
    "proposed": ("confirmed", "another_asked"),
    "another_asked": ("confirmed", "proposed"),
    "confirmed": ("another_asked", "proposed"),
}
ALLOWED: dict[tuple[str, str], dict[str, tuple[str, ...]]] = {
    (TABLE, "status"): {
        "proposed": ("confirmed", "another_asked", "withdrawn"),
        "another_asked": ("confirmed", "proposed", "withdrawn"),
        "confirmed": ("another_asked", "proposed", "withdrawn"),
        "withdrawn": ("proposed", "confirmed"),
    }
}
IS_IN = (
    "SELECT 1 FROM cohort_member m JOIN educator e ON e.season = m.season AND e.email = m.email "  # noqa: S608 - our own names
    f"WHERE m.season = {TABLE}.season AND m.cohort_id = {TABLE}.cohort_id AND e.lea_id = {TABLE}.lea_id"
)
CLOSE = f"UPDATE {TABLE} SET status = 'withdrawn' WHERE NOT EXISTS ({IS_IN})"  # noqa: S608 - our own names
# Who came to a cohort that has begun was told its sessions; the next run of Agree starts asks about those that are ahead.
INCLUDE = (
    f"INSERT INTO {TABLE} (season, cohort_id, lea_id, starts_on, status, proposed_at, confirm_by, confirmed_by) "  # noqa: S608 - our own names
    "SELECT DISTINCT c.season, c.cohort_id, e.lea_id, c.starts_on, 'confirmed', s.opened_at, c.starts_on, 'operator' "
    "FROM cohort c JOIN season s ON s.season = c.season "
    "JOIN cohort_member m ON m.season = c.season AND m.cohort_id = c.cohort_id "
    "JOIN educator e ON e.season = m.season AND e.email = m.email "
    f"WHERE c.starts_on <= CURRENT_DATE AND NOT EXISTS (SELECT 1 FROM {TABLE} a "
    "WHERE a.season = c.season AND a.cohort_id = c.cohort_id AND a.lea_id = e.lea_id)"
)


def upgrade() -> None:
    """Add the reason to the sessions, and close agreements with districts that have left; those of who came are added."""
    op.add_column("cohort_session", sa.Column("exception_reason", sa.String(), nullable=False, server_default=""))
    _allow(ALLOWED[TABLE, "status"])
    op.execute(CLOSE)
    op.execute(INCLUDE)


def downgrade() -> None:
    """Remove what was added; an agreement that was closed cannot be kept."""
    op.execute(f"DELETE FROM {TABLE} WHERE status = 'withdrawn'")  # noqa: S608 - our own names
    _allow(BEFORE)
    op.drop_column("cohort_session", "exception_reason")


def _allow(changes: Mapping[str, Sequence[str]]) -> None:
    """Let a start have these statuses, and change along them."""
    condition = " OR ".join(f"status = '{status}'" for status in changes)
    if op.get_bind().dialect.name == "sqlite":
        _make_anew(condition)
    else:
        op.execute(f"DROP TRIGGER {TABLE}_status_changes ON {TABLE}")
        op.drop_constraint(op.f(f"ck_{TABLE}_status"), TABLE, type_="check")
        op.create_check_constraint(op.f(f"ck_{TABLE}_status"), TABLE, condition)
    _guard(changes)


def _make_anew(condition: str) -> None:
    """Put a copy in the table's place: SQLite has no other way to change a condition, and its triggers go with it."""
    op.create_table(
        NEW,
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
        sa.CheckConstraint(condition, name=op.f(f"ck_{TABLE}_status")),
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
    op.execute(f"INSERT INTO {NEW} ({COLUMNS}) SELECT {COLUMNS} FROM {TABLE}")  # noqa: S608 - our own names
    op.drop_table(TABLE)
    op.rename_table(NEW, TABLE)


def _guard(changes: Mapping[str, Sequence[str]]) -> None:
    pairs = (
        f"(OLD.status = '{before}' AND NEW.status IN ({', '.join(repr(after) for after in afters)}))"
        for before, afters in changes.items()
    )
    when, told = f"OLD.status <> NEW.status AND NOT ({' OR '.join(pairs)})", f"{TABLE}.status"
    is_sqlite = op.get_bind().dialect.name == "sqlite"
    does = (
        f"BEGIN SELECT RAISE(ABORT, '{told} may not change so'); END"
        if is_sqlite
        else f"EXECUTE FUNCTION reject_transition('{told}')"
    )
    op.execute(f"CREATE TRIGGER {TABLE}_status_changes BEFORE UPDATE ON {TABLE} FOR EACH ROW WHEN ({when}) {does}")
