from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.seats.rounds import without_waitlist
from rules.seats.waitlist import (
    MoreSeats,
    admitted_of,
    close_waitlist,
    is_waitlist_over,
    leave_waitlist,
    may_close_waitlist,
    request_more,
)
from schemas.records import Component, SeatDecision
from schemas.statuses import Outcome
from tests.factories.season import changed_policy, policy
from tests.factories.seats import seat_request

LAST_DAY = policy().enrollment.last_release_on
JULY_1 = date(2022, 7, 1)


def more(**changes: Any) -> MoreSeats:
    facts = {"component": Component.ACADEMY, "seats": 10, "seats_so_far": 20, "option": 3, "librarian_room": 0}
    return MoreSeats(**{**facts, **changes})


@pytest.mark.parametrize(("seats", "words"), [(1, "1 seat in the Summer"), (5, "5 seats in the Summer")])
def test_who_leaves_the_waitlist_is_told_that_it_can_ask_again(seats: int, words: str) -> None:
    ruling = leave_waitlist(Component.ACADEMY, seats, LAST_DAY)
    assert ruling.reason.startswith(words)
    assert "Until 2022-07-31 it can request more, at the end of the waitlist." in ruling.reason


def test_the_waitlist_closes_on_the_last_day_and_nobody_joins_it_the_day_after() -> None:
    days = [LAST_DAY + timedelta(days=n) for n in (-1, 0, 1)]
    assert [may_close_waitlist(day, policy()) for day in days] == [False, True, True]
    assert [is_waitlist_over(day, policy()) for day in days] == [False, False, True]


@pytest.mark.parametrize(("seats", "words"), [(1, "1 seat in the"), (2, "2 seats in the")])
def test_a_closed_request_says_what_did_not_become_free(seats: int, words: str) -> None:
    ruling = close_waitlist(Component.ACADEMY, seats, LAST_DAY)
    assert (ruling.outcome, ruling.reason.startswith(words)) == (Outcome.CLOSED, True)


@pytest.mark.parametrize(
    ("facts", "today", "words"),
    [
        ({"option": None}, JULY_1, "has not applied"),
        ({}, policy().survey.closes_on, "The survey is open until 2022-06-10"),
        ({}, LAST_DAY + timedelta(days=1), "until 2022-07-31. The waitlist has ended."),
        ({"option": 1}, JULY_1, "Option 1, which the district chose, does not include the Summer Learning Academy."),
        ({"component": Component.EXFRL, "option": 2}, JULY_1, "Option 2"),
        ({"seats": 0}, JULY_1, "names no seats"),
        ({"component": Component.EXFRL, "seats_so_far": 5}, JULY_1, "at most 5 seats in Exploring"),
        ({"component": Component.LIBRARIAN, "seats_so_far": 0}, JULY_1, "no seats for more librarians"),
    ],
)
def test_a_request_for_more_that_cannot_be_says_why(facts: dict[str, Any], today: date, words: str) -> None:
    ruling = request_more(more(**facts), today, policy())
    assert ruling.outcome == Outcome.REJECTED
    assert words in ruling.reason


@pytest.mark.parametrize("today", [policy().survey.closes_on + timedelta(days=1), LAST_DAY])
def test_from_the_end_of_the_survey_to_the_last_release_day_more_seats_join_the_end_of_the_waitlist(
    today: date,
) -> None:
    ruling = request_more(more(), today, policy())
    assert (ruling.outcome, ruling.reason) == (
        Outcome.REQUESTED,
        "10 more seats in the Summer Learning Academy join the end of the waitlist.",
    )


def test_what_is_more_than_can_be_requested_is_said_with_the_rest() -> None:
    facts = more(component=Component.LIBRARIAN, seats=4, seats_so_far=3, librarian_room=1)
    assert "1 more seat in ISTE Certification for Librarians joins" in request_more(facts, JULY_1, policy()).reason
    facts = more(component=Component.LIBRARIAN, seats=4, seats_so_far=3, librarian_room=9)
    assert "at most 5 seats" in request_more(facts, JULY_1, policy()).reason
    most = changed_policy(seats__district_maximum_seats=25)
    assert "at most 25 seats in the Summer" in request_more(more(), JULY_1, most).reason


@given(
    st.sampled_from(list(Component)),
    st.integers(0, 9),
    st.integers(0, 9),
    st.integers(-3, 9),
    st.sampled_from((None, 8)),
)
def test_nobody_can_ask_for_more_than_the_limits(
    component: Component, seats: int, so_far: int, room: int, most: int | None
) -> None:
    limits = changed_policy(seats__district_maximum_seats=most)
    found = admitted_of(more(component=component, seats=seats, seats_so_far=so_far, librarian_room=room), limits)
    assert 0 <= found <= seats
    if component in (Component.LIBRARIAN, Component.EXFRL):
        assert found <= max(5 - so_far, 0)
    elif most:
        assert found <= max(most - so_far, 0)
    if component is Component.LIBRARIAN:
        assert found <= max(room, 0)


def line(confirmed: int, waiting: int) -> SeatDecision:
    ruling = close_waitlist(Component.CERTIFICATION, 1, LAST_DAY)  # any
    return SeatDecision(seat_request(confirmed + waiting, 1), confirmed, waiting, 1 if waiting else None, ruling)


def test_a_round_that_is_applied_after_the_waitlist_has_ended_leaves_nobody_waiting() -> None:
    assert without_waitlist(line(3, 0), LAST_DAY) == line(3, 0)
    part, none = without_waitlist(line(3, 2), LAST_DAY), without_waitlist(line(0, 2), LAST_DAY)
    assert [(d.seats_confirmed, d.seats_waitlisted, d.seats_declined) for d in (part, none)] == [(3, 0, 2), (0, 0, 2)]
    assert [d.seats_closed for d in (part, none)] == [2, 2]
    assert part.excess is not None
    assert (part.ruling.outcome, part.excess.outcome) == (Outcome.PARTLY_CONFIRMED, Outcome.CLOSED)
    assert (none.ruling.outcome, none.excess) == (Outcome.CLOSED, None)
