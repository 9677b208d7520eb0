"""Look-alikes of the exports of LimeSurvey, Typeform, SurveyGizmo (Alchemer), and REDCap: their columns, generated answers.

The columns of each tool stand in public code that reads its exports (LimeSurvey's codes and ``"a";"b"``, Typeform's ``#`` and
``Submit Date (UTC)``, SurveyGizmo's list from ``Response ID`` to ``Postal``, REDCap's ``redcap_survey_identifier`` and
``..._timestamp``). From memory, and not checked against an export: LimeSurvey's headings in full (``Date last action``), how
SurveyGizmo heads a choice (``Monday:Slots``), and REDCap's headings in words (``Survey Timestamp``, ``(choice=...)``).
"""

from collections.abc import Sequence

from tests.factories.surveys import ANSWERS, QUESTIONS, TEXTS, csv_text

SLOTS = ("MON-15:30", "TUE-16:30")
SLOTS_TEXT = next(text for text in TEXTS if text.startswith("Possible days"))
OTHER_TEXTS = tuple(text for text in TEXTS if text != SLOTS_TEXT)
OTHER_ANSWERS = tuple(answer for answer in ANSWERS if not answer.startswith("MON"))


def limesurvey(*numbers: int, full: bool = True, numbered: bool = False) -> str:
    """All quoted, semicolons; headed by codes, by texts, or by both (``Q1. NCES district id``); a column for each choice."""
    codes = ["id", "submitdate", "lastpage", "startlanguage", "seed", "startdate", "datestamp"]
    words = ["Response ID", "Date submitted", "Last page", "Start language", "Seed", "Date started", "Date last action"]
    tags = [tag for tag, text, _ in QUESTIONS if text != SLOTS_TEXT]
    texts = [f"{tag}. {text}" for tag, text in zip(tags, OTHER_TEXTS, strict=True)] if numbered else [*OTHER_TEXTS]
    slots = [f"{SLOTS_TEXT} [{slot}]" for slot in SLOTS]
    header = [*(words if full else codes), *texts, *slots]
    rows = [
        [str(n), f"2022-05-0{n} 10:00:00", "4", "en", "12345", f"2022-05-0{n} 09:50:00", f"2022-05-0{n} 10:00:00",
         *OTHER_ANSWERS, "Yes", "Yes"]
        for n in numbers
    ]  # fmt: skip
    return csv_text([header, *rows], ";", quote_all=True)


def typeform(*numbers: int, response_type: str = "completed") -> str:
    """The response's token under ``#``; a column for each choice, headed by the choice alone; times in UTC."""
    header = ["#", *OTHER_TEXTS, *SLOTS, "Response Type", "Start Date (UTC)", "Stage Date (UTC)", "Submit Date (UTC)",
              "Network ID", "Tags"]  # fmt: skip
    rows = [
        [f"odwdp4nzj1xg6m9l36odwdp4nzlv2gc{n}", *OTHER_ANSWERS, *SLOTS, response_type, f"2022-05-0{n} 13:50:00", "",
         f"2022-05-0{n} 14:00:00", "653e97acae", ""]
        for n in numbers
    ]  # fmt: skip
    return csv_text([header, *rows])


def surveygizmo(*numbers: int, status: str = "Complete", written: str = "2022-05-0{} 10:00:00") -> str:
    """The tool's columns first, then the questions; each choice is headed ``choice:question``."""
    tool = [
        "Response ID", "Time Started", "Date Submitted", "Status", "Contact ID", "Legacy Comments", "Comments", "Language",
        "Referer", "SessionID", "User Agent", "Longitude", "Latitude", "Country", "City", "State/Region", "Postal",
    ]  # fmt: skip
    header = [*tool, *OTHER_TEXTS, *(f"{slot}:{SLOTS_TEXT}" for slot in SLOTS)]
    rows = [
        [str(n), written.format(n), written.format(n), status, *[""] * (len(tool) - 4), *OTHER_ANSWERS, *SLOTS]
        for n in numbers
    ]
    return csv_text([header, *rows], quote_all=True)


def redcap(*numbers: int, labels: bool = True, complete: str = "") -> str:
    """Headed by words with ``(choice=...)``, or by variables with ``___``; a box is Checked or Unchecked, 1 or 0."""
    if labels:
        header = ["Record ID", "Survey Identifier", "Survey Timestamp", *OTHER_TEXTS]
        header += [*(f"{SLOTS_TEXT} (choice={slot})" for slot in (*SLOTS, "WED-15:30")), "Complete?"]
        boxes = ["Checked", "Checked", "Unchecked", complete or "Complete"]
    else:
        header = ["record_id", "redcap_survey_identifier", "interest_survey_timestamp", *REDCAP_CODES]
        header += ["slots___1", "slots___2", "slots___3", "interest_survey_complete"]
        boxes = ["1", "1", "0", complete or "2"]
    rows = [[str(n), "", f"2022-05-0{n} 10:00:00", *OTHER_ANSWERS, *boxes] for n in numbers]
    return csv_text([header, *rows])


REDCAP_CODES = (
    "lea_id", "request", "option", "certification_seats", "academy_seats", "librarian_seats", "exfrl_seats", "lead_name",
    "lead_email",
)  # fmt: skip


def with_second_header(text: str, second: Sequence[str], delimiter: str = ",") -> str:
    """The export with another header row below its first one."""
    first, rest = text.split("\r\n", 1)
    return first + "\r\n" + csv_text([second], delimiter) + rest
