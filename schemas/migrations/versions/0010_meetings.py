"""A facilitator is in one meeting at a time, office hours have a host, and cohorts know no regions."""

import sqlalchemy as sa
from alembic import op

from schemas.migrations.meetings_guard import guard_meetings, unguard_meetings

revision = "0010_meetings"
down_revision = "0009_waitlist"
branch_labels = None
depends_on = None

ONE_IN_A_SLOT = "uq_cohort_season_facilitator_id_slot"


def upgrade() -> None:
    """Take the region and the slot's name away as what keeps meetings apart, and compare their times."""
    with op.batch_alter_table("cohort") as batch_op:
        batch_op.drop_constraint(ONE_IN_A_SLOT, type_="unique")
        batch_op.drop_column("region")
        batch_op.create_index(op.f("ix_cohort_facilitator_id"), ["facilitator_id"], unique=False)
    with op.batch_alter_table("cohort_member") as batch_op:
        batch_op.add_column(sa.Column("exception_reason", sa.String(), nullable=False, server_default=""))
    with op.batch_alter_table("office_hour") as batch_op:
        batch_op.add_column(sa.Column("host_id", sa.String(), nullable=True))
        batch_op.create_foreign_key(op.f("fk_office_hour_host_id"), "facilitator", ["host_id"], ["facilitator_id"])
        batch_op.create_index(op.f("ix_office_hour_host_id"), ["host_id"], unique=False)
    guard_meetings()


def downgrade() -> None:
    """Put back what was there; cohorts of the same facilitator and slot cannot be kept."""
    unguard_meetings()
    with op.batch_alter_table("office_hour") as batch_op:
        batch_op.drop_index(op.f("ix_office_hour_host_id"))
        batch_op.drop_constraint(op.f("fk_office_hour_host_id"), type_="foreignkey")
        batch_op.drop_column("host_id")
    with op.batch_alter_table("cohort_member") as batch_op:
        batch_op.drop_column("exception_reason")
    with op.batch_alter_table("cohort") as batch_op:
        batch_op.add_column(sa.Column("region", sa.String(), nullable=False, server_default=""))
        batch_op.drop_index(op.f("ix_cohort_facilitator_id"))
        batch_op.create_unique_constraint(ONE_IN_A_SLOT, ["season", "facilitator_id", "slot"])
