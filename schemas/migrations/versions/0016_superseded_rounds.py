"""A re-review ends without a result where an earlier submission of its portfolio came to light after it was opened.

``ALLOWED`` is what ``rules/transitions.py`` said of rounds when this was released; a test compares them. On SQLite the table is
made anew for its condition, without its triggers, so that both of them are made again.
"""

import sqlalchemy as sa
from alembic import op

revision = "0016_superseded_rounds"
down_revision = "0015_policy_versions"
branch_labels = None
depends_on = None

TABLE = "review_round"
BEFORE: dict[str, tuple[str, ...]] = {"waiting": ("assigned",), "assigned": ("waiting", "certified", "not_yet")}
CLOCK: dict[str, tuple[str, ...]] = {
    "on_time": ("warned_early", "warned_late", "overdue", "breached"),
    "warned_early": ("warned_late", "overdue", "breached"),
    "warned_late": ("overdue", "breached"),
    "overdue": ("breached",),
}
ALLOWED: dict[tuple[str, str], dict[str, tuple[str, ...]]] = {
    (TABLE, "status"): {
        "waiting": ("assigned", "superseded"),
        "assigned": ("waiting", "certified", "not_yet", "superseded"),
    }
}
STATUSES = ("waiting", "assigned", "certified", "not_yet")


def upgrade() -> None:
    """Allow the status, and the changes that lead to it."""
    _allow((*STATUSES, "superseded"), ALLOWED[TABLE, "status"])


def downgrade() -> None:
    """Allow it no more.

    Raises:
        RuntimeError: there are such rounds; what became of them would be lost.
    """
    found = op.get_bind().execute(sa.text(f"SELECT count(*) FROM {TABLE} WHERE status = 'superseded'")).scalar()  # noqa: S608 - our own name
    if found:
        raise RuntimeError(f"{found} rounds of review are superseded, which the version before this one does not know")
    _allow(STATUSES, BEFORE)


def _allow(statuses: tuple[str, ...], changes: dict[str, tuple[str, ...]]) -> None:
    is_postgresql = op.get_bind().dialect.name == "postgresql"
    if is_postgresql:
        for column in ("status", "clock_state"):
            op.execute(f"DROP TRIGGER {TABLE}_{column}_changes ON {TABLE}")
    name = op.f(f"ck_{TABLE}_status")
    with op.batch_alter_table(TABLE) as batch_op:
        batch_op.drop_constraint(name, type_="check")
        batch_op.create_check_constraint(name, " OR ".join(f"status = '{status}'" for status in statuses))
    _reject("status", changes, is_postgresql=is_postgresql)
    _reject("clock_state", CLOCK, is_postgresql=is_postgresql)


def _reject(column: str, allowed: dict[str, tuple[str, ...]], *, is_postgresql: bool) -> None:
    """Reject an UPDATE that changes a status in another way; the message names the column and no value."""
    told = f"{TABLE}.{column}"
    pairs = ((before, ", ".join(f"'{after}'" for after in afters)) for before, afters in allowed.items())
    any_of = " OR ".join(f"(OLD.{column} = '{before}' AND NEW.{column} IN ({afters}))" for before, afters in pairs)
    does = f"BEGIN SELECT RAISE(ABORT, '{told} may not change so'); END"
    if is_postgresql:
        does = f"EXECUTE FUNCTION reject_transition('{told}')"
    when = f"OLD.{column} <> NEW.{column} AND NOT ({any_of})"
    op.execute(f"CREATE TRIGGER {TABLE}_{column}_changes BEFORE UPDATE ON {TABLE} FOR EACH ROW WHEN ({when}) {does}")
