"""What was paid for a renewal and refunded of it; and the addresses to which people have moved."""

import sqlalchemy as sa
from alembic import op

revision = "0012_renewals_and_addresses"
down_revision = "0011_resubmission"
branch_labels = None
depends_on = None

REFUND = "refunded_cents BETWEEN 0 AND paid_cents - fee_cents"


def upgrade() -> None:
    """Add the columns, with the fee as what was paid before there was a record of it; and the table of addresses."""
    op.add_column("certificate_term", sa.Column("paid_cents", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("certificate_term", sa.Column("paid_on", sa.Date(), nullable=True))
    op.add_column("certificate_term", sa.Column("refunded_cents", sa.Integer(), nullable=False, server_default="0"))
    op.execute("UPDATE certificate_term SET paid_cents = fee_cents")
    with op.batch_alter_table("certificate_term") as batch_op:
        batch_op.create_check_constraint(op.f("ck_certificate_term_refund"), REFUND)
    op.create_table(
        "person_address",
        sa.Column("address", sa.String(), nullable=False),
        sa.Column("email", sa.String(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("address", name=op.f("pk_person_address")),
        sa.ForeignKeyConstraint(["email"], ["person.email"], name=op.f("fk_person_address_email_person")),
    )
    op.create_index(op.f("ix_person_address_email"), "person_address", ["email"])


def downgrade() -> None:
    """Remove them."""
    op.drop_table("person_address")
    with op.batch_alter_table("certificate_term") as batch_op:
        batch_op.drop_constraint(op.f("ck_certificate_term_refund"), type_="check")
        batch_op.drop_column("refunded_cents")
        batch_op.drop_column("paid_on")
        batch_op.drop_column("paid_cents")
