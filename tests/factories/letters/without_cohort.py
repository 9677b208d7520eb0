"""Letters about who has no cohort: the choices, and that the seat has ended."""

from datetime import date
from typing import Any

from rules.cohorts.choices import Choices, OpenSlot
from schemas.records import COMPONENT_NAMES, Component
from tests.factories.letters.example import DISTRICT, FIRST, PERSON, Example, application, at, educator
from tests.factories.season import policy

AUGUST, OCTOBER = at(date(2022, 8, 15)), at(date(2022, 10, 3))
MARKED = OpenSlot("TUE-15:30", FIRST, is_marked=True)
OTHERS = (OpenSlot("WED-15:30", date(2022, 9, 14), False), OpenSlot("SAT-09:00", date(2022, 9, 17), False))
NEXT = date(2022, 10, 3)


def unplaced(open_slots: tuple[OpenSlot, ...], next_plan_on: date | None) -> dict[str, Any]:
    return PERSON | {"choices": choices(open_slots, next_plan_on), "district": DISTRICT}


def unplaced_lead(people: int, open_slots: tuple[OpenSlot, ...], next_plan_on: date | None) -> dict[str, Any]:
    told = {"application": application(), "people": [educator(), educator("Li", "Wu")][:people], "district": DISTRICT}
    return told | {"choices": choices(open_slots, next_plan_on)}


def choices(open_slots: tuple[OpenSlot, ...], next_plan_on: date | None) -> Choices:
    return Choices(open_slots, next_plan_on, None if next_plan_on else policy().cohorts.latest_start_on)


def ended_lead(people: int) -> dict[str, Any]:
    told = {"application": application(), "people": [educator(), educator("Li", "Wu")][:people], "district": DISTRICT}
    return told | {"name": COMPONENT_NAMES[Component.CERTIFICATION]}


EXAMPLES = {
    "unplaced": [
        Example("other times have room", unplaced(OTHERS, None), AUGUST),
        Example("a time that the district marked has room", unplaced((MARKED, *OTHERS), NEXT), AUGUST),
        Example("no cohort has room", unplaced((), NEXT), AUGUST),
    ],
    "ended_without_cohort": [
        Example("", PERSON | {"district": DISTRICT, "name": COMPONENT_NAMES[Component.CERTIFICATION]}, OCTOBER),
    ],
    "ended_without_cohort_lead": [
        Example("two educators", ended_lead(2), OCTOBER),
        Example("one educator", ended_lead(1), OCTOBER),
    ],
    "unplaced_lead": [
        Example("two educators", unplaced_lead(2, OTHERS, None), AUGUST),
        Example("one educator, a marked time has room", unplaced_lead(1, (MARKED,), NEXT), AUGUST),
        Example("no cohort has room", unplaced_lead(1, (), None), AUGUST),
    ],
}
