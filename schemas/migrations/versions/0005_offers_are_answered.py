"""A district answers an offer of seats; a leaver is replaced, and the new person gets the leaver's place in the cohort."""

import sqlalchemy as sa
from alembic import op

from schemas.migrations.checks import allow

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

BEFORE = "status IN ('awaiting_form', 'enrolled', 'lapsed')"
AFTER = "status IN ('awaiting_form', 'enrolled', 'lapsed', 'replaced', 'withdrawn')"
TEXTS = {"seat_block": ("answer",), "enrolment": ("replaces", "promised_cohort")}


def upgrade() -> None:
    """Add the columns; blocks that are on record count as accepted, since they were used so."""
    for table, names in TEXTS.items():
        for name in names:
            op.add_column(table, sa.Column(name, sa.String(), nullable=False, server_default=""))
    op.add_column("seat_block", sa.Column("answer_by", sa.Date(), nullable=True))
    op.add_column("cohort_session", sa.Column("sequence", sa.Integer(), nullable=False, server_default="0"))
    op.execute("UPDATE seat_block SET answer = 'accepted'")
    allow("enrolment", "status", BEFORE, AFTER)


def downgrade() -> None:
    """Take the columns away."""
    allow("enrolment", "status", AFTER, BEFORE)
    op.drop_column("seat_block", "answer_by")
    op.drop_column("cohort_session", "sequence")
    for table, names in TEXTS.items():
        for name in names:
            op.drop_column(table, name)
