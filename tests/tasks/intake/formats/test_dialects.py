"""The survey tools' exports as they were seen in real files: header rows, ids, times, multi-selects, languages."""

from pathlib import Path

import pytest

from tasks.intake.written_days import moment_text
from tests.factories.surveys import (
    GERMAN,
    csv_text,
    google_forms,
    legacy_qualtrics,
    microsoft_forms,
    qualtrics,
    qualtrics_response,
    surveymonkey,
)
from tests.tasks.intake.test_read import Read, read, read_path


def told(found: Read) -> tuple[str, int, int]:
    return found.dialect, found.header_rows, len(found.cells)


def test_a_current_qualtrics_export_has_three_header_rows_and_every_name_of_a_column(tmp_path: Path) -> None:
    found = read(tmp_path, qualtrics(qualtrics_response(1), qualtrics_response(2)).encode())
    assert told(found) == ("qualtrics", 3, 2)
    assert found.columns[7].names == ("Q1", "NCES district id (7 digits)", "QID1")
    assert found.numbers == [4, 5]


def test_a_qualtrics_export_in_another_language_is_known_by_its_import_ids(tmp_path: Path) -> None:
    found = read(tmp_path, qualtrics(qualtrics_response(1), labels=GERMAN).encode())
    assert told(found) == ("qualtrics", 3, 1)
    assert found.columns[6].names == ("ResponseId", "Antwort-ID", "_recordId")


def test_an_early_export_with_python_style_ids_is_read_too(tmp_path: Path) -> None:
    found = read(tmp_path, qualtrics(qualtrics_response(1), python_ids=True).encode())
    assert told(found) == ("qualtrics", 3, 1)
    assert found.columns[7].names[-1] == "QID1"


def test_the_time_zone_of_an_export_is_kept(tmp_path: Path) -> None:
    ids = ['"{""ImportId"":""recordedDate"",""timeZone"":""America/Denver""}"', '"{""ImportId"":""QID1""}"']
    found = read(tmp_path, f"RecordedDate,Q1\nRecorded Date,x\n{','.join(ids)}\n2022-05-01 10:00:00,x\n".encode())
    assert found.zone == "America/Denver"


def test_a_legacy_qualtrics_export_has_two_header_rows_and_an_empty_last_column(tmp_path: Path) -> None:
    found = read(tmp_path, legacy_qualtrics(1, 2, 3).encode())
    assert told(found) == ("qualtrics-legacy", 2, 3)
    assert found.findings == []


def test_a_header_with_line_breaks_is_one_header_row(tmp_path: Path) -> None:
    found = read(tmp_path, csv_text([["ResponseId", "Line one\nline two"], ["R_1", "x"]]).encode())
    assert (found.header_rows, found.columns[1].names, len(found.cells)) == (1, ("Line one line two",), 1)


def test_a_first_response_is_never_taken_for_a_row_of_labels(tmp_path: Path) -> None:
    assert told(read(tmp_path, b"response_id,x\nR_0001,y\nR_0002,z\n")) == ("csv", 1, 2)


def test_a_google_forms_export_is_known_by_its_timestamps(tmp_path: Path) -> None:
    assert told(read(tmp_path, google_forms("2022/05/04 8:16:06 pm GMT-5").encode())) == ("google-forms", 1, 1)
    localised = google_forms("9/6/2018 0:06:16").replace("Timestamp", "Zeitstempel der Antwort")
    assert told(read(tmp_path, localised.encode())) == ("google-forms", 1, 1)


def test_a_surveymonkey_export_has_two_header_rows_and_a_column_for_each_choice(tmp_path: Path) -> None:
    found = read(tmp_path, surveymonkey(1, 2).encode())
    assert told(found) == ("surveymonkey", 2, 2)
    choices = [column for column in found.columns if column.choice]
    assert [column.choice for column in choices] == ["MON-15:30", "TUE-16:30"]


def test_a_surveymonkey_audience_export_has_one_header_row(tmp_path: Path) -> None:
    found = read(tmp_path, b"RespondentID,Do you?,<b>Which&nbsp;one?</b>\n1,Yes,A\n2,No,\n")
    assert told(found) == ("surveymonkey", 1, 2)
    assert found.columns[2].names == ("Which one?",)


@pytest.mark.parametrize(
    "header",
    [
        ("ID", "Start time", "Completion time", "Email", "Name"),
        ("ID", "Startzeit", "Fertigstellungszeit", "E-Mail", "Name"),
    ],
)
def test_a_microsoft_forms_workbook_is_known_in_any_language(tmp_path: Path, header: tuple[str, ...]) -> None:
    assert told(read_path(microsoft_forms(tmp_path / "x.xlsx", 1, 2, header=header))) == ("microsoft-forms", 1, 2)


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("2022-05-03 14:30:00", "2022-05-03 14:30:00"),
        ("2022-05-03T14:30:00Z", "2022-05-03T14:30:00Z"),
        ("2024/01/04 8:16:06 pm GMT-5", "2024-01-04 20:16:06-05:00"),
        ("2024/01/04 12:16:06 am GMT+5:30", "2024-01-04 00:16:06+05:30"),
        ("9/6/2018 0:06:16", "2018-09-06 00:06:16"),
        ("05/03/2022 02:30:11 PM", "2022-05-03 14:30:11"),
        ("5/3/22 10:11", "2022-05-03 10:11:00"),
        ("soon", "soon"),
    ],
)
def test_a_moment_is_kept_in_one_form_however_a_tool_writes_it(written: str, kept: str) -> None:
    assert moment_text(written) == kept
