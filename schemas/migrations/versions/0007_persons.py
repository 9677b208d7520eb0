"""People are known to Prefect by an id that says nothing about them."""

import secrets

import sqlalchemy as sa
from alembic import op

revision = "0007_persons"
down_revision = "0006_outbox"
branch_labels = None
depends_on = None

SIGNS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # Crockford's base 32


def upgrade() -> None:
    """Make the table, with an id for everybody who is on record."""
    person = op.create_table(
        "person",
        sa.Column("person_id", sa.String(), nullable=False),
        sa.Column("email", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("person_id", name=op.f("pk_person")),
        sa.UniqueConstraint("email", name=op.f("uq_person_email")),
    )
    emails = sorted(op.get_bind().scalars(sa.text("SELECT DISTINCT email FROM educator")))
    ids = zip(_codes(len(emails)), emails, strict=True)
    op.bulk_insert(person, [{"person_id": f"P-{code}", "email": email} for code, email in ids])


def downgrade() -> None:
    """Remove it."""
    op.drop_table("person")


def _codes(count: int) -> list[str]:
    found: set[str] = set()
    while len(found) < count:
        found.add("".join(secrets.choice(SIGNS) for _ in range(8)))
    return list(found)
