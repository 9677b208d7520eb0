"""Letters about surveys: what was received, asked for, rejected, or changed."""

from dataclasses import replace
from datetime import date, datetime
from typing import Any

from rules.surveys.application import admit
from schemas.records import COMPONENT_NAMES, Lead, SurveyAnswer
from tests.factories.letters.example import DISTRICT, LATE, LEA_ID, Example, at
from tests.factories.season import policy
from tests.factories.surveys import FIRST_SUBMITTED, survey_answer

LEADS = Lead("Ada Holmann", "ada.holmann@ashford.example"), Lead("Ben Ruiz", "ben.ruiz@ashford.example")


def ashford_answer(option: int | None, lead_name: str = "Ada Holmann", **seats: int) -> SurveyAnswer:
    found = survey_answer(option, lea_id=LEA_ID, **seats)
    return replace(found, lead_name=lead_name, lead_email=LEADS[0].email)


def application_received(found: SurveyAnswer) -> dict[str, Any]:
    return {"answer": found, "lines": admit(found, policy()), "district": DISTRICT, "names": COMPONENT_NAMES}


def preferring(start_from: date | None, start_until: date | None) -> SurveyAnswer:
    """An answer that names when the district's cohorts are best to start."""
    return replace(ashford_answer(1, certification=25), start_from=start_from, start_until=start_until)


def fault(question: str, value: str, problem: str, remedy: str) -> dict[str, str]:
    return {"question": question, "value": value, "problem": problem, "remedy": remedy}


def response_rejected(
    *faults: dict[str, str], submitted_at: datetime | str = FIRST_SUBMITTED, **more: str
) -> dict[str, Any]:
    told = {"lead": "Ada Holmann", "response_id": "R_1", "keeps_place": submitted_at == FIRST_SUBMITTED} | more
    return {**told, "submitted_at": submitted_at, "faults": faults, "fix_by": date(2022, 5, 13)}


EXAMPLES: dict[str, list[Example]] = {
    "application_received": [
        Example(
            "several components",
            application_received(ashford_answer(3, certification=25, academy=12, librarian=8)),
            FIRST_SUBMITTED,
        ),
        Example("one seat", application_received(ashford_answer(2, academy=1)), FIRST_SUBMITTED),
        Example(
            "nothing that its option includes",
            application_received(ashford_answer(2, "", exfrl=3)),
            at(date(2022, 6, 20)),
        ),
        Example(
            "a preferred start",
            application_received(preferring(date(2022, 9, 19), date(2022, 10, 7))),
            FIRST_SUBMITTED,
        ),
        Example("a start that is too late", application_received(preferring(date(2023, 1, 9), None)), FIRST_SUBMITTED),
        Example("no seats", application_received(ashford_answer(2)), FIRST_SUBMITTED),
    ],
    "information": [
        Example("asked for", application_received(ashford_answer(None)), FIRST_SUBMITTED),
        Example("no name, late", application_received(ashford_answer(None, "")), LATE),
    ],
    "lead_changed": [
        Example("to the new one", {"lead": LEADS[1], "before": LEADS[0], "after": LEADS[1], "district": DISTRICT}),
        Example("to the one before", {"lead": LEADS[0], "before": LEADS[0], "after": LEADS[1], "district": DISTRICT}),
    ],
    "response_rejected": [
        Example(
            "several faults",
            response_rejected(
                fault("Seats in the Summer Learning Academy", "twenty", "this is not a number of seats", "write 25"),
                fault("The package", "7", "there are options 1, 2 and 3", "choose one of them"),
            ),
            at(date(2022, 5, 3)),
        ),
        Example(
            "one fault, and no time that can be read",
            response_rejected(
                fault("The time of submission", "", "there is no such day or time", "write it as 5/3/2022 14:30"),
                submitted_at="yesterday",
                lead="",
                response_id="",
            ),
            at(date(2022, 5, 3)),
        ),
    ],
}
