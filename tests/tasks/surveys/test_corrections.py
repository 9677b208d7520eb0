"""Rejected responses go out to an operator as a table, and come back corrected."""

import csv
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from schemas.statuses import Disposition
from schemas.tables import Application, SeatRequestRow
from tasks.core.database import reading
from tasks.core.spreadsheets import STARTS_A_FORMULA
from tasks.surveys.corrections import export_quarantine
from tests.factories.season import LEA_IDS, csv_file
from tests.factories.surveys import IMPORTED, dispositions, import_survey_files, survey_row

pytestmark = pytest.mark.usefixtures("opened_season")


def exported(path: Path) -> list[dict[str, str]]:
    export_quarantine("2022", path)
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def test_a_rejected_response_goes_out_with_what_is_wrong_and_comes_back_corrected(tmp_path: Path) -> None:
    import_survey_files(
        csv_file(tmp_path / "s.csv", [survey_row(1, certification_seats="twenty"), survey_row(2, LEA_IDS[1])])
    )
    (row,) = exported(tmp_path / "q.csv")
    assert "certification_seats: this is not a number of seats, write a whole number, as 25" in row["what_is_wrong"]
    import_survey_files(
        csv_file(tmp_path / "q.csv", [row | {"certification_seats": "20"}]), as_of=IMPORTED + timedelta(days=3)
    )
    assert dispositions() == [Disposition.ACCEPTED, Disposition.ACCEPTED, Disposition.REPEATED]
    with reading() as db:
        request = db.get_one(SeatRequestRow, ("2022", LEA_IDS[0], "certification", 1))
    assert (request.seats_requested, request.placed_at) == (20, datetime(2022, 5, 2, 14, 1, tzinfo=UTC))
    assert exported(tmp_path / "q2.csv") == []


def test_a_correction_after_the_grace_period_stands_at_its_own_time(tmp_path: Path) -> None:
    import_survey_files(csv_file(tmp_path / "s.csv", [survey_row(1, certification_seats="twenty")]))
    (row,) = exported(tmp_path / "q.csv")
    late = IMPORTED + timedelta(days=11)
    import_survey_files(csv_file(tmp_path / "q.csv", [row | {"certification_seats": "20"}]), as_of=late)
    with reading() as db:
        assert db.scalars(select(SeatRequestRow)).one().placed_at == late


def test_what_is_handed_in_uncorrected_stays_where_it_was(tmp_path: Path) -> None:
    import_survey_files(csv_file(tmp_path / "s.csv", [survey_row(1, certification_seats="twenty")]))
    (row,) = exported(tmp_path / "q.csv")
    import_survey_files(csv_file(tmp_path / "q.csv", [row]))
    assert dispositions() == [Disposition.QUARANTINED, Disposition.REPEATED]
    assert len(exported(tmp_path / "q2.csv")) == 1


def test_a_correction_that_is_wrong_again_is_rejected_again_with_the_new_fault(tmp_path: Path) -> None:
    import_survey_files(csv_file(tmp_path / "s.csv", [survey_row(1, certification_seats="twenty")]))
    (row,) = exported(tmp_path / "q.csv")
    import_survey_files(csv_file(tmp_path / "q.csv", [row | {"certification_seats": "20", "option": "9"}]))
    (again,) = exported(tmp_path / "q2.csv")
    assert "options 1, 2 and 3" in again["what_is_wrong"]
    assert "certification_seats" not in again["what_is_wrong"]


def test_a_response_without_an_id_can_be_corrected_too_and_only_once(tmp_path: Path) -> None:
    rows = [survey_row(1, response_id=""), survey_row(2, LEA_IDS[1])]
    import_survey_files(csv_file(tmp_path / "s.csv", rows))
    (row,) = exported(tmp_path / "q.csv")
    import_survey_files(csv_file(tmp_path / "q.csv", [row]))
    import_survey_files(csv_file(tmp_path / "q3.csv", [row | {"certification_seats": "99"}]))
    assert dispositions() == [Disposition.ACCEPTED, Disposition.ACCEPTED, Disposition.REPEATED, Disposition.REPEATED]
    with reading() as db:
        assert len(list(db.scalars(select(Application)))) == 2


def test_a_cell_that_a_spreadsheet_would_run_goes_out_as_text_and_comes_back_as_it_was(tmp_path: Path) -> None:
    evil = '=HYPERLINK("http://x.example","x")'
    import_survey_files(
        csv_file(tmp_path / "s.csv", [survey_row(1, superintendent_name=evil, certification_seats="-1+1")])
    )
    (row,) = exported(tmp_path / "q.csv")
    assert not any(cell.startswith(STARTS_A_FORMULA) for cell in row.values())
    import_survey_files(csv_file(tmp_path / "q.csv", [row | {"certification_seats": "20"}]))
    with reading() as db:
        assert db.scalars(select(Application)).one().superintendent_name == evil
