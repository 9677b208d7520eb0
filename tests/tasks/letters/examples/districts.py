"""Examples of the letters to districts and their staff: surveys, seats, enrollment, and the academy."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any

from rules.enrollment import change_session
from rules.seats.allocation import allocate, release_unfilled
from rules.seats.offers import OfferFacts, settle_answer, settle_silence
from rules.surveys.application import admit
from schemas.records import (
    COMPONENT_NAMES,
    Component,
    Lead,
    OfferedSeats,
    Ruling,
    SeatDecision,
    SeatRequest,
    SurveyAnswer,
)
from schemas.statuses import OfferAnswer
from schemas.tables import Webinar
from tests.tasks.letters.examples.people import DISTRICT, Example, application, at, educator, local, policy

SENT = datetime(2022, 5, 2, 14, 0, tzinfo=UTC)
JUNE, JULY, LATE = date(2022, 6, 15), date(2022, 7, 23), at(date(2022, 8, 5))
ACADEMY, COURSE = COMPONENT_NAMES[Component.ACADEMY], COMPONENT_NAMES[Component.EXFRL]
LEADS = Lead("Ada Holmann", "ada.holmann@ashford.example"), Lead("Ben Ruiz", "ben.ruiz@ashford.example")


def answer(option: int | None, lead_name: str = "Ada Holmann", **seats: int) -> SurveyAnswer:
    asked = {Component(name): number for name, number in seats.items()}
    to = "ada.holmann@ashford.example"
    return SurveyAnswer("R_1", SENT, "0900120", option is None, option, asked, (), "Sam Lee", lead_name, to)


def applied(found: SurveyAnswer) -> dict[str, Any]:
    return {"answer": found, "lines": admit(found, policy()), "district": DISTRICT, "names": COMPONENT_NAMES}


def fault(question: str, value: str, problem: str, remedy: str) -> dict[str, str]:
    return {"question": question, "value": value, "problem": problem, "remedy": remedy}


def rejected(*faults: dict[str, str], submitted_at: datetime | str = SENT, **more: str) -> dict[str, Any]:
    told = {"lead": "Ada Holmann", "response_id": "R_1", "keeps_place": submitted_at == SENT} | more
    return {**told, "submitted_at": submitted_at, "faults": faults, "fix_by": date(2022, 5, 13)}


def decided(left: Mapping[Component, int], **seats: int) -> list[SeatDecision]:
    requests = [
        SeatRequest("0900120", Component(name), 1, number, SENT + timedelta(minutes=1), "R_1")
        for name, number in seats.items()
    ]
    return list(allocate(requests, left, frozenset(), policy()))


def seats(decisions: list[SeatDecision], lead_name: str = "Ada Holmann", later_days: int = 0) -> dict[str, Any]:
    days = {
        "enroll_by": date(2022, 7, 22) + timedelta(later_days),
        "answer_by": date(2022, 7, 6) + timedelta(later_days),
    }
    told = {"application": application(lead_name), "district": DISTRICT, "names": COMPONENT_NAMES, **days}
    served = [item for item in decisions if item.seats_confirmed]
    offers = [
        OfferedSeats(f"O-2022-{number:04d}", COMPONENT_NAMES[item.request.component], item.seats_confirmed)
        for number, item in enumerate(served, start=17)
    ]
    return told | {"decisions": decisions, "offers": offers}


def released(number: int, kept: int, ruling: Ruling | None) -> dict[str, Any]:
    assert ruling is not None
    days = {"enroll_by": policy().enrollment.deadline_on, "answer_by": date(2022, 7, 6)}
    told = {"application": application(), "name": ACADEMY, "seats": number, "ruling": ruling, **days}
    return told | {"seats_kept": kept, "offer_id": "O-2022-0017"}


def offer(number: int) -> OfferFacts:
    days = {"offered_on": JUNE, "answer_by": date(2022, 7, 6)}
    return OfferFacts("O-2022-0017", ACADEMY, number, 0, is_closed=False, answer=OfferAnswer.NONE, **days)


def unfilled(number: int) -> Ruling | None:
    return release_unfilled(number, policy().enrollment.deadline_on)


def reminder(*items: tuple[str, int, int, int]) -> dict[str, Any]:
    names = ("name", "missing", "seats", "percent")
    found = [dict(zip(names, item, strict=True)) | {"enroll_by": date(2022, 7, 22)} for item in items]
    return {"application": application(), "district": DISTRICT, "items": found}


def webinar(**values: Any) -> dict[str, Any]:
    row = {"is_canceled": False, "recording_url": ""} | values
    item = Webinar(season="2022", webinar_id="SLW-2", title="From a course to your classroom", **row)
    return {"person": educator(), "webinar": item, "starts_at": local(date(2022, 7, 27), 16)}


def invited(*webinars: tuple[str, datetime]) -> dict[str, Any]:
    return {"person": educator(), "webinars": webinars}


def recommended(*titles: str, message: str = "", lead: str = "Ada Holmann") -> dict[str, Any]:
    return {"person": educator(), "titles": titles, "message": message, "district": DISTRICT, "lead": lead}


FULL: Mapping[Component, int] = dict.fromkeys(Component, 100)
WELCOME = ("Welcome to the Summer Learning Academy", local(date(2022, 7, 12), 16))
FAMILIES = "Engaging Families through Technology"

EXAMPLES: dict[str, list[Example]] = {
    "application_received": [
        Example("several components", applied(answer(3, certification=25, academy=12, librarian=8)), SENT),
        Example("one seat", applied(answer(2, academy=1)), SENT),
        Example("nothing that its option includes", applied(answer(2, "", exfrl=3)), at(date(2022, 6, 20))),
        Example("no seats", applied(answer(2)), SENT),
    ],
    "information": [
        Example("asked for", applied(answer(None)), SENT),
        Example("no name, late", applied(answer(None, "")), LATE),
    ],
    "lead_changed": [
        Example("to the new one", {"lead": LEADS[1], "before": LEADS[0], "after": LEADS[1], "district": DISTRICT}),
        Example("to the one before", {"lead": LEADS[0], "before": LEADS[0], "after": LEADS[1], "district": DISTRICT}),
    ],
    "response_rejected": [
        Example(
            "several faults",
            rejected(
                fault("Seats in the Summer Learning Academy", "twenty", "this is not a number of seats", "write 25"),
                fault("The package", "7", "there are options 1, 2 and 3", "choose one of them"),
            ),
            at(date(2022, 5, 3)),
        ),
        Example(
            "one fault, and no time that can be read",
            rejected(
                fault("The time of submission", "", "there is no such day or time", "write it as 5/3/2022 14:30"),
                submitted_at="yesterday",
                lead="",
                response_id="",
            ),
            at(date(2022, 5, 3)),
        ),
    ],
    "seats": [
        Example("all confirmed", seats(decided(FULL, certification=24, academy=60))),
        Example("partly confirmed", seats(decided({**FULL, Component.ACADEMY: 40}, certification=24, academy=60))),
        Example("one confirmed, one waits", seats(decided({Component.ACADEMY: 1}, academy=2))),
        Example("waitlisted", seats(decided({}, academy=1), "")),
        Example(
            "after the last release", seats(decided({Component.ACADEMY: 1}, academy=1, exfrl=2), later_days=51), LATE
        ),
    ],
    "seats_released": [
        Example("given back in part", released(3, 21, settle_answer(offer(24), 21, JUNE)), at(JUNE)),
        Example("declined", released(24, 0, settle_answer(offer(24), 0, JUNE)), at(JUNE)),
        Example("no answer", released(24, 0, settle_silence(offer(24), JULY)), at(date(2022, 7, 7))),
        Example("one seat not filled", released(1, 1, unfilled(1)), at(JULY)),
        Example("after the last release", released(2, 22, unfilled(2)), LATE),
    ],
    "commitment": [
        Example("in time", {"person": educator(), "name": ACADEMY, "enroll_by": date(2022, 7, 22)}),
        Example("for someone who left", {"person": educator(), "name": COURSE, "enroll_by": "2022-07-22"}, LATE),
    ],
    "reminder": [
        Example("several components", reminder((ACADEMY, 3, 60, 95), (COURSE, 2, 2, 0)), at(date(2022, 7, 15))),
        Example("one seat", reminder((ACADEMY, 1, 1, 0)), at(date(2022, 7, 20))),
        Example("after the last release", reminder((ACADEMY, 3, 60, 95)), LATE),
    ],
    "seat_passed_on": [Example("replaced", {"person": educator(), "name": ACADEMY})],
    "withdrawn": [Example("left", {"person": educator(), "name": ACADEMY})],
    "session_changed": [
        Example(
            "to the fall session",
            {"person": educator(), "session": "fall", "ruling": change_session("summer", "fall", JUNE, 9, policy())},
        )
    ],
    "academy_completed": [
        Example("two credits", {"person": educator(), "hours": 26}, LATE),
        Example("one credit", {"person": educator(), "hours": 13}, LATE),
        Example("no credit", {"person": educator(), "hours": 8}, LATE),
        Example("no credit, after the academy", {"person": educator(), "hours": 8}, at(date(2022, 10, 20))),
    ],
    "courses_recommended": [
        Example(
            "several", recommended(FAMILIES, "Creative Constructor Lab", message="They fit our plan for the fall.")
        ),
        Example("one course", recommended(FAMILIES, lead="")),
    ],
    "webinar_changed": [
        Example("canceled", webinar(is_canceled=True)),
        Example("recording", webinar(recording_url="https://video.example/slw-2")),
        Example("new time", webinar()),
    ],
    "webinars": [
        Example("several", invited(WELCOME, ("Questions and answers", local(date(2022, 8, 9), 16, 30)))),
        Example("one webinar", invited(WELCOME)),
    ],
}
