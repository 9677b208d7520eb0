"""Which column fills which field: never by a question's number alone, never silently one of two, never by a guess."""

from pathlib import Path

import pytest

from schemas.contracts import SURVEY
from tasks.intake.formats.dialects import read_head
from tasks.intake.match_headers import CONFIDENCE_PERCENT, MatchedHeaders, match_headers, proposals
from tests.factories.season import policy
from tests.factories.surveys import QUESTIONS, SURVEY_HEADER, qualtrics, qualtrics_response
from tests.tasks.intake.test_read import read

CONTRACT = SURVEY.with_aliases(policy().survey.fields)
FOREIGN = (
    "Respondent", "Hobby", "OpenSource", "Country", "Student", "Employment", "FormalEducation", "UndergradMajor",
    "CompanySize", "DevType", "YearsCoding", "JobSatisfaction", "Sublime Text", "Notepad++", "Visual Studio", "Vim", "IDE",
    "OperatingSystem", "SurveyTooLong", "SurveyEasy", "SelectionTool", "Options", "Statues", "Leader", "Sheets",
    "Do you celebrate Thanksgiving?", "What is typically the main dish?", "How would you describe where you live?", "US Region",
)  # fmt: skip


def matched(*header: str) -> MatchedHeaders:
    return match_headers(read_head([header], "csv"), CONTRACT)


def test_for_the_questions_of_another_survey_nothing_is_proposed() -> None:
    found = matched(*FOREIGN)
    assert proposals(found, CONTRACT) == {}
    assert not any("did you mean" in message for message in found.messages)


@pytest.mark.parametrize(
    ("name", "header"),
    [
        ("lead_email", "lead_emial"),
        ("lead_email", "E-mail of district lead"),
        ("certification_seats", "Seats in ISTE certification for educator"),
        ("submitted_at", "Submited at"),
    ],
)
def test_a_column_that_is_named_almost_like_a_field_is_proposed_for_it(name: str, header: str) -> None:
    assert proposals(matched(*FOREIGN, header), CONTRACT) == {name: header}


def test_of_two_columns_that_are_as_alike_none_is_proposed_and_one_column_for_one_field_only() -> None:
    assert proposals(matched("lead_emial", "lead_emali"), CONTRACT) == {}
    found = proposals(matched("start_fron"), CONTRACT)
    assert list(found.values()) == ["start_fron"]
    assert CONFIDENCE_PERCENT >= 80


def test_a_qualtrics_survey_on_something_else_fills_no_field_by_the_numbers_of_its_questions(tmp_path: Path) -> None:
    text = qualtrics(qualtrics_response(1))
    for number, (_, question, _) in enumerate(QUESTIONS):
        text = text.replace(question, f"A question on something else: {number}")
    path = tmp_path / "other.csv"
    path.write_text(text, encoding="utf-8")
    found = match_headers(read_head(read_rows(path), "csv"), CONTRACT)
    assert found.fields.keys() <= {"response_id", "submitted_at", "finished", "status"}
    (message,) = (m for m in found.messages if m.startswith("The column 'option' is missing"))
    assert "'A question on something else: 2' has the number of its question and another text" in message


def read_rows(path: Path) -> list[list[str]]:
    import csv

    with path.open(encoding="utf-8", newline="") as file:
        return [*csv.reader(file)]


def test_the_number_of_a_question_tells_two_columns_of_the_same_text_apart() -> None:
    text = "District lead"
    head = read_head([["A", "B"], [text, text], ['{"ImportId":"QID77"}', '{"ImportId":"QID11"}'], ["x", "y"]], "csv")
    found = match_headers(head, CONTRACT)
    assert (found.fields["lead_name"], found.repeated) == ((1,), {})


def test_a_header_that_stands_twice_is_told_and_both_columns_are_looked_at() -> None:
    found = matched(*SURVEY_HEADER, "Lead Email")
    place = SURVEY_HEADER.index("lead_email")
    assert found.repeated == {"lead_email": (place, len(SURVEY_HEADER))}
    assert "'lead_email' stands 2 times in the file" in found.messages[0]


def test_a_question_with_several_answers_does_not_take_the_boxes_that_are_not_checked(tmp_path: Path) -> None:
    from tasks.intake.match_headers import joined_choices

    head = read(tmp_path, b"x [A],x [B],x [C],x [D]\nChecked,Unchecked,N/A,0\n")
    cells = [list(column) for column in zip(*head.cells, strict=True)]
    assert joined_choices(cells, head.columns) == ["A"]
