"""District leads are persons too: one id across seasons and roles."""

import secrets

import sqlalchemy as sa
from alembic import op

revision = "0013_leads"
down_revision = "0012_renewals_and_addresses"
branch_labels = None
depends_on = None

SIGNS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # Crockford's base 32
UNKNOWN = "SELECT DISTINCT lead_email FROM application WHERE lead_email NOT IN (SELECT email FROM person)"


def upgrade() -> None:
    """Give every lead on record an id who has none."""
    database = op.get_bind()
    person = sa.table("person", sa.column("person_id", sa.String), sa.column("email", sa.String))
    taken = set(database.scalars(sa.text("SELECT person_id FROM person")))
    for email in sorted(database.scalars(sa.text(UNKNOWN))):
        person_id = _new_id(taken)
        taken.add(person_id)
        op.bulk_insert(person, [{"person_id": person_id, "email": email}])


def downgrade() -> None:
    """Nothing: who has an id keeps it."""


def _new_id(taken: set[str]) -> str:
    while True:
        drawn = "P-" + "".join(secrets.choice(SIGNS) for _ in range(8))
        if drawn not in taken:
            return drawn
