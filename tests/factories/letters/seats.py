"""Letters about seats: what a district has, and what it has given back."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from rules.seats.allocation import allocate, release_unfilled
from rules.seats.offers import settle_answer, settle_silence
from rules.seats.waitlist import MoreSeats, close_waitlist, leave_waitlist, request_more
from rules.surveys.application import admit
from schemas.records import COMPONENT_NAMES, Component, OfferedSeats, Ruling, SeatDecision
from tests.factories.letters.example import ACADEMY, DISTRICT, JUNE, LATE, LEA_ID, Example, application, at
from tests.factories.season import policy
from tests.factories.seats import offer_facts, seat_request
from tests.factories.surveys import survey_answer

JULY = date(2022, 7, 23)
FULL: Mapping[Component, int] = dict.fromkeys(Component, 100)
LAST_DAY = policy().enrollment.last_release_on
REST = leave_waitlist(Component.ACADEMY, 16, LAST_DAY)
((OVER_MAXIMUM,),) = [[r.reason for r in line.rulings] for line in admit(survey_answer(3, exfrl=7), policy())]
((NOT_IN_OPTION,),) = [[r.reason for r in line.rulings] for line in admit(survey_answer(2, exfrl=1), policy())]
OFFER = offer_facts(name=ACADEMY, seats_held=24)


def seat_decisions(left: Mapping[Component, int], **seats: int) -> list[SeatDecision]:
    requests = [seat_request(number, 1, LEA_ID, Component(name)) for name, number in seats.items()]
    return list(allocate(requests, left, {LEA_ID: 1}))


def two_requests() -> list[SeatDecision]:
    """All of an earlier request, and part of a later one of the same district."""
    first = seat_request(38, 1, LEA_ID, Component.ACADEMY)
    later = replace(first, request_number=2, seats_requested=19, placed_at=first.placed_at + timedelta(days=20))
    return list(allocate([first, later], {Component.ACADEMY: 45}, {}))


def seats(
    decisions: list[SeatDecision], lead_name: str = "Ada Holmann", later_days: int = 0, declined: Sequence[str] = ()
) -> dict[str, Any]:
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
    return told | {"decisions": decisions, "offers": offers, "declined": [*declined]}


def seats_released(
    number: int, kept: int, ruling: Ruling | None, rest: Ruling | None = None, *, is_awaited: bool = True
) -> dict[str, Any]:
    assert ruling is not None
    days = {"enroll_by": policy().enrollment.deadline_on, "answer_by": date(2022, 7, 6)}
    told = {"application": application(), "name": ACADEMY, "seats": number, "ruling": ruling, **days}
    return told | {
        "block": {"seats_confirmed": kept},
        "offer_id": "O-2022-0017",
        "rest": rest,
        "is_awaited": is_awaited,
    }


def more_seats(
    seats: int, today: date, position: int | None, lead_name: str = "Ada Holmann", offered: int = 0
) -> dict[str, Any]:
    asked = MoreSeats(Component.EXFRL, seats, 2, 3, 0)
    told = {"application": application(lead_name), "ruling": request_more(asked, today, policy()), "position": position}
    return told | {"seats_offered": offered, "seats_waiting": seats - offered if position else 0}


def waitlist_closed(*rulings: Ruling) -> dict[str, Any]:
    return {"application": application(), "district": DISTRICT, "rulings": list(rulings)}


def unfilled_seats_ruling(number: int) -> Ruling | None:
    return release_unfilled(number, policy().enrollment.deadline_on)


EXAMPLES: dict[str, list[Example]] = {
    "seats": [
        Example("all confirmed", seats(seat_decisions(FULL, certification=24, academy=60))),
        Example(
            "partly confirmed", seats(seat_decisions({**FULL, Component.ACADEMY: 40}, certification=24, academy=60))
        ),
        Example("one confirmed, one waits", seats(seat_decisions({Component.ACADEMY: 1}, academy=2))),
        Example("two requests", seats(two_requests())),
        Example("waitlisted", seats(seat_decisions({}, academy=1), "")),
        Example("part of the librarian seats", seats(seat_decisions(FULL, certification=2, librarian=5))),
        Example(
            "every kind of line",
            seats(
                seat_decisions({**FULL, Component.ACADEMY: 0}, certification=24, academy=60), declined=[OVER_MAXIMUM]
            ),
        ),
        Example("all declined", seats(seat_decisions(FULL, librarian=3), declined=[NOT_IN_OPTION])),
        Example(
            "after the last release",
            seats(seat_decisions({Component.ACADEMY: 1}, academy=1, exfrl=2), later_days=51),
            LATE,
        ),
    ],
    "more_seats": [
        Example("on the waitlist", more_seats(3, JULY, 12), at(JULY)),
        Example("one seat, before mid-June", more_seats(1, date(2022, 6, 12), None, ""), at(date(2022, 6, 12))),
        Example("more than the maximum", more_seats(4, JULY, 1), at(JULY)),
        Example("rejected", more_seats(3, date(2022, 8, 1), None), at(date(2022, 8, 1))),
        Example("offered at once", more_seats(3, JULY, None, offered=3), at(JULY)),
        Example("part offered at once", more_seats(3, JULY, 1, offered=1), at(JULY)),
    ],
    "waitlist_closed": [
        Example("one request", waitlist_closed(close_waitlist(Component.ACADEMY, 1, LAST_DAY)), at(LAST_DAY)),
        Example(
            "two requests",
            waitlist_closed(*[close_waitlist(c, 12, LAST_DAY) for c in (Component.ACADEMY, Component.EXFRL)]),
            at(LAST_DAY),
        ),
    ],
    "seats_released": [
        Example("given back in part", seats_released(3, 21, settle_answer(OFFER, 21, JUNE)), at(JUNE)),
        Example("part taken while more waits", seats_released(3, 21, settle_answer(OFFER, 21, JUNE), REST), at(JUNE)),
        Example("declined", seats_released(24, 0, settle_answer(OFFER, 0, JUNE)), at(JUNE)),
        Example("no answer", seats_released(24, 0, settle_silence(OFFER, JULY)), at(date(2022, 7, 7))),
        Example("one seat not filled", seats_released(1, 1, unfilled_seats_ruling(1)), at(JULY)),
        Example("after the last release", seats_released(2, 22, unfilled_seats_ruling(2), is_awaited=False), LATE),
    ],
}
