"""Statuses change only along their allowed transitions, whoever writes; and decisions carry their cause.

``ALLOWED`` and ``NEVER_FEWER`` are what ``rules/transitions.py`` said when this was released; a test compares them. On SQLite a
batch operation makes a table anew without its triggers: a migration that needs one for these tables calls for them again.
"""

import sqlalchemy as sa
from alembic import op

from schemas.migrations.append_only import guard_table, unguard_table

revision = "0008_states"
down_revision = "0007_persons"
branch_labels = None
depends_on = None

ALLOWED: dict[tuple[str, str], dict[str, tuple[str, ...]]] = {
    ("seat_round", "status"): {"proposed": ("approved", "rejected"), "approved": ("applied", "void")},
    ("offer", "answer"): {"": ("accepted", "declined", "lapsed"), "accepted": ("declined",)},
    ("enrollment", "status"): {
        "awaiting_form": ("enrolled", "lapsed", "replaced", "withdrawn"),
        "enrolled": ("replaced", "withdrawn"),
        "lapsed": ("awaiting_form",),
        "replaced": ("awaiting_form",),
        "withdrawn": ("awaiting_form",),
    },
    ("review_round", "status"): {"waiting": ("assigned",), "assigned": ("waiting", "certified", "not_yet")},
    ("review_round", "clock_state"): {
        "on_time": ("warned_early", "warned_late", "overdue", "breached"),
        "warned_early": ("warned_late", "overdue", "breached"),
        "warned_late": ("overdue", "breached"),
        "overdue": ("breached",),
    },
    ("certificate", "status"): {
        "valid": ("expired", "withdrawn", "revoked"),
        "expired": ("revoked",),
        "withdrawn": ("valid", "revoked"),
    },
    ("credit_request", "status"): {
        "pending": ("sending", "canceling"),
        "sending": ("pending", "requested", "refused", "canceling"),
        "requested": ("sent", "refused", "canceling"),
        "canceling": ("void", "refunded", "requested", "sent", "refused"),
    },
    ("outbox", "status"): {
        "pending": ("sending", "sent", "failed", "withdrawn"),
        "sending": ("sent", "failed", "pending"),
    },
}
NEVER_FEWER = (
    ("declined",),
    ("released",),
    ("confirmed", "released"),
    ("declined", "released"),
    ("confirmed", "declined", "released"),
    ("undecided", "confirmed", "waitlisted", "released"),
)


DECIDED_ONCE = ["season", "subject_kind", "subject_key", "rule", "decided_at"]
BEFORE, AFTER = f"uq_decision_{'_'.join(DECIDED_ONCE)}", "uq_decision_natural_key"


def upgrade() -> None:
    """Give decisions their cause, and let the database reject what no transition allows."""
    op.add_column("decision", sa.Column("cause", sa.String(), nullable=False, server_default=""))
    _decide_once(BEFORE, AFTER, [*DECIDED_ONCE, "cause"])
    op.add_column("seat_request", sa.Column("revision", sa.Integer(), nullable=False, server_default="1"))
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            "CREATE FUNCTION reject_transition() RETURNS trigger LANGUAGE plpgsql AS "
            "$$ BEGIN RAISE EXCEPTION '% may not change so', TG_ARGV[0]; END $$"
        )
    for (table, column), allowed in ALLOWED.items():
        _reject(table, column, f"OLD.{column} <> NEW.{column} AND NOT ({_any_of(column, allowed)})")
    fewer = (f"({_sum('NEW', states)}) < ({_sum('OLD', states)})" for states in NEVER_FEWER)
    _reject("seat_request", "seats", f"NEW.seats_requested <> OLD.seats_requested OR {' OR '.join(fewer)}")


def downgrade() -> None:
    """Remove what was added."""
    is_postgresql = op.get_bind().dialect.name == "postgresql"
    for table, column in (*ALLOWED, ("seat_request", "seats")):
        op.execute(f"DROP TRIGGER {table}_{column}_changes{f' ON {table}' if is_postgresql else ''}")
    if is_postgresql:
        op.execute("DROP FUNCTION reject_transition()")
    _decide_once(AFTER, BEFORE, DECIDED_ONCE)
    op.drop_column("decision", "cause")
    op.drop_column("seat_request", "revision")


def _decide_once(before: str, after: str, columns: list[str]) -> None:
    """Let other columns be what makes a decision the same one."""
    unguard_table("decision")
    with op.batch_alter_table("decision") as batch_op:
        batch_op.drop_constraint(before, type_="unique")
        batch_op.create_unique_constraint(after, columns)
    guard_table("decision", ("decision_id",), columns)


def _reject(table: str, column: str, when: str) -> None:
    """Reject an UPDATE of a row on a condition; the message names the column and no value."""
    name, told = f"{table}_{column}_changes", f"{table}.{column}"
    if op.get_bind().dialect.name == "sqlite":
        does = f"BEGIN SELECT RAISE(ABORT, '{told} may not change so'); END"
    else:
        does = f"EXECUTE FUNCTION reject_transition('{told}')"
    op.execute(f"CREATE TRIGGER {name} BEFORE UPDATE ON {table} FOR EACH ROW WHEN ({when}) {does}")


def _any_of(column: str, allowed: dict[str, tuple[str, ...]]) -> str:
    pairs = ((before, ", ".join(f"'{after}'" for after in afters)) for before, afters in allowed.items())
    return " OR ".join(f"(OLD.{column} = '{before}' AND NEW.{column} IN ({afters}))" for before, afters in pairs)


def _sum(row: str, states: tuple[str, ...]) -> str:
    return " + ".join(f"{row}.seats_{state}" for state in states)
