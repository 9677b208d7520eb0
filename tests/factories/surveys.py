"""Look-alikes of the exports that survey tools write, generated: the facts of real files, and none of their content."""

import csv
import io
import json
from collections.abc import Iterable, Sequence
from pathlib import Path

import openpyxl

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
