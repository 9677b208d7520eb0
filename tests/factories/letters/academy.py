"""Letters about the academy: webinars, courses, and completion."""

from datetime import date, datetime
from typing import Any

from schemas.tables import Webinar
from tests.factories.letters.example import DISTRICT, LATE, Example, at, educator, local

WELCOME = ("Welcome to the Summer Learning Academy", local(date(2022, 7, 12), 16))
FAMILIES = "Engaging Families through Technology"


def webinar_changed(**values: Any) -> dict[str, Any]:
    row = {"is_canceled": False, "recording_url": ""} | values
    item = Webinar(season="2022", webinar_id="SLW-2", title="From a course to your classroom", **row)
    return {"person": educator(), "webinar": item, "starts_at": local(date(2022, 7, 27), 16)}


def webinars(*webinars: tuple[str, datetime]) -> dict[str, Any]:
    return {"person": educator(), "webinars": webinars}


def courses_recommended(*titles: str, message: str = "", lead: str = "Ada Holmann") -> dict[str, Any]:
    return {"person": educator(), "titles": titles, "message": message, "district": DISTRICT, "lead": lead}


EXAMPLES: dict[str, list[Example]] = {
    "academy_completed": [
        Example("two credits", {"person": educator(), "hours": 26}, LATE),
        Example("one credit", {"person": educator(), "hours": 13}, LATE),
        Example("no credit", {"person": educator(), "hours": 8}, LATE),
        Example("no credit, after the academy", {"person": educator(), "hours": 8}, at(date(2022, 10, 20))),
    ],
    "courses_recommended": [
        Example(
            "several",
            courses_recommended(FAMILIES, "Creative Constructor Lab", message="They fit our plan for the fall."),
        ),
        Example("one course", courses_recommended(FAMILIES, lead="")),
    ],
    "webinar_changed": [
        Example("canceled", webinar_changed(is_canceled=True)),
        Example("recording", webinar_changed(recording_url="https://video.example/slw-2")),
        Example("new time", webinar_changed()),
    ],
    "webinars": [
        Example("several", webinars(WELCOME, ("Questions and answers", local(date(2022, 8, 9), 16, 30)))),
        Example("one webinar", webinars(WELCOME)),
    ],
}
