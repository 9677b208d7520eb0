"""Who is on record before there were persons in every role is one afterwards, with nothing lost on the way."""

import pytest
from alembic import command
from sqlalchemy import select, text

from schemas.tables import Application, Person, PersonAddress
from tasks.core.database import reading, transaction
from tasks.core.migrations import migrate
from tests.factories.cohorts import fill_cohort
from tests.factories.season import LEA_IDS
from tests.factories.seats import open_season_with_seats
from tests.schemas.moves import move

MET = text(
    "SELECT h.season, h.lea_id, coalesce(p.email, h.name), h.role FROM person_role h "
    "JOIN person p ON p.person_id = h.person_id"
)


@pytest.mark.usefixtures("database")
def test_everybody_on_record_is_a_person_in_their_role_when_an_installation_is_brought_up_to_date() -> None:
    open_season_with_seats()
    fill_cohort("C1", 15)
    lead = {"season": "2022", "lea_id": LEA_IDS[0]}
    with transaction() as db:
        panel = {row for row in db.execute(MET).tuples() if row[3] in {"evaluator", "facilitator"}}
        db.get_one(Application, (lead["season"], lead["lea_id"])).superintendent_name = "Di Ray"
    move(command.downgrade, "0017")
    with transaction() as db:
        db.execute(text("DELETE FROM person WHERE email NOT LIKE 'f0%'"))
        db.execute(text("INSERT INTO person (person_id, email) VALUES ('P-22222222', 'ada@lea.example')"))
        for name in ("a", "b"):
            told = "INSERT INTO person_address (address, email, since) VALUES (:address, 'ada@lea.example', :since)"
            db.execute(text(told), {"address": f"{name}@new.example", "since": "2022-06-20 13:00:00.000000"})
    for _ in range(2):
        move(command.upgrade, "head")
        with reading() as db:
            held = set(db.execute(MET).tuples())
            newest = select(PersonAddress.address).order_by(PersonAddress.since.desc()).limit(1)
            assert db.scalar(newest) == "b@new.example"
            assert db.get_one(Person, "P-22222222").email == "ada@lea.example"
        assert panel <= held
        assert {(LEA_IDS[0], "lead@lea.example", "lead"), (LEA_IDS[0], "Di Ray", "superintendent")} <= {
            row[1:] for row in held
        }
        assert len([row for row in held if row[3] == "educator"]) == 15
        move(command.downgrade, "0017")
    migrate()
