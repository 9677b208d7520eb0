"""Until which day a portfolio may be submitted again."""

import sqlalchemy as sa
from alembic import op

revision = "0011_resubmission"
down_revision = "0010_meetings"
branch_labels = None
depends_on = None

DAYS = 90
NEWEST = (
    "SELECT r.status = 'not_yet' FROM review_round r WHERE r.portfolio_id = portfolio.portfolio_id"
    " ORDER BY r.round_number DESC LIMIT 1"
)
TOLD = "SELECT max(r.decided_at) FROM review_round r WHERE r.portfolio_id = portfolio.portfolio_id"


def upgrade() -> None:
    """Give every portfolio whose newest result does not certify the days that the ruling gives, from its result on."""
    op.add_column("portfolio", sa.Column("resubmit_by", sa.Date(), nullable=True))
    is_sqlite = op.get_bind().dialect.name == "sqlite"
    by = (
        f"date(({TOLD}), '+{DAYS} days')" if is_sqlite else f"(({TOLD}) AT TIME ZONE 'America/New_York')::date + {DAYS}"
    )
    op.execute(f"UPDATE portfolio SET resubmit_by = {by} WHERE ({NEWEST})")  # noqa: S608 - our own words


def downgrade() -> None:
    """Remove what was added."""
    op.drop_column("portfolio", "resubmit_by")
