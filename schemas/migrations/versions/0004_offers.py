"""Offers by their ids, rounds that keep their proposal, the files of the inbox that are known, and stronger append-only tables.

What a seat block said of its newest offer becomes an offer. Of a round that is open its proposal was not kept: it is void, and
*Confirm seats* makes a new one.
"""

from collections import Counter

import sqlalchemy as sa
from alembic import op

from schemas.migrations.append_only import guard_table, unguard_table

revision = "0004_offers"
down_revision = "0003"
branch_labels = None
depends_on = None

OPEN = "status IN ('proposed', 'approved')"
STATUSES = ("proposed", "approved", "rejected", "applied")
ANSWERS = "answer = '' OR answer = 'accepted' OR answer = 'declined' OR answer = 'lapsed'"
BLOCKS = """
    SELECT b.season, b.lea_id, b.component, b.seats_confirmed AS seats, s.opened_at, b.answer,
           coalesce(b.answer_by, b.enroll_by) AS answer_by
    FROM seat_block b JOIN season s ON s.season = b.season ORDER BY b.season, b.lea_id, b.component
"""
CARRIED = """
    INSERT INTO offer (season, offer_id, lea_id, component, seats_offered, seats_held, offered_at, answer_by, answer)
    VALUES (:season, :offer_id, :lea_id, :component, :seats, :seats, :opened_at, :answer_by, :answer)
"""
DECISION_KEY = ("season", "subject_kind", "subject_key", "rule", "decided_at")


def upgrade() -> None:
    """Change the tables, and carry over what is in them."""
    _change_rounds()
    _create_offers()
    with op.batch_alter_table("seat_block") as batch_op:
        batch_op.drop_constraint(op.f("ck_seat_block_answer"), type_="check")
        batch_op.drop_column("answer")
        batch_op.drop_column("answer_by")
    op.create_table(
        "inbox_file",
        sa.Column("path", sa.String(), nullable=False),
        sa.Column("size_bytes", sa.BigInteger(), nullable=False),
        sa.Column("modified_ns", sa.BigInteger(), nullable=False),
        sa.Column("file_hash", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("path", name=op.f("pk_inbox_file")),
    )
    _drop_first_guard()
    guard_table("decision", ("decision_id",), DECISION_KEY)
    guard_table("policy_version", (), ("policy_version",))


def _statuses(*more: str) -> str:
    return " OR ".join(f"status = '{status}'" for status in (*STATUSES, *more))


def _change_rounds() -> None:
    with op.batch_alter_table("seat_round") as batch_op:
        batch_op.drop_constraint(op.f("uq_seat_round_season_requests_hash"), type_="unique")
        batch_op.drop_constraint(op.f("ck_seat_round_status"), type_="check")
        batch_op.create_check_constraint(op.f("ck_seat_round_status"), _statuses("void"))
        batch_op.add_column(sa.Column("proposal", sa.JSON(), nullable=False, server_default="[]"))
        batch_op.add_column(sa.Column("approved_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.alter_column("requests_hash", new_column_name="proposal_hash")
    op.execute(f"UPDATE seat_round SET status = 'void' WHERE {OPEN}")  # noqa: S608 - our own words
    with op.batch_alter_table("seat_round") as batch_op:
        batch_op.alter_column("proposal", server_default=None)
    where = sa.text(OPEN)
    op.create_index(
        "ix_seat_round_open", "seat_round", ["season"], unique=True, sqlite_where=where, postgresql_where=where
    )


def _create_offers() -> None:
    op.create_table(
        "offer",
        sa.Column("season", sa.String(), nullable=False),
        sa.Column("offer_id", sa.String(), nullable=False),
        sa.Column("lea_id", sa.String(), nullable=False),
        sa.Column("component", sa.String(), nullable=False),
        sa.Column("round_number", sa.Integer(), nullable=True),
        sa.Column("seats_offered", sa.Integer(), nullable=False),
        sa.Column("seats_held", sa.Integer(), nullable=False),
        sa.Column("offered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answer_by", sa.Date(), nullable=False),
        sa.Column("answer", sa.String(), nullable=False),
        sa.Column("answered_on", sa.Date(), nullable=True),
        sa.CheckConstraint("seats_held >= 0 AND seats_held <= seats_offered", name=op.f("ck_offer_seats_held")),
        sa.CheckConstraint(ANSWERS, name=op.f("ck_offer_answer")),
        sa.ForeignKeyConstraint(
            ["season", "lea_id", "component"],
            ["seat_block.season", "seat_block.lea_id", "seat_block.component"],
            name=op.f("fk_offer_season_lea_id_component"),
        ),
        sa.ForeignKeyConstraint(
            ["season", "round_number"],
            ["seat_round.season", "seat_round.round_number"],
            name=op.f("fk_offer_season_round_number"),
        ),
        sa.PrimaryKeyConstraint("season", "offer_id", name=op.f("pk_offer")),
    )
    op.create_index("ix_offer_by_district", "offer", ["season", "lea_id", "component"])
    _carry_offers_over()


def _carry_offers_over() -> None:
    """Make each block's seats one offer; when it was made was not kept: it counts from when the season was opened."""
    db = op.get_bind()
    blocks = db.execute(sa.text(BLOCKS)).mappings().all()
    numbers = Counter[str]()
    for block in blocks:
        numbers[block["season"]] += 1
        offer_id = f"O-{block['season']}-{numbers[block['season']]:04d}"
        db.execute(sa.text(CARRIED), {**block, "offer_id": offer_id})


def _drop_first_guard() -> None:
    """The guard of the first release, which TRUNCATE and INSERT OR REPLACE went around."""
    if op.get_bind().dialect.name == "sqlite":
        for event in ("update", "delete"):
            op.execute(f"DROP TRIGGER decision_no_{event}")
        return
    op.execute("DROP TRIGGER decision_append_only ON decision")


def downgrade() -> None:
    """Go back to one answer for a seat block, that to its newest offer."""
    for table in ("policy_version", "decision"):
        unguard_table(table)
    _guard_as_at_first()
    op.drop_table("inbox_file")
    with op.batch_alter_table("seat_block") as batch_op:
        batch_op.add_column(sa.Column("answer", sa.String(), nullable=False, server_default=""))
        batch_op.add_column(sa.Column("answer_by", sa.Date(), nullable=True))
        batch_op.create_check_constraint(op.f("ck_seat_block_answer"), ANSWERS)
    newest = (
        "(SELECT {} FROM offer WHERE offer.season = seat_block.season AND offer.lea_id = seat_block.lea_id "
        "AND offer.component = seat_block.component ORDER BY offer.offered_at DESC, offer.offer_id DESC LIMIT 1)"
    )
    answer, answer_by = newest.format("answer"), newest.format("answer_by")
    op.execute(f"UPDATE seat_block SET answer = coalesce({answer}, ''), answer_by = {answer_by}")  # noqa: S608 - our own words
    op.drop_table("offer")
    op.drop_index("ix_seat_round_open", "seat_round")
    op.execute("UPDATE seat_round SET status = 'rejected' WHERE status = 'void'")
    op.execute("UPDATE seat_round SET proposal_hash = proposal_hash || '/' || CAST(round_number AS VARCHAR)")
    with op.batch_alter_table("seat_round") as batch_op:
        batch_op.drop_constraint(op.f("ck_seat_round_status"), type_="check")
        batch_op.create_check_constraint(op.f("ck_seat_round_status"), _statuses())
        batch_op.drop_column("proposal")
        batch_op.drop_column("approved_at")
        batch_op.alter_column("proposal_hash", new_column_name="requests_hash")
    with op.batch_alter_table("seat_round") as batch_op:
        batch_op.create_unique_constraint(op.f("uq_seat_round_season_requests_hash"), ["season", "requests_hash"])


def _guard_as_at_first() -> None:
    if op.get_bind().dialect.name == "sqlite":
        for event in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER decision_no_{event.lower()} BEFORE {event} ON decision "
                "BEGIN SELECT RAISE(ABORT, 'decisions are append-only'); END"
            )
        return
    op.execute("DROP FUNCTION rows_are_append_only()")
    op.execute(
        "CREATE TRIGGER decision_append_only BEFORE UPDATE OR DELETE ON decision "
        "FOR EACH ROW EXECUTE FUNCTION decision_is_append_only()"
    )
