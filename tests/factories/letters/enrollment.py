"""Letters about enrollment: forms to sign, seats to fill, and who comes or leaves."""

from datetime import date
from typing import Any

from rules.enrollment import change_session
from schemas.records import COMPONENT_NAMES, Component
from tests.factories.letters.example import ACADEMY, DISTRICT, JUNE, LATE, Example, application, at, educator
from tests.factories.season import policy

COURSE = COMPONENT_NAMES[Component.EXFRL]


def reminder(*items: tuple[str, int, int, int]) -> dict[str, Any]:
    names = ("name", "missing", "seats", "percent")
    found = [
        dict(zip(names, item, strict=True)) | {"enroll_by": date(2022, 7, 22), "first_confirmed": item[2] + 10}
        for item in items
    ]
    return {"application": application(), "district": DISTRICT, "items": found}


EXAMPLES: dict[str, list[Example]] = {
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
}
