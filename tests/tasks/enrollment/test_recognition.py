"""Who comes back with another address is the same person where name and district leave no doubt; else an operator decides."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import func, select

from schemas.kinds import InputKind, PersonRole
from schemas.statuses import Disposition
from schemas.tables import (
    Application,
    Certificate,
    Educator,
    Enrollment,
    IntakeRow,
    Person,
    PersonMatch,
    PersonRoleHeld,
)
from tasks.core.database import reading, transaction
from tasks.enrollment.merges import keep_apart, part_records
from tasks.ledger.persons import current_address, ids_of_addresses, same_person
from tasks.ledger.unit_of_work import unit_of_work
from tasks.letters.write import write_letter
from tests.factories.certificates import store_certificate
from tests.factories.enrollment import enroll_by_roster, roster_row, sign_form, store_person
from tests.factories.letters.written import letters_written
from tests.factories.season import LEA_IDS, csv_file
from tests.factories.seats import confirm_seats
from tests.factories.surveys import import_survey_files, survey_row

pytestmark = pytest.mark.usefixtures("database")
OLD, NEW = "ada.ley@old.example", "ada@lea.example"
JUNE_21 = datetime(2022, 6, 21, 13, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _with_seats(database: str, tmp_path: Path) -> None:
    assert database
    confirm_seats(tmp_path, 30)


def educators() -> list[str]:
    with reading() as db:
        return list(db.scalars(select(Educator.email).where(Educator.season == "2022").order_by(Educator.email)))


def matches() -> list[tuple[str, str, bool | None]]:
    with reading() as db:
        found = db.scalars(select(PersonMatch).order_by(PersonMatch.person_id, PersonMatch.candidate_id))
        return [(match.person_id, match.candidate_id, match.is_same) for match in found]


def test_a_person_who_returns_with_another_address_is_the_same_one_and_both_addresses_are_told(
    tmp_path: Path,
) -> None:
    store_person("P-22222222", OLD, "Ada Ley")
    assert enroll_by_roster(tmp_path, [roster_row("ada")]) == 1
    assert educators() == [NEW]
    with reading() as db:
        mine = db.scalars(select(Person).where(Person.email == NEW)).one()
        assert mine.merged_into == "P-22222222"
        assert (current_address(db, OLD), current_address(db, NEW)) == (NEW, NEW)
        assert same_person(db)(NEW) == (OLD, NEW)
        roles = db.execute(select(PersonRoleHeld.season, PersonRoleHeld.person_id))
        assert {("2021", "P-22222222"), ("2022", mine.person_id)} <= set(roles.tuples())
    assert {letter["to"] for letter in letters_written("address_changed")} == {OLD, NEW}
    assert [letter["to"] for letter in letters_written("commitment")] == [NEW]
    sign_form(tmp_path, NEW, JUNE_21)
    assert letters_written("unsure_persons") == []


def test_who_was_recognized_wrongly_is_parted_with_seat_and_letters_and_the_other_has_theirs_back(
    tmp_path: Path,
) -> None:
    store_person("P-22222222", OLD, "Ada Ley")
    store_certificate("C-1", OLD, season="2021")
    enroll_by_roster(tmp_path, [roster_row("ada")])
    with reading() as db:
        mine = db.scalars(select(Person.person_id).where(Person.email == NEW)).one()
    with unit_of_work("2022", JUNE_21) as work:
        write_letter(work, "renewal/C-1", "withdrawn", OLD, person={"first_name": "Ada", "last_name": "Ley"}, name="it")
    assert [letter["to"] for letter in letters_written("withdrawn")] == [NEW]
    part_records.fn("2022", mine, reason="two people", requested_by="operator", as_of=JUNE_21)
    assert [letter["to"] for letter in letters_written("withdrawn")] == [OLD]
    assert [letter["to"] for letter in letters_written("commitment")] == [NEW]
    with reading() as db:
        assert (current_address(db, OLD), current_address(db, NEW)) == (OLD, NEW)
        assert db.get_one(Certificate, "C-1").email == OLD
        assert db.get_one(Enrollment, ("2022", NEW, "certification")).email == NEW


def test_somebody_of_the_name_of_a_lead_of_the_season_is_asked_about_and_takes_no_letter_of_the_lead(
    tmp_path: Path,
) -> None:
    with reading() as db:
        lead = db.get_one(Application, ("2022", LEA_IDS[0]))
        first, _, last = (lead.lead_name or "Lea D").partition(" ")
    enroll_by_roster(tmp_path, [roster_row("ada", first_name=first, last_name=last)])
    with reading() as db:
        assert current_address(db, lead.lead_email) == lead.lead_email
        lead_id = ids_of_addresses(db, [lead.lead_email])[lead.lead_email]
    assert [candidate for _, candidate, _ in matches()] == [lead_id]
    assert letters_written("address_changed") == []


def test_who_returns_a_third_time_is_recognized_by_what_they_were_called_last(tmp_path: Path) -> None:
    store_person("P-22222222", OLD, "Ada Ley")
    store_person("P-33333333", "ada@older.example", "Ada Ley-Moss", season="2020")
    with transaction() as db:
        db.get_one(Person, "P-33333333").merged_into = "P-22222222"
    enroll_by_roster(tmp_path, [roster_row("ada", last_name="Ley Moss")])
    with reading() as db:
        assert db.scalars(select(Person.merged_into).where(Person.email == NEW)).one() == "P-22222222"


def test_two_people_with_one_address_on_a_roster_are_told_to_have_their_own(tmp_path: Path) -> None:
    enroll_by_roster(tmp_path, [roster_row("ada"), roster_row("bob", last_name="Young", email=NEW)])
    (letter,) = letters_written("roster_rejected")
    assert "Bob Young" in letter["body"]
    assert (
        "is the address of somebody else on a roster of this season: give everybody their own address" in letter["body"]
    )
    again = [roster_row("ada", last_name="Leye")]
    enroll_by_roster(tmp_path, again, JUNE_21)
    assert len(letters_written("roster_rejected")) == 1


def test_the_certificate_of_an_earlier_season_counts_for_who_returns_with_another_address(tmp_path: Path) -> None:
    store_person("P-22222222", OLD, "Ada Ley")
    store_certificate("C-1", OLD, season="2021")
    enroll_by_roster(tmp_path, [roster_row("ada", role="librarian")])
    with reading() as db:
        assert db.get_one(Educator, ("2022", NEW)).is_already_certified


@pytest.mark.parametrize(
    ("name", "lea_id"), [("Ada Ley-Moss", LEA_IDS[0]), ("Adah Ley", LEA_IDS[0]), ("Ada Ley", LEA_IDS[1])]
)
def test_another_name_or_another_district_is_not_taken_for_the_same_person(
    tmp_path: Path, name: str, lea_id: str
) -> None:
    store_person("P-22222222", OLD, name, lea_id=lea_id)
    assert enroll_by_roster(tmp_path, [roster_row("ada")]) == 1
    assert educators() == [NEW]
    asked = {candidate for _, candidate, _ in matches()}
    assert asked == ({"P-22222222"} if lea_id == LEA_IDS[0] else set())
    assert letters_written("address_changed") == []


def test_operators_get_one_letter_about_all_who_are_unsure_with_the_candidates_and_the_person_has_the_seat(
    tmp_path: Path,
) -> None:
    for number, name in enumerate(("Ada Ley", "Ada Ley", "Bo Ley-Hill"), start=2):
        store_person(f"P-{str(number) * 8}", f"old{number}@old.example", name)
    assert enroll_by_roster(tmp_path, [roster_row("ada"), roster_row("bo"), roster_row("cy")]) == 3
    (letter,) = letters_written("unsure_persons")
    with reading() as db:
        ids = ids_of_addresses(db, [NEW, "bo@lea.example"])
    assert letter["subject"] == "2 people who may be on record already"
    for words in (
        "perhaps Ada Ley (P-22222222) or Ada Ley (P-33333333)",
        "perhaps Bo Ley-Hill (P-44444444)",
        ids[NEW],
        ids["bo@lea.example"],
    ):
        assert words in letter["body"]
    assert "Cy" not in letter["body"]
    assert {(person, same) for person, _, same in matches()} == {(person, None) for person in ids.values()}


def test_two_lines_of_the_season_with_one_name_and_two_addresses_are_two_people_until_somebody_says_so(
    tmp_path: Path,
) -> None:
    enroll_by_roster(tmp_path, [roster_row("ada")])
    assert enroll_by_roster(tmp_path, [roster_row("ada", email="a.ley@lea.example")], JUNE_21) == 1
    assert educators() == ["a.ley@lea.example", NEW]
    with reading() as db:
        ids = ids_of_addresses(db, educators())
    assert matches() == [(ids["a.ley@lea.example"], ids[NEW], None)]
    assert "are two people" in keep_apart.fn(ids[NEW], ids["a.ley@lea.example"], "operator")
    assert matches() == [(ids["a.ley@lea.example"], ids[NEW], False)]


def test_who_got_no_seat_is_told_of_with_the_remedy_and_nobody_new_is_on_record(tmp_path: Path) -> None:
    store_person("P-22222222", OLD, "Ada Leigh Ley")
    row = roster_row("ada", "exfrl")
    assert enroll_by_roster(tmp_path, [row]) == 0
    (letter,) = letters_written("unsure_persons")
    assert "who got no seat: perhaps Ada Leigh Ley (P-22222222)" in letter["body"]
    assert 'import the new address with "Change addresses"' in letter["body"]
    with reading() as db:
        assert ids_of_addresses(db, [NEW]) == {}
        rejected = db.scalars(select(IntakeRow).where(IntakeRow.kind == InputKind.ROSTER)).one()
        assert rejected.disposition == Disposition.QUARANTINED
    assert matches() == []


def held_by() -> dict[str, set[tuple[str | None, str]]]:
    """The address and the name of everybody in each role."""
    query = select(PersonRoleHeld, Person.email).join(Person, Person.person_id == PersonRoleHeld.person_id)
    found: dict[str, set[tuple[str | None, str]]] = {}
    with reading() as db:
        for held, email in db.execute(query).tuples():
            found.setdefault(held.role, set()).add((email, held.name))
    return found


def test_superintendents_evaluators_and_facilitators_are_persons_and_a_superintendent_who_leads_is_one(
    tmp_path: Path,
) -> None:
    rows = [
        survey_row(7, LEA_IDS[1], superintendent_name="Cy Hill", lead_email="bo@lea.example", lead_name="Bo Moss"),
        survey_row(8, LEA_IDS[2], superintendent_name="Di Ray", lead_email="di@lea.example", lead_name="DI RAY"),
        survey_row(9, LEA_IDS[1], superintendent_name="cy hill", lead_email="bo@lea.example", lead_name="Bo Moss"),
    ]
    import_survey_files(csv_file(tmp_path / "more.csv", rows))
    held = held_by()
    assert {(email, name.title()) for email, name in held[PersonRole.SUPERINTENDENT]} == {
        (None, "Cy Hill"),
        ("di@lea.example", "Di Ray"),
    }
    assert {email for email, _ in held[PersonRole.LEAD]} >= {"bo@lea.example", "di@lea.example"}
    assert all(email for role in (PersonRole.EVALUATOR, PersonRole.FACILITATOR) for email, _ in held[role])
    with reading() as db:
        assert db.scalar(select(func.count()).select_from(Person).where(Person.email.is_(None))) == 1


def test_two_new_addresses_of_one_name_are_two_people_though_one_of_the_name_was_there_before(tmp_path: Path) -> None:
    store_person("P-22222222", OLD, "Ada Ley")
    rows = [roster_row("ada"), roster_row("ada", email="a.ley@lea.example")]
    assert enroll_by_roster(tmp_path, rows) == 2
    assert educators() == ["a.ley@lea.example", NEW]
    assert [(candidate, same) for _, candidate, same in matches()] == [("P-22222222", None)] * 2
    assert letters_written("address_changed") == []


def test_who_comes_under_the_address_on_record_is_not_taken_for_another_of_the_name_in_the_same_file(
    tmp_path: Path,
) -> None:
    store_person("P-22222222", OLD, "Ada Ley")
    rows = [roster_row("ada"), roster_row("ada", email=OLD)]
    assert enroll_by_roster(tmp_path, rows) == 2
    assert educators() == [OLD, NEW]
    with reading() as db:
        assert current_address(db, OLD) == OLD
    assert [(candidate, same) for _, candidate, same in matches()] == [("P-22222222", None)]


def test_who_has_a_seat_in_one_line_and_none_in_another_is_asked_about_as_on_record(tmp_path: Path) -> None:
    store_person("P-22222222", OLD, "Ada Leigh Ley")
    assert enroll_by_roster(tmp_path, [roster_row("ada"), roster_row("ada", "exfrl")]) == 1
    assert [candidate for _, candidate, _ in matches()] == ["P-22222222"]
    (letter,) = letters_written("unsure_persons")
    assert "who got no seat" not in letter["body"]


def test_a_line_whose_person_cannot_be_looked_up_is_set_apart_and_the_others_get_their_seats(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store_person("P-22222222", OLD, "Ada Ley")

    def fail(*_: object) -> None:
        raise ArithmeticError("nobody foresaw it")

    monkeypatch.setattr("tasks.enrollment.recognition.keep_address", fail)
    assert enroll_by_roster(tmp_path, [roster_row("ada"), roster_row("bo")]) == 1
    assert educators() == ["bo@lea.example"]
    with reading() as db:
        rows = db.scalars(select(IntakeRow).where(IntakeRow.kind == InputKind.ROSTER))
        assert {row.natural_key.partition("/")[0]: row.disposition for row in rows} == {
            NEW: Disposition.ERROR,
            "bo@lea.example": Disposition.ACCEPTED,
        }
