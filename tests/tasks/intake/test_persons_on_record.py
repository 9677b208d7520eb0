"""Whom a form or a list names by a name on record, and another address, operators are asked about; no form moves an address."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import select

from schemas.kinds import InputKind
from schemas.tables import PersonMatch
from tasks.core.database import reading
from tasks.enrollment.merges import keep_apart
from tasks.ledger.persons import current_address, ids_of_addresses
from tasks.surveys.leads import settle_leads
from tests.factories.enrollment import store_person
from tests.factories.letters.written import letters_written
from tests.factories.season import LEA_IDS, csv_file, load_panel, open_season, stage_rows
from tests.factories.surveys import import_survey_files, survey_row

pytestmark = pytest.mark.usefixtures("database")
OLD, NEW = "ada@old.example", "ada@lea.example"
MAY_2 = datetime(2022, 5, 2, 13, 0, tzinfo=UTC)


def asked_about(email: str) -> list[tuple[str, bool | None]]:
    """The candidates for somebody, with what was decided."""
    with reading() as db:
        person = ids_of_addresses(db, [email])[email]
        found = select(PersonMatch).where(PersonMatch.person_id == person).order_by(PersonMatch.candidate_id)
        return [(match.candidate_id, match.is_same) for match in db.scalars(found)]


def test_a_survey_that_names_a_lead_of_a_name_on_record_asks_operators_and_moves_no_address(tmp_path: Path) -> None:
    open_season()
    store_person("P-22222222", OLD, "Ada Ley")
    store_person("P-33333333", "bo@old.example", "Bo Moss", lea_id=LEA_IDS[1])
    rows = [
        survey_row(1, LEA_IDS[0], lead_email=NEW, lead_name="ADA LEY"),
        survey_row(2, LEA_IDS[2], lead_email="bo@lea.example", lead_name="Bo Moss"),
    ]
    import_survey_files(csv_file(tmp_path / "survey.csv", rows))
    (letter,) = letters_written("unsure_persons")
    assert "A survey names somebody" in letter["body"]
    assert "perhaps Ada Ley (P-22222222)" in letter["body"]
    assert "the line of the roster" not in letter["body"]
    assert (asked_about(NEW), asked_about("bo@lea.example")) == ([("P-22222222", None)], [])
    with reading() as db:
        assert current_address(db, OLD) == OLD
        mine = ids_of_addresses(db, [NEW])[NEW]
    keep_apart.fn(mine, "P-22222222", "operator")
    assert asked_about(NEW) == [("P-22222222", False)]


def test_who_is_on_record_under_the_address_is_asked_about_by_nobody(tmp_path: Path) -> None:
    open_season()
    store_person("P-22222222", NEW, "Ada Ley")
    store_person("P-33333333", OLD, "Ada Ley")
    rows = [survey_row(1, LEA_IDS[0], lead_email=NEW, lead_name="Ada Ley")]
    import_survey_files(csv_file(tmp_path / "survey.csv", rows))
    assert letters_written("unsure_persons") == []


def test_a_lead_named_on_a_list_is_asked_about_with_all_who_are_alike(tmp_path: Path) -> None:
    open_season()
    import_survey_files(csv_file(tmp_path / "survey.csv", [survey_row(1, LEA_IDS[0])]))
    store_person("P-22222222", OLD, "Ada Ley-Moss")
    store_person("P-33333333", "ada.ley@older.example", "Ada Ley")
    row = {"lea_id": LEA_IDS[0], "lead_name": "Ada Ley", "lead_email": NEW, "named_on": "2022-05-01"}
    stage_rows(tmp_path, InputKind.LEAD, MAY_2, row)
    assert settle_leads.fn("2022", "superintendent", MAY_2) == 1
    assert asked_about(NEW) == [("P-22222222", None), ("P-33333333", None)]
    (letter,) = letters_written("unsure_persons")
    assert "perhaps Ada Ley (P-33333333) or Ada Ley-Moss (P-22222222)" in letter["body"]


def test_an_evaluator_or_a_facilitator_with_another_address_is_asked_about_by_name(tmp_path: Path) -> None:
    open_season()
    facilitator = {"facilitator_id": "F901", "name": "Cy Hill", "slots": "", "maximum_cohorts": "1"}
    evaluator = {"evaluator_id": "E901", "name": "Di Ray", "lea_id": "", "tracks": "educator", "grade_bands": "middle"}

    def load(number: int, as_of: datetime) -> None:
        one = {**facilitator, "facilitator_id": f"F90{number}", "email": f"cy{number}@provider.example"}
        two = {**evaluator, "evaluator_id": f"E90{number}", "email": f"di{number}@panel.example", "conflicts": ""}
        load_panel("2022", csv_file(tmp_path / "f.csv", [one]), csv_file(tmp_path / "e.csv", [two]), as_of)

    load(1, MAY_2)
    assert letters_written("unsure_persons") == []
    load(2, MAY_2.replace(day=3))
    named = sorted(letter["body"] for letter in letters_written("unsure_persons"))
    assert ["A list of evaluators" in body for body in named] == [True, False]
    assert "A list of facilitators names somebody" in named[1]
    assert "- Cy Hill (P-" in named[1]
    with reading() as db:
        ids = ids_of_addresses(db, ["cy1@provider.example", "di1@panel.example"])
    assert asked_about("cy2@provider.example") == [(ids["cy1@provider.example"], None)]
    assert asked_about("di2@panel.example") == [(ids["di1@panel.example"], None)]
