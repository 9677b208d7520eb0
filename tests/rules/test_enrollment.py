from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.enrollment import (
    LeaverFacts,
    RosterRequest,
    SeatFacts,
    change_session,
    fill_percent,
    replace_leaver,
    seat_person,
    sign_form,
    withdraw,
)
from schemas.records import Component
from tests.builders import policy

REQUEST = RosterRequest("ada@lea.example", "0900002", Component.CERTIFICATION, "", is_librarian=False)
FACTS = SeatFacts(20, 19, is_closed=False, enroll_by=date(2022, 7, 22), other_district=None, session_seats_left=9)
DAY = date(2022, 7, 22)


def test_a_person_takes_a_seat_that_is_left_until_the_last_day() -> None:
    assert seat_person(REQUEST, FACTS, DAY, policy()).outcome == "awaiting_form"


@pytest.mark.parametrize(
    ("facts", "words"),
    [
        (replace(FACTS, seats_filled=20), "have a name on them"),
        (replace(FACTS, seats_confirmed=0), "no confirmed seats"),
        (replace(FACTS, enroll_by=None, seats_confirmed=0), "no confirmed seats"),
        (replace(FACTS, is_closed=True), "deadline"),
        (replace(FACTS, enroll_by=date(2022, 7, 21)), "deadline"),
        (replace(FACTS, other_district="0900009"), "0900009"),
    ],
)
def test_a_rejection_says_what_is_missing(facts: SeatFacts, words: str) -> None:
    ruling = seat_person(REQUEST, facts, DAY, policy())
    assert ruling.outcome == "rejected"
    assert words in ruling.reason


def test_librarian_seats_are_for_librarians() -> None:
    request = replace(REQUEST, component=Component.LIBRARIAN)
    assert seat_person(request, FACTS, DAY, policy()).outcome == "rejected"
    assert seat_person(replace(request, is_librarian=True), FACTS, DAY, policy()).outcome == "awaiting_form"


def test_the_librarianship_course_needs_one_of_its_sessions() -> None:
    request = replace(REQUEST, component=Component.EXFRL, is_librarian=True)
    outcomes = [seat_person(replace(request, session=s), FACTS, DAY, policy()).outcome for s in ("", "winter", "fall")]
    assert outcomes == ["rejected", "rejected", "awaiting_form"]


@pytest.mark.parametrize(
    ("status", "outcome"), [(None, "rejected"), ("lapsed", "rejected"), ("awaiting_form", "enrolled")]
)
def test_a_signed_form_begins_participation_for_those_who_wait_for_it(status: str | None, outcome: str) -> None:
    assert sign_form(status, datetime(2022, 7, 1, tzinfo=UTC)).outcome == outcome


def leaver(**changes: Any) -> LeaverFacts:
    facts: dict[str, Any] = {"email": "leaver@lea.example", "holds_seat": True, "sessions_held": 0, "is_over": False}
    return LeaverFacts(**{**facts, **changes})


def test_a_leaver_is_replaced_until_too_many_sessions_have_been_held() -> None:
    most = policy().enrollment.replacement_sessions
    assert most == 1
    held = [replace_leaver(leaver(sessions_held=n), Component.CERTIFICATION, policy()).outcome for n in range(most + 2)]
    assert held == ["replaced", "replaced", "rejected"]


@pytest.mark.parametrize(("facts", "why"), [({"holds_seat": False}, "holds no seat"), ({"is_over": True}, "is over")])
def test_nobody_can_take_a_seat_that_is_not_there(facts: dict[str, Any], why: str) -> None:
    ruling = replace_leaver(leaver(**facts), Component.ACADEMY, policy())
    assert ruling.outcome == "rejected"
    assert why in ruling.reason


@pytest.mark.parametrize(
    ("current", "wanted", "day", "left", "why"),
    [
        ("summer", "winter", "2022-06-01", 5, "Choose one of the sessions"),
        ("summer", "summer", "2022-06-01", 5, "in the summer session already"),
        ("fall", "summer", "2022-07-11", 5, "has begun"),
        ("summer", "fall", "2022-07-20", 0, "is full"),
    ],
)
def test_a_session_that_cannot_be_had_is_rejected(current: str, wanted: str, day: str, left: int, why: str) -> None:
    ruling = change_session(current, wanted, date.fromisoformat(day), left, policy())
    assert ruling.outcome == "rejected"
    assert why in ruling.reason


def test_a_participant_moves_to_a_session_that_has_seats_and_has_not_begun() -> None:
    assert change_session("summer", "fall", date(2022, 10, 2), 1, policy()).outcome == "moved"


def test_the_fill_rate_is_rounded_down_and_a_district_without_seats_owes_nothing() -> None:
    assert [fill_percent(30, 29), fill_percent(30, 30), fill_percent(3, 0), fill_percent(0, 0)] == [96, 100, 0, 100]


def test_a_full_session_of_the_course_is_rejected() -> None:
    request = RosterRequest("li@lea.example", "0900002", Component.EXFRL, "summer", is_librarian=True)
    facts = SeatFacts(5, 0, is_closed=False, enroll_by=None, other_district=None, session_seats_left=0)
    assert (
        "session of Exploring Future Ready Librarianship is full"
        in seat_person(request, facts, date(2022, 6, 20), policy()).reason
    )


def test_the_form_of_somebody_who_was_replaced_is_rejected() -> None:
    assert "taken this seat" in sign_form("replaced", datetime(2022, 7, 1, tzinfo=UTC)).reason


@pytest.mark.parametrize(
    ("holds_seat", "reason", "outcome"),
    [(True, "another post", "withdrawn"), (True, " ", "rejected"), (False, "x", "rejected")],
)
def test_a_participation_ends_with_a_reason_where_there_is_a_seat(holds_seat: bool, reason: str, outcome: str) -> None:
    assert withdraw("ada@lea.example", holds_seat, Component.ACADEMY, reason).outcome == outcome


@given(st.integers(0, 8), st.booleans(), st.booleans())
def test_a_leaver_is_replaced_exactly_while_everything_allows_it(held: int, holds_seat: bool, is_over: bool) -> None:
    facts = leaver(sessions_held=held, holds_seat=holds_seat, is_over=is_over)
    ruling = replace_leaver(facts, Component.CERTIFICATION, policy())
    assert (ruling.outcome == "replaced") is (holds_seat and held <= 1 and not is_over)


@given(st.integers(0, 500), st.integers(0, 500))
def test_a_fill_rate_is_a_percentage_and_full_only_when_every_seat_is_signed(confirmed: int, signed: int) -> None:
    signed = min(signed, confirmed)
    percent = fill_percent(confirmed, signed)
    assert 0 <= percent <= 100
    assert (percent == 100) is (signed == confirmed)
