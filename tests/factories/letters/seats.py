"""Letters about seats: what a district has, and what it has given back."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from rules.seats.allocation import allocate, release_unfilled
from rules.seats.offers import settle_answer, settle_silence
from schemas.records import COMPONENT_NAMES, Component, OfferedSeats, Ruling, SeatDecision
from tests.factories.letters.example import ACADEMY, DISTRICT, JUNE, LATE, LEA_ID, Example, application, at
from tests.factories.season import policy
from tests.factories.seats import offer_facts, seat_request

JULY = date(2022, 7, 23)
FULL: Mapping[Component, int] = dict.fromkeys(Component, 100)
OFFER = offer_facts(name=ACADEMY, seats_held=24)


def seat_decisions(left: Mapping[Component, int], **seats: int) -> list[SeatDecision]:
    requests = [seat_request(number, 1, LEA_ID, Component(name)) for name, number in seats.items()]
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


def seats_released(number: int, kept: int, ruling: Ruling | None) -> dict[str, Any]:
    assert ruling is not None
    days = {"enroll_by": policy().enrollment.deadline_on, "answer_by": date(2022, 7, 6)}
    told = {"application": application(), "name": ACADEMY, "seats": number, "ruling": ruling, **days}
    return told | {"seats_kept": kept, "offer_id": "O-2022-0017"}


def unfilled_seats_ruling(number: int) -> Ruling | None:
    return release_unfilled(number, policy().enrollment.deadline_on)


EXAMPLES: dict[str, list[Example]] = {
    "seats": [
        Example("all confirmed", seats(seat_decisions(FULL, certification=24, academy=60))),
        Example(
            "partly confirmed", seats(seat_decisions({**FULL, Component.ACADEMY: 40}, certification=24, academy=60))
        ),
        Example("one confirmed, one waits", seats(seat_decisions({Component.ACADEMY: 1}, academy=2))),
        Example("waitlisted", seats(seat_decisions({}, academy=1), "")),
        Example(
            "after the last release",
            seats(seat_decisions({Component.ACADEMY: 1}, academy=1, exfrl=2), later_days=51),
            LATE,
        ),
    ],
    "seats_released": [
        Example("given back in part", seats_released(3, 21, settle_answer(OFFER, 21, JUNE)), at(JUNE)),
        Example("declined", seats_released(24, 0, settle_answer(OFFER, 0, JUNE)), at(JUNE)),
        Example("no answer", seats_released(24, 0, settle_silence(OFFER, JULY)), at(date(2022, 7, 7))),
        Example("one seat not filled", seats_released(1, 1, unfilled_seats_ruling(1)), at(JULY)),
        Example("after the last release", seats_released(2, 22, unfilled_seats_ruling(2)), LATE),
    ],
}
