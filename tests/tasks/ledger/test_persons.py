"""A person's id: made with the educator, the same ever after, and the only name by which run forms know a person."""

import re
from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import select, text

from schemas.kinds import InputKind
from schemas.records import PERSON_ID
from schemas.settings import ROOT, settings
from schemas.tables import Educator, Person, PersonRoleHeld
from tasks.core.database import engine_for, reading, transaction
from tasks.enrollment.withdrawals import withdraw_from
from tasks.ledger import persons
from tasks.ledger.persons import address_of, as_written, new_person_id, person_ids
from tasks.ledger.unit_of_work import OperatorError
from tasks.season.digest import season_digest, table_digests
from tasks.season.history import NothingKnownError, history_of
from tasks.season.report import people_path, write_people
from tasks.surveys.leads import settle_leads
from tests.factories.enrollment import JUNE_20, enroll_by_roster, roster_row
from tests.factories.season import LEA_IDS, stage_rows
from tests.factories.seats import confirm_seats

pytestmark = pytest.mark.usefixtures("database")
ADA, BO = "ada@lea.example", "bo@lea.example"


def ids() -> dict[str, str]:
    with reading() as db:
        return dict(person_ids(db, [ADA, BO]))


def test_an_id_is_made_with_the_educator_and_stays_for_the_address(tmp_path: Path) -> None:
    confirm_seats(tmp_path, 30)
    enroll_by_roster(tmp_path, [roster_row("ada")])
    first = ids()
    assert [re.fullmatch(r"P-[0-9A-HJKMNP-TV-Z]{8}", found) is not None for found in first.values()] == [True]
    enroll_by_roster(tmp_path, [roster_row("ada"), roster_row("bo")])
    assert ids()[ADA] == first[ADA]
    assert len(set(ids().values())) == 2


def test_a_district_lead_has_an_id_and_the_next_one_another(tmp_path: Path) -> None:
    confirm_seats(tmp_path, 30)
    row = {"lea_id": LEA_IDS[0], "lead_name": "Bo Ley", "lead_email": BO, "named_on": "2022-06-20"}
    stage_rows(tmp_path, InputKind.LEAD, JUNE_20, row)
    assert settle_leads.fn("2022", "superintendent", JUNE_20) == 1
    with reading() as db:
        found = person_ids(db, ["lead@lea.example", BO])
    assert len(set(found.values())) == 2


def test_leads_on_record_get_an_id_by_the_migration_and_keep_it(tmp_path: Path) -> None:
    confirm_seats(tmp_path, 30)
    with transaction() as db:
        db.execute(text("DELETE FROM person_role"))
        db.execute(text("DELETE FROM person"))
    config = Config()
    config.set_main_option("script_location", str(ROOT / "schemas" / "migrations"))
    with engine_for(settings().database).begin() as connection:
        config.attributes["connection"] = connection
        command.downgrade(config, "0009_waitlist")
        command.upgrade(config, "head")
        leads = text("SELECT person_id, email FROM person WHERE email LIKE '%@lea.example'")
        first = connection.execute(leads).all()
        command.downgrade(config, "0009_waitlist")
        command.upgrade(config, "head")
        assert connection.execute(leads).all() == first
    assert [(PERSON_ID.fullmatch(row.person_id) is not None, row.email) for row in first] == [
        (True, "lead@lea.example")
    ]


def test_who_cannot_be_enrolled_gets_no_id(tmp_path: Path) -> None:
    confirm_seats(tmp_path, 30)
    enroll_by_roster(tmp_path, [roster_row("ada", lea_id="0900009")])
    with reading() as db:
        of_districts = select(Person.email).join(PersonRoleHeld, PersonRoleHeld.person_id == Person.person_id)
        query = of_districts.where(PersonRoleHeld.lea_id.in_(LEA_IDS), Person.email.is_not(None))
        assert "ada@lea.example" not in db.scalars(query).all()
        assert "lead@lea.example" in db.scalars(query).all()
        assert db.scalars(select(Educator)).all() == []


def test_an_id_that_somebody_has_is_drawn_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    confirm_seats(tmp_path, 30)
    enroll_by_roster(tmp_path, [roster_row("ada")])
    taken = ids()[ADA]
    drawn = iter([taken, taken, "P-22222222"])
    monkeypatch.setattr(persons, "new_person_id", lambda: next(drawn))
    enroll_by_roster(tmp_path, [roster_row("bo")])
    assert ids() == {ADA: taken, BO: "P-22222222"}


def test_an_id_is_understood_however_it_is_typed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    confirm_seats(tmp_path, 30)
    monkeypatch.setattr(persons, "new_person_id", lambda: "P-10AB0XYZ")
    enroll_by_roster(tmp_path, [roster_row("ada")])
    for typed in ("P-10AB0XYZ", "p-10ab0xyz", "PI0AB0XYZ", " P-LOABOXYZ "):
        assert address_of.fn(typed, "2022", "certification") == ADA
    assert as_written(new_person_id())[0] == "P"


def test_a_wrong_id_is_refused_with_the_nearest_ones_and_without_any_address(tmp_path: Path) -> None:
    confirm_seats(tmp_path, 30)
    enroll_by_roster(tmp_path, [roster_row("ada"), roster_row("bo")])
    right = ids()[ADA]
    wrong = right[:-1] + ("Z" if right[-1] != "Z" else "Y")
    with pytest.raises(OperatorError, match=rf"There is no person {wrong}; the nearest ids are {right}") as refused:
        address_of.fn(wrong, "2022", "certification")
    assert "@" not in str(refused.value)
    for typed in (ADA, "Ada Ley", ""):
        with pytest.raises(OperatorError, match="is no person's id, which looks like P-7K3QX2MD") as refused:
            address_of.fn(typed, "2022", "certification")
        assert "@" not in str(refused.value)
        assert "Ada" not in str(refused.value)
        assert not PERSON_ID.fullmatch(typed)


def test_a_manual_action_that_cannot_be_done_names_nobody(tmp_path: Path) -> None:
    confirm_seats(tmp_path, 30)
    enroll_by_roster(tmp_path, [roster_row("ada")])
    with pytest.raises(
        OperatorError, match=r"^The participant holds no seat in the Summer Learning Academy; check"
    ) as no:
        withdraw_from.fn("2022", address_of.fn(ids()[ADA], "2022", "academy"), "academy", "moves away", JUNE_20)
    assert "ada" not in str(no.value).lower()


def test_the_history_of_a_person_is_found_by_id_and_by_address_and_shows_both(tmp_path: Path) -> None:
    confirm_seats(tmp_path, 30)
    enroll_by_roster(tmp_path, [roster_row("ada")])
    mine = ids()[ADA]
    by_id, by_address = (history_of("2022", "educator", key) for key in (mine.lower(), ADA))
    assert by_id == by_address
    assert by_id.title == f"{mine} Ada Ley <{ADA}>"
    with pytest.raises(NothingKnownError, match="an id such as P-7K3QX2MD"):
        history_of("2022", "educator", "P-00000000")


def test_the_page_of_the_people_has_each_id_beside_the_name(tmp_path: Path) -> None:
    confirm_seats(tmp_path, 30)
    enroll_by_roster(tmp_path, [roster_row("ada"), roster_row("bo")])
    write_people("2022")
    page = people_path("2022").read_text(encoding="utf-8")
    for email, person in ids().items():
        assert re.search(rf"{person}</code></td><td>\w+ Ley</td><td>{email}</td>", page)


def test_the_digest_of_a_season_does_not_depend_on_which_ids_were_drawn(tmp_path: Path) -> None:
    confirm_seats(tmp_path, 30)
    enroll_by_roster(tmp_path, [roster_row("ada")])
    before, tables = season_digest("2022"), table_digests("2022")
    with transaction() as db:
        role = db.scalars(select(PersonRoleHeld).where(PersonRoleHeld.person_id == ids()[ADA])).one()
        held = {name: getattr(role, name) for name in ("season", "role", "lea_id", "name", "since")}
        db.delete(role)
        db.flush()
        db.execute(text("UPDATE person SET person_id = 'P-22222222' WHERE email = 'ada@lea.example'"))
        db.add(PersonRoleHeld(person_id="P-22222222", **held))
    assert (season_digest("2022"), table_digests("2022")) == (before, tables)
    assert "person" not in tables


def test_who_is_on_record_before_there_were_ids_gets_one_with_the_migration(tmp_path: Path) -> None:
    confirm_seats(tmp_path, 30)
    enroll_by_roster(tmp_path, [roster_row("ada"), roster_row("bo")])
    config = Config()
    config.set_main_option("script_location", str(ROOT / "schemas" / "migrations"))
    with engine_for(settings().database).connect() as connection, connection.begin():
        config.attributes["connection"] = connection
        command.downgrade(config, "0004_offers")
        command.upgrade(config, "head")
    assert all(re.fullmatch(r"P-[0-9A-HJKMNP-TV-Z]{8}", found) for found in ids().values())
    assert len(set(ids().values())) == 2
