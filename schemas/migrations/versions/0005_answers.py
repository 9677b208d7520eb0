"""Circuits of services that are set up wrong; requests for credits that are claimed, and that can be made again."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0005_answers"
down_revision = "0004_offers"
branch_labels = None
depends_on = None

KEPT = "season, email, component, credits, fee_cents, status, request_key, requested_at, provider_reference, answered_at, reason"
BEFORE = "status = 'pending' OR status = 'requested' OR status = 'sent' OR status = 'refused' OR status = 'void' OR status = 'refunded'"
NOW = (
    "status = 'pending' OR status = 'sending' OR status = 'requested' OR status = 'canceling' OR status = 'sent' OR status = 'refused'"
    " OR status = 'void' OR status = 'refunded'"
)
HAS_NOT_ENDED = "status NOT IN ('refused', 'void', 'refunded')"


def upgrade() -> None:
    """Create the table of circuits; move the requests into a table whose key has a number."""
    op.create_table(
        "service_circuit",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("next_try_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_service_circuit")),
    )
    _set_aside()
    _create(
        NOW,
        ("season", "email", "component", "request_number"),
        sa.Column("request_number", sa.Integer(), nullable=False),
        sa.Column("ended_by", sa.String(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("claimed_by", sa.String(), nullable=False),
        sa.Column("claimed_until", sa.DateTime(timezone=True), nullable=True),
    )
    op.create_index(
        "uq_credit_request_open",
        "credit_request",
        ["season", "email", "component"],
        unique=True,
        sqlite_where=sa.text(HAS_NOT_ENDED),
        postgresql_where=sa.text(HAS_NOT_ENDED),
    )
    _bring_back(f"{KEPT}, request_number, ended_by, attempts, claimed_by", f"{KEPT}, 1, '', 0, ''")


def downgrade() -> None:
    """Go back to one request for each component: the newest one."""
    _set_aside()
    _create(BEFORE, ("season", "email", "component"))
    newest = (
        "request_number = (SELECT max(request_number) FROM moved other WHERE other.season = moved.season"
        " AND other.email = moved.email AND other.component = moved.component)"
    )
    states = "CASE status WHEN 'sending' THEN 'pending' WHEN 'canceling' THEN 'requested' ELSE status END"
    _bring_back(KEPT, KEPT.replace("status", states), newest)
    op.drop_table("service_circuit")


def _set_aside() -> None:
    """SQLite changes no key in place, and PostgreSQL wants the names of the constraints free."""
    op.execute("CREATE TABLE moved AS SELECT * FROM credit_request")
    op.drop_table("credit_request")


def _create(statuses: str, key: tuple[str, ...], *further: sa.Column[Any]) -> None:
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
        *further,
        sa.CheckConstraint(statuses, name=op.f("ck_credit_request_status")),
        sa.PrimaryKeyConstraint(*key, name=op.f("pk_credit_request")),
        sa.UniqueConstraint("request_key", name=op.f("uq_credit_request_request_key")),
    )


def _bring_back(columns: str, values: str, condition: str = "1 = 1") -> None:
    op.execute(f"INSERT INTO credit_request ({columns}) SELECT {values} FROM moved WHERE {condition}")  # noqa: S608 - our own names
    op.drop_table("moved")
