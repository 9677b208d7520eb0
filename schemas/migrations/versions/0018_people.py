"""Persons across seasons and roles: evaluators, facilitators, and superintendents too; records merged, and matches to decide."""

import secrets
from collections.abc import Callable, Iterator
from typing import Any

import sqlalchemy as sa
from alembic import op
from text_unidecode import unidecode

revision = "0018_people"
down_revision = "0017_cohort_changes"
branch_labels = None
depends_on = None

SIGNS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # Crockford's base 32
IS_ROLE = " OR ".join(f"role = '{role}'" for role in ("educator", "lead", "superintendent", "evaluator", "facilitator"))
# Where each role is on record: the address, the season, the district, the name, and since when.
MET = {
    "educator": "SELECT e.email, e.season, e.lea_id, e.first_name || ' ' || e.last_name AS name, s.opened_at AS since "
    "FROM educator e JOIN season s ON s.season = e.season",
    "lead": "SELECT a.lead_email AS email, a.season, a.lea_id, a.lead_name AS name, s.opened_at AS since FROM application a JOIN season s ON s.season = a.season",
    "evaluator": "SELECT v.email, s.season, coalesce(v.lea_id, '') AS lea_id, v.name, s.opened_at AS since FROM evaluator v CROSS JOIN season s",
    "facilitator": "SELECT f.email, s.season, '' AS lea_id, f.name, s.opened_at AS since FROM facilitator f CROSS JOIN season s",
}
SUPERINTENDENTS = (
    "SELECT a.season, a.lea_id, a.superintendent_name AS name, a.lead_name, a.lead_email, s.opened_at AS since "
    "FROM application a JOIN season s ON s.season = a.season WHERE a.superintendent_name <> '' ORDER BY 1, 2"
)
PERSON = sa.table("person", sa.column("person_id", sa.String), sa.column("email", sa.String))
ROLE = sa.table(
    "person_role",
    *(sa.column(name, sa.String) for name in ("season", "person_id", "role", "lea_id", "name")),
    sa.column("since", sa.DateTime(timezone=True)),
)


def upgrade() -> None:
    """Add the tables, and enter everybody who is on record in any role."""
    _let_a_person_have_no_address()
    _one_newest_address()
    op.create_table(
        "person_role",
        sa.Column("season", sa.String(), nullable=False),
        sa.Column("person_id", sa.String(), nullable=False),
        sa.Column("role", sa.String(), nullable=False),
        sa.Column("lea_id", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(IS_ROLE, name=op.f("ck_person_role_role")),
        sa.ForeignKeyConstraint(["person_id"], ["person.person_id"], name=op.f("fk_person_role_person_id")),
        sa.PrimaryKeyConstraint("season", "person_id", "role", "lea_id", name=op.f("pk_person_role")),
    )
    op.create_index("ix_person_role_of_district", "person_role", ["lea_id", "role"])
    op.create_table(
        "person_match",
        sa.Column("person_id", sa.String(), nullable=False),
        sa.Column("candidate_id", sa.String(), nullable=False),
        sa.Column("season", sa.String(), nullable=False),
        sa.Column("alike_percent", sa.Integer(), nullable=False),
        sa.Column("found_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("is_same", sa.Boolean(), nullable=True),
        sa.Column("decided_by", sa.String(), nullable=False),
        sa.CheckConstraint("candidate_id <> person_id", name=op.f("ck_person_match_candidate_is_another")),
        sa.ForeignKeyConstraint(["person_id"], ["person.person_id"], name=op.f("fk_person_match_person_id")),
        sa.ForeignKeyConstraint(["candidate_id"], ["person.person_id"], name=op.f("fk_person_match_candidate_id")),
        sa.PrimaryKeyConstraint("person_id", "candidate_id", name=op.f("pk_person_match")),
    )
    _enter_everybody()


def downgrade() -> None:
    """Remove what was added; who has an address keeps the id."""
    op.drop_table("person_match")
    op.drop_table("person_role")
    op.execute("DELETE FROM person WHERE email IS NULL")
    op.drop_index("ix_person_merged", "person")
    with op.batch_alter_table("person_address") as table:
        table.drop_constraint(op.f("uq_person_address_email_since"), type_="unique")
    op.create_index(op.f("ix_person_address_email"), "person_address", ["email"])
    with op.batch_alter_table("person") as table:
        table.drop_constraint(op.f("ck_person_merged_into_another"), type_="check")
        table.drop_constraint(op.f("fk_person_merged_into"), type_="foreignkey")
        table.drop_column("merged_into")
        table.alter_column("email", existing_type=sa.String(), nullable=False)


def _let_a_person_have_no_address() -> None:
    with op.batch_alter_table("person") as table:
        table.alter_column("email", existing_type=sa.String(), nullable=True)
        table.add_column(sa.Column("merged_into", sa.String(), nullable=True))
        table.create_foreign_key(op.f("fk_person_merged_into"), "person", ["merged_into"], ["person_id"])
        table.create_check_constraint(op.f("ck_person_merged_into_another"), "merged_into <> person_id")
    is_merged = sa.text("merged_into IS NOT NULL")
    op.create_index("ix_person_merged", "person", ["merged_into"], sqlite_where=is_merged, postgresql_where=is_merged)


def _one_newest_address() -> None:
    """Of two addresses that a person got at one moment the later one by its letters was taken for the newest: it stays so."""
    op.drop_index(op.f("ix_person_address_email"), "person_address")
    later = "EXISTS (SELECT 1 FROM person_address b WHERE b.email = a.email AND b.since = a.since AND b.address > a.address)"
    for row in op.get_bind().execute(sa.text(f"SELECT a.address FROM person_address a WHERE {later}")).all():  # noqa: S608 - our own words
        _put_before(row.address)
    with op.batch_alter_table("person_address") as table:
        table.create_unique_constraint(op.f("uq_person_address_email_since"), ["email", "since"])


def _put_before(address: str) -> None:
    is_sqlite = op.get_bind().dialect.name == "sqlite"
    # A second before, written as the database writes its moments.
    earlier = (
        "strftime('%Y-%m-%d %H:%M:%S', since, '-1 second') || '.000000'" if is_sqlite else "since - interval '1 second'"
    )
    op.get_bind().execute(sa.text(f"UPDATE person_address SET since = {earlier} WHERE address = :a"), {"a": address})  # noqa: S608 - our own words


def _enter_everybody() -> None:
    database = op.get_bind()
    taken = set(database.scalars(sa.text("SELECT person_id FROM person")))
    ids = dict(database.execute(sa.text("SELECT email, person_id FROM person")).tuples().all())
    further = sa.text("SELECT a.address, p.person_id FROM person_address a JOIN person p ON p.email = a.email")
    ids |= dict(database.execute(further).tuples().all())

    def id_of(email: str | None, known: str) -> str:
        if known not in ids:
            ids[known] = _new_id(taken)
            op.bulk_insert(PERSON, [{"person_id": ids[known], "email": email}])
        return str(ids[known])

    held: dict[tuple[str, str, str, str], tuple[str, object]] = {}
    for season, person, role, lea_id, name, since in (*_with_address(id_of), *_superintendents(id_of)):
        held.setdefault((season, person, role, lea_id), (name, since))
    rows = [
        {"season": season, "person_id": person, "role": role, "lea_id": lea_id, "name": name, "since": since}
        for (season, person, role, lea_id), (name, since) in held.items()
    ]
    if rows:
        op.bulk_insert(ROLE, rows)


Entry = tuple[str, str, str, str, str, object]
IdOf = Callable[[str | None, str], str]


def _with_address(id_of: IdOf) -> Iterator[Entry]:
    for role, query in MET.items():
        for email, season, lea_id, name, since in _rows(query, "email", "season", "lea_id", "name"):
            yield season, id_of(email, email), role, lea_id, name, since


def _superintendents(id_of: IdOf) -> Iterator[Entry]:
    """A superintendent is known by name and district; who is the lead too is one person."""
    names = ("season", "lea_id", "name", "lead_name", "lead_email")
    for season, lea_id, name, lead, email, since in _rows(SUPERINTENDENTS, *names):
        is_lead = _plain(name) == _plain(lead)
        person = id_of(email, email) if is_lead else id_of(None, f"{lea_id}/{_plain(name)}")
        yield season, person, "superintendent", lea_id, name, since


def _rows(query: str, *texts: str) -> Iterator[Any]:
    """The rows of a query: texts, and a moment at the end."""
    columns = {name: sa.String() for name in texts}
    yield from op.get_bind().execute(sa.text(query).columns(**columns, since=sa.DateTime(timezone=True))).all()


def _plain(name: str) -> str:
    """A name as it was compared when this was released: without marks on letters, case, and order of words."""
    return " ".join(sorted(str(unidecode(name)).casefold().split()))


def _new_id(taken: set[str]) -> str:
    while True:
        drawn = "P-" + "".join(secrets.choice(SIGNS) for _ in range(8))
        if drawn not in taken:
            taken.add(drawn)
            return drawn
