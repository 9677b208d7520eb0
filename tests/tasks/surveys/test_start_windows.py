"""When a district prefers its cohorts to start: asked in the survey, stored with its submission, and checked."""

from datetime import date, datetime
from pathlib import Path

import openpyxl
import pytest
from sqlalchemy import select

from schemas.statuses import Disposition
from schemas.tables import Application, Decision, QuarantineItem
from tasks.core.database import reading
from tests.factories.letters.written import letters_written
from tests.factories.season import LEA_IDS, csv_file
from tests.factories.surveys import dispositions, import_survey_files, survey_row

pytestmark = pytest.mark.usefixtures("opened_season")


def preferred() -> tuple[date | None, date | None]:
    with reading() as db:
        application = db.get_one(Application, ("2022", LEA_IDS[0]))
        return application.start_from, application.start_until


def test_the_preferred_start_of_the_newest_submission_is_the_one_that_counts(tmp_path: Path) -> None:
    window = {"start_from": "2022-09-19", "start_until": "2022-10-07"}
    import_survey_files(csv_file(tmp_path / "a.csv", [survey_row(1, **window)]))
    assert preferred() == (date(2022, 9, 19), date(2022, 10, 7))
    (letter,) = letters_written("application_received")
    assert "from Monday, September 19, 2022 through Friday, October 7, 2022" in letter["body"]
    import_survey_files(csv_file(tmp_path / "b.csv", [survey_row(2)]))
    assert preferred() == (None, None)


def test_days_are_understood_as_tools_and_spreadsheets_write_them(tmp_path: Path) -> None:
    row = {**survey_row(1), "start_from": datetime(2022, 9, 19), "start_until": "10/7/2022"}  # noqa: DTZ001 - a cell
    book = openpyxl.Workbook()
    book.worksheets[0].append(list(row))
    book.worksheets[0].append(list(row.values()))
    book.save(tmp_path / "a.xlsx")
    import_survey_files(tmp_path / "a.xlsx")
    assert preferred() == (date(2022, 9, 19), date(2022, 10, 7))


def test_a_survey_that_does_not_ask_for_the_start_is_imported_as_before(tmp_path: Path) -> None:
    row = {name: value for name, value in survey_row(1).items() if not name.startswith("start_")}
    import_survey_files(csv_file(tmp_path / "a.csv", [row]))
    assert (preferred(), dispositions()) == ((None, None), [Disposition.ACCEPTED])


@pytest.mark.parametrize(
    ("window", "rule", "problem"),
    [
        ({"start_from": "in fall"}, "IS-020", "this is not a date"),
        ({"start_until": "2022-09-31"}, "IS-021", "this is not a date"),
        ({"start_from": "0022-09-19"}, "IS-020", "this is not a date"),
        (
            {"start_from": "2022-10-07", "start_until": "2022-09-19"},
            "IS-022",
            "the latest start is before the earliest one, 2022-10-07",
        ),
    ],
)
def test_a_start_that_cannot_be_is_rejected_and_the_lead_is_told_which_answer_to_correct(
    tmp_path: Path, window: dict[str, str], rule: str, problem: str
) -> None:
    import_survey_files(csv_file(tmp_path / "a.csv", [survey_row(1, **window), survey_row(2, LEA_IDS[1])]))
    assert dispositions() == [Disposition.ACCEPTED, Disposition.QUARANTINED]
    with reading() as db:
        item = db.scalars(select(QuarantineItem)).one()
    assert (item.rule, item.field in window, item.problem) == (rule, True, problem)
    (letter,) = letters_written("response_rejected")
    assert "date on which a cohort can start" in letter["body"]


def test_a_start_outside_the_seasons_is_told_as_a_note_and_the_seats_stay(tmp_path: Path) -> None:
    import_survey_files(csv_file(tmp_path / "a.csv", [survey_row(1, start_from="2023-01-09")]))
    assert preferred() == (date(2023, 1, 9), None)
    (letter,) = letters_written("application_received")
    assert "- 25 seats in ISTE Certification for Educators. Cohorts start from Monday, September 12" in letter["body"]
    with reading() as db:
        note = db.scalars(select(Decision).where(Decision.rule == "start-window")).one()
    assert note.subject_key == f"{LEA_IDS[0]}/certification"
