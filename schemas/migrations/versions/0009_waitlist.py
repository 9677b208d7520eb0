"""The waitlist ends, librarians show their certification, and seats that wait or are undecided can be declined.

``NEVER_FEWER`` is what ``rules/transitions.py`` said of the seats of a request when this was released; a test compares them.
"""

import sqlalchemy as sa
from alembic import op

revision = "0009_waitlist"
down_revision = "0008_states"
branch_labels = None
depends_on = None

NEVER_FEWER: tuple[tuple[str, ...], ...] = (
    ("declined",),
    ("released",),
    ("confirmed", "released"),
    ("declined", "released"),
    ("confirmed", "declined", "released"),
)
BEFORE = (*NEVER_FEWER, ("undecided", "confirmed", "waitlisted", "released"))
TRIGGER = "seat_request_seats_changes"


def upgrade() -> None:
    """Add the columns and the table of proofs, and guard the seats of a request by their new transitions."""
    op.add_column("seat_request", sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("application", sa.Column("certified_librarians", sa.Integer(), nullable=False, server_default="0"))
    op.create_table(
        "certification_proof",
        sa.Column("season", sa.String(), nullable=False),
        sa.Column("email", sa.String(), nullable=False),
        sa.Column("lea_id", sa.String(), nullable=False),
        sa.Column("proof", sa.String(), nullable=False),
        sa.Column("valid_until", sa.Date(), nullable=False),
        sa.Column("recorded_by", sa.String(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["lea_id"], ["district.lea_id"], name=op.f("fk_certification_proof_lea_id")),
        sa.PrimaryKeyConstraint("season", "email", name=op.f("pk_certification_proof")),
    )
    _guard_seats(NEVER_FEWER)


def downgrade() -> None:
    """Guard the seats as before, and remove what was added."""
    _guard_seats(BEFORE)
    op.drop_table("certification_proof")
    op.drop_column("application", "certified_librarians")
    op.drop_column("seat_request", "closed_at")


def _guard_seats(never_fewer: tuple[tuple[str, ...], ...]) -> None:
    """Reject that seats of a request go back along their transitions; the message names no value."""
    is_postgresql = op.get_bind().dialect.name == "postgresql"
    op.execute(f"DROP TRIGGER {TRIGGER}{' ON seat_request' if is_postgresql else ''}")
    fewer = (f"({_sum('NEW', states)}) < ({_sum('OLD', states)})" for states in never_fewer)
    when = f"NEW.seats_requested <> OLD.seats_requested OR {' OR '.join(fewer)}"
    does = "BEGIN SELECT RAISE(ABORT, 'seat_request.seats may not change so'); END"
    if is_postgresql:
        does = "EXECUTE FUNCTION reject_transition('seat_request.seats')"
    op.execute(f"CREATE TRIGGER {TRIGGER} BEFORE UPDATE ON seat_request FOR EACH ROW WHEN ({when}) {does}")


def _sum(row: str, states: tuple[str, ...]) -> str:
    return " + ".join(f"{row}.seats_{state}" for state in states)
