"""LimeSurvey, Typeform, SurveyGizmo, and REDCap are known by their columns; header rows are found, or asked for."""

from pathlib import Path

import pytest

from schemas.contracts import SURVEY
from tasks.intake.match_headers import match_headers, wanted_names
from tasks.intake.read import open_source
from tests.factories.season import policy
from tests.factories.surveys import csv_text
from tests.tasks.intake.formats.look_alikes import (
    OTHER_TEXTS,
    SLOTS,
    SLOTS_TEXT,
    limesurvey,
    redcap,
    surveygizmo,
    typeform,
    with_second_header,
)
from tests.tasks.intake.test_read import read

CONTRACT = SURVEY.with_aliases(policy().survey.fields)


def mapped(tmp_path: Path, text: str) -> tuple[str, dict[str, list[str]], tuple[str, ...]]:
    """The dialect, which columns fill each field, and what an operator is told of columns that fill none."""
    path = tmp_path / "export.csv"
    path.write_text(text, encoding="utf-8", newline="")
    with open_source(path, wanted_names(CONTRACT)) as source:
        found = match_headers(source.head, CONTRACT)
        names = {name: [source.columns[i].names[0] for i in places] for name, places in found.fields.items()}
        return source.dialect, names, found.unmapped


@pytest.mark.parametrize(
    ("text", "dialect", "identity", "moment"),
    [
        (limesurvey(1, 2), "limesurvey", "Response ID", "Date submitted"),
        (limesurvey(1, 2, full=False, numbered=True), "limesurvey", "id", "submitdate"),
        (typeform(1, 2), "typeform", "#", "Submit Date (UTC)"),
        (surveygizmo(1, 2), "surveygizmo", "Response ID", "Date Submitted"),
        (redcap(1, 2), "redcap", "Record ID", "Survey Timestamp"),
        (redcap(1, 2, labels=False), "redcap", "record_id", "interest_survey_timestamp"),
    ],
)
def test_a_tools_id_and_time_are_known_and_every_question_finds_its_field(
    tmp_path: Path, text: str, dialect: str, identity: str, moment: str
) -> None:
    told, fields, unmapped = mapped(tmp_path, text)
    assert told == dialect
    assert (fields["response_id"], fields["submitted_at"]) == ([identity], [moment])
    assert {"lea_id", "request", "option", "certification_seats", "lead_email"} <= fields.keys()
    assert set(unmapped) <= set(SLOTS)  # Typeform says of a choice not which question it answers


@pytest.mark.parametrize("text", [limesurvey(1, 2), surveygizmo(1, 2), redcap(1, 2)])
def test_the_choices_of_a_question_are_gathered_under_it(tmp_path: Path, text: str) -> None:
    _, fields, _ = mapped(tmp_path, text)
    assert len(fields["slots"]) >= 2
    assert all(SLOTS_TEXT in name for name in fields["slots"])


def test_a_second_header_row_is_none_of_the_responses(tmp_path: Path) -> None:
    codes = ["id", "submitdate", "lastpage", "startlanguage", "seed", "startdate", "datestamp"]
    words = ["Response ID", "Date submitted", "Last page", "Start language", "Seed", "Date started", "Date last action"]
    header = [*codes, *(f"Q{n}" for n in range(len(OTHER_TEXTS)))]
    row = ["1", "2022-05-01 10:00:00", "4", "en", "1", "2022-05-01 10:00:00", "", *("x" for _ in OTHER_TEXTS)]
    text = csv_text([header, [*words, *OTHER_TEXTS], row, row])
    found = read(tmp_path, text.encode())
    assert (found.dialect, found.header_rows, found.numbers) == ("limesurvey", 2, [3, 4])
    assert found.columns[7].names == ("Q0", OTHER_TEXTS[0])


def test_grouped_headers_over_two_rows_name_the_question_and_its_choices(tmp_path: Path) -> None:
    first = ["Response ID", "Time Started", "Date Submitted", "Status", OTHER_TEXTS[0], SLOTS_TEXT, ""]
    second = ["", "", "", "", "", *SLOTS]
    row = ["7", "2022-05-01 10:00:00", "2022-05-01 10:09:00", "Complete", "0900002", *SLOTS]
    found = read(tmp_path, csv_text([first, second, row]).encode())
    assert (found.dialect, found.header_rows, len(found.cells)) == ("surveygizmo", 2, 1)
    assert [(column.groups, column.choice) for column in found.columns[5:]] == [((SLOTS_TEXT,), slot) for slot in SLOTS]


def test_a_first_response_without_a_time_is_no_header_row(tmp_path: Path) -> None:
    lines = surveygizmo(1, 2, 3).replace('"2022-05-01 10:00:00"', '""')
    assert read(tmp_path, lines.encode()).numbers == [2, 3, 4]


@pytest.mark.parametrize("dialect", ["csv", "google"])
def test_a_file_without_a_header_row_asks_for_one_and_takes_no_response_for_it(tmp_path: Path, dialect: str) -> None:
    first = {"csv": "R_0001,2022-05-02 10:00:00,0900002,Apply\n", "google": "2022/05/02 10:00:00 am,0900002,Apply,1\n"}
    found = read(tmp_path, (first[dialect] * 3).encode())
    assert (found.cells, found.columns) == ([], ())
    assert "looks like a response" in found.messages[0]
    assert found.messages[0].count("?") == 1


def test_a_header_that_an_address_stands_in_is_a_header_where_a_known_name_stands_beside_it(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_text("lead_email,help@cadre.example\nlead@lea.example,x\n", encoding="utf-8")
    with open_source(path, wanted_names(CONTRACT)) as source:
        assert [len(block) for block in source.blocks(10)] == [1]


def test_a_second_header_row_is_found_whatever_the_delimiter(tmp_path: Path) -> None:
    text = limesurvey(1, 2)
    width = text.split("\r\n", 1)[0].count('";"') + 1
    found = read(
        tmp_path,
        with_second_header(text, [f"column {'abcdefghijklmnopqrstuvwxyz'[n]}" for n in range(width)], ";").encode(),
    )
    assert (found.header_rows, len(found.cells)) == (2, 2)
