"""Letters about enrollment: forms to sign, seats to fill, and who comes or leaves."""

from datetime import date
from typing import Any

from rules.course_sessions import offer_session
from rules.enrollment import RosterRequest, SeatFacts, change_session, seat_person
from schemas.records import COMPONENT_NAMES, Component, Ruling
from tests.factories.letters.example import ACADEMY, DISTRICT, JUNE, LATE, LEA_ID, Example, application, at, educator
from tests.factories.season import policy

JUNE_20 = at(date(2022, 6, 20))
UNSURE = {
    "name": "Ada Holmann",
    "person": "P-7K3QX2MD",
    "district": DISTRICT,
    "candidates": [{"person": "P-22222222", "name": "Ada Holman"}, {"person": "P-33333333", "name": "Ada Holmann-Ley"}],
}
COURSE = COMPONENT_NAMES[Component.EXFRL]


def reminder(*items: tuple[str, int, int, int]) -> dict[str, Any]:
    names = ("name", "missing", "seats", "percent")
    found = [
        dict(zip(names, item, strict=True)) | {"enroll_by": date(2022, 7, 22), "first_confirmed": item[2] + 10}
        for item in items
    ]
    return {"application": application(), "district": DISTRICT, "items": found}


def roster_rejected(number: int) -> dict[str, Any]:
    request = RosterRequest("zoe.ley@lea.example", LEA_ID, Component.ACADEMY, "", is_librarian=False)
    facts = SeatFacts(60, 60, is_closed=False, enroll_by=date(2022, 7, 22), other_district=None)
    reason = seat_person(request, facts, date(2022, 6, 20), policy()).reason
    rows = [{"first_name": "Zoé", "last_name": "Ley"}, {"first_name": "Ben", "last_name": "Okoro"}]
    told = [{**row, "name": ACADEMY, "reason": reason} for row in rows[:number]]
    return {"application": application(), "district": DISTRICT, "rows": told}


def commitment(name: str, enroll_by: date | str, session: str = "", begun: str = "") -> dict[str, Any]:
    found = policy().exfrl.sessions.get(session)
    shown = (
        {"name": session, "opens_on": found.opens_on, "closes_on": found.closes_on, "begun": begun} if found else None
    )
    return {"person": educator(), "name": name, "enroll_by": enroll_by, "session": shown}


def offered(seats_left: dict[str, int]) -> Ruling:
    return offer_session("summer", date(2022, 7, 12), seats_left, policy())


EXAMPLES: dict[str, list[Example]] = {
    "commitment": [
        Example("in time", commitment(ACADEMY, date(2022, 7, 22))),
        Example("for someone who left", commitment(ACADEMY, "2022-07-22"), LATE),
        Example("summer session", commitment(COURSE, date(2022, 7, 22), "summer")),
        Example(
            "summer session has begun", commitment(COURSE, date(2022, 7, 22), "fall", "summer"), at(date(2022, 7, 12))
        ),
    ],
    "reminder": [
        Example("several components", reminder((ACADEMY, 3, 60, 95), (COURSE, 2, 2, 0)), at(date(2022, 7, 15))),
        Example("one seat", reminder((ACADEMY, 1, 1, 0)), at(date(2022, 7, 20))),
        Example("after the last release", reminder((ACADEMY, 3, 60, 95)), LATE),
    ],
    "seat_lapsed": [
        Example(
            "not signed", {"person": educator(), "name": ACADEMY, "enroll_by": date(2022, 7, 22)}, at(date(2022, 7, 23))
        )
    ],
    "roster_rejected": [
        Example("one person", roster_rejected(1), JUNE_20),
        Example("two people", roster_rejected(2), JUNE_20),
    ],
    "seat_passed_on": [Example("replaced", {"person": educator(), "name": ACADEMY})],
    "withdrawn": [Example("left", {"person": educator(), "name": ACADEMY})],
    "address_changed": [
        Example("to the new one", {"name": "Ada Holmann", "is_new": True}),
        Example("to the one before", {"name": "Ada Holmann", "is_new": False}),
    ],
    "unsure_persons": [
        Example("one with a seat", {"source": "roster", "people": [UNSURE]}),
        Example("several", {"source": "roster", "people": [UNSURE, {**UNSURE, "name": "Bo Moss", "person": ""}]}),
        Example("a lead", {"source": "survey", "people": [UNSURE]}),
        Example("a facilitator", {"source": "list of facilitators", "people": [{**UNSURE, "district": ""}]}),
    ],
    "course_welcome": [Example("summer", {"person": educator(), "session": "summer"})],
    "course_over": [Example("fall", {"person": educator(), "session": "fall"}, at(date(2022, 12, 5)))],
    "session_missed": [
        Example("no later session", {"person": educator(), "ruling": offered({})}, at(date(2022, 7, 12)))
    ],
    "session_changed": [
        Example(
            "the session had begun", {"person": educator(), "session": "fall", "ruling": offered({"fall": 4})}, LATE
        ),
        Example(
            "to the fall session",
            {"person": educator(), "session": "fall", "ruling": change_session("summer", "fall", JUNE, 9, policy())},
        ),
    ],
}
