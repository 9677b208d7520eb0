"""Survey submissions: as records, as rows of a plain file, as the exports that survey tools write, and imported.

The exports are generated: they have the facts of real files, and none of their content.
"""

import csv
import io
import json
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import openpyxl

from schemas.records import Component, SurveyAnswer
from tests.factories.season import LEA_IDS

if TYPE_CHECKING:
    from tasks.intake.store import FileReport

FIRST_SUBMITTED = datetime(2022, 5, 2, 14, 0, tzinfo=UTC)
IMPORTED = datetime(2022, 6, 11, 13, 0, tzinfo=UTC)
SURVEY_HEADER = (
    "response_id", "submitted_at", "finished", "lea_id", "district_name", "request", "option", "certification_seats",
    "academy_seats", "librarian_seats", "exfrl_seats", "slots", "start_from", "start_until",
    "superintendent_name", "lead_name", "lead_email",
)  # fmt: skip

QUALTRICS_TOOL = ("StartDate", "EndDate", "Status", "Progress", "Finished", "RecordedDate", "ResponseId")
QUALTRICS_IDS = ("startDate", "endDate", "status", "progress", "finished", "recordedDate", "_recordId")
GERMAN = ("Anfangsdatum", "Enddatum", "Antworttyp", "Fortschritt", "Beendet", "Erfassungsdatum", "Antwort-ID")
QUESTIONS = (
    ("Q1", "NCES district id (7 digits)", "QID1"),
    ("Q3", "Would you like to apply, or to receive more information?", "QID3"),
    ("Q4", "Which package does your district choose?", "QID4"),
    ("Q5", "Seats in ISTE Certification for Educators", "QID5"),
    ("Q6", "Seats in the Summer Learning Academy", "QID6"),
    ("Q7", "Add-on: seats in ISTE Certification for Librarians", "QID7"),
    ("Q8", "Add-on: seats in Exploring Future Ready Librarianship", "QID8"),
    ("Q9", "Possible days and times for the sessions, best first", "QID9"),
    ("Q11", "District lead", "QID11"),
    ("Q12", "E-mail of the district lead", "QID12"),
)
TEXTS = tuple(text for _, text, _ in QUESTIONS)
ANSWERS = (
    "0900002",
    "Apply",
    "Option 1: Certification",
    "25",
    "",
    "",
    "",
    "MON-15:30; TUE-16:30",
    "Ada Holmann",
    "lead@lea.example",
)


def survey_answer(option: int | None = 1, hours: int = 0, lea_id: str = "0900002", **seats: int) -> SurveyAnswer:
    """What a rule takes: seats by component, ``survey_answer(3, certification=25, academy=12)``."""
    return SurveyAnswer(
        response_id=f"R{hours:04d}",
        submitted_at=FIRST_SUBMITTED + timedelta(hours=hours),
        lea_id=lea_id,
        is_information_request=option is None,
        option=option,
        seats={Component(name): number for name, number in seats.items()},
        slots=(),
        superintendent_name="",
        lead_name="Ada Holmann",
        lead_email="lead@lea.example",
    )


def survey_row(number: int, lea_id: str = LEA_IDS[0], **changes: str) -> dict[str, str]:
    row = dict.fromkeys(SURVEY_HEADER, "")
    row |= {
        "response_id": f"R_{number:04d}",
        "submitted_at": f"2022-05-0{1 + number % 8} 10:{number % 60:02d}:00",
        "finished": "yes",
        "lea_id": lea_id,
        "request": "Apply",
        "option": "1",
        "certification_seats": "25",
        "lead_name": "Ada Holmann",
        "lead_email": "lead@lea.example",
    }
    return row | changes


def import_survey_files(*paths: Path, as_of: datetime = IMPORTED) -> "list[FileReport]":
    """Import files as the flow does, with the flow's control totals."""
    from tasks.season.control_totals import tally
    from tasks.surveys.import_surveys import import_responses

    reports = import_responses.fn("2022", as_of, list(paths))
    found = tally("2022", "survey")
    assert found.holds, found.counts
    assert found.waiting == 0
    return reports


def disposition_by_row() -> dict[int, str]:
    """What became of each row of the one file that was imported."""
    from sqlalchemy import select

    from schemas.tables import IntakeRow
    from tasks.core.database import reading

    with reading() as db:
        return {row.row_number: row.disposition for row in db.scalars(select(IntakeRow).order_by(IntakeRow.row_number))}


def dispositions() -> list[str]:
    """What became of all rows, of whatever file, in the order of the alphabet."""
    from sqlalchemy import select

    from schemas.tables import IntakeRow
    from tasks.core.database import reading

    with reading() as db:
        return sorted(db.scalars(select(IntakeRow.disposition)))


def csv_text(rows: Iterable[Sequence[str]], delimiter: str = ",", *, quote_all: bool = False) -> str:
    file = io.StringIO()
    csv.writer(file, delimiter=delimiter, quoting=csv.QUOTE_ALL if quote_all else csv.QUOTE_MINIMAL).writerows(rows)
    return file.getvalue()


def qualtrics(*responses: Sequence[str], labels: Sequence[str] = QUALTRICS_TOOL, python_ids: bool = False) -> str:
    """The current layout: tags, texts (localised), ImportIds."""
    ids = [*QUALTRICS_IDS, *(qid for _, _, qid in QUESTIONS)]
    third = [repr({"ImportId": i}) if python_ids else json.dumps({"ImportId": i}) for i in ids]
    rows = [
        [*QUALTRICS_TOOL, *(tag for tag, _, _ in QUESTIONS)],
        [*labels, *TEXTS],
        third,
        *([*response, *ANSWERS] for response in responses),
    ]
    return csv_text(rows)


def qualtrics_response(number: int, status: str = "IP Address", finished: str = "True") -> list[str]:
    sent = f"2022-05-0{number} 10:00:00"
    return [sent, sent, status, "100", finished, sent, f"R_{number:015d}"]


def legacy_qualtrics(*numbers: int) -> str:
    """V1 to V10, two header rows, and an empty column at the end."""
    tags = [f"V{n}" for n in range(1, 11)]
    labels = [
        "ResponseID", "ResponseSet", "Name", "ExternalDataReference", "EmailAddress", "IPAddress", "Status", "StartDate",
        "EndDate", "Finished",
    ]  # fmt: skip
    rows = [[*tags, *(tag for tag, _, _ in QUESTIONS), ""], [*labels, *TEXTS, ""]]
    for n in numbers:
        sent = f"2022-05-0{n} 10:00:00"
        rows.append([f"R_legacy{n:09d}", "Default", "Anonymous", "", "", "", "0", sent, sent, "1", *ANSWERS, ""])
    return csv_text(rows)


def google_forms(*stamps: str, slots: str = "MON-15:30;TUE-16:30") -> str:
    answers = [slots if answer.startswith("MON") else answer for answer in ANSWERS]
    return csv_text([["Timestamp", *TEXTS], *([stamp, *answers] for stamp in stamps)], quote_all=True)


def surveymonkey(*numbers: int) -> str:
    """Two header rows, the question blank where it goes on, and a column for each choice of the slots."""
    first = ["Respondent ID", "Collector ID", "Start Date", "End Date", "IP Address"]
    heads, seconds = [*first], [""] * len(first)
    for text in TEXTS:
        several = text.startswith("Possible days")
        heads += [text, ""] if several else [text]
        seconds += ["MON-15:30", "TUE-16:30"] if several else ["Open-Ended Response"]
    rows = [heads, seconds]
    for n in numbers:
        sent = f"05/0{n}/2022 02:30:11 PM"
        answers = [
            part
            for answer in ANSWERS
            for part in (["MON-15:30", "TUE-16:30"] if answer.startswith("MON") else [answer])
        ]
        rows.append([f"1180000{n}", "400", sent, sent, "", *answers])
    return csv_text(rows)


def microsoft_forms(
    path: Path, *numbers: int, header: Sequence[str] = ("ID", "Start time", "Completion time", "Email", "Name")
) -> Path:
    book = openpyxl.Workbook()
    sheet = book.worksheets[0]
    sheet.append([*header, *(text.replace(" ", "\xa0", 1) for text in TEXTS)])
    for n in numbers:
        sheet.append([n, f"5/{n}/22 10:00:00", f"5/{n}/22 10:11:00", "anonymous", "", *ANSWERS])
    book.save(path)
    return path
