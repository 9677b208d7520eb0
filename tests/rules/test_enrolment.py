from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from rules.enrolment import RosterRequest, SeatFacts, seat_person, sign_form
from schemas.records import Component
from tests.builders import policy

REQUEST = RosterRequest("ada@lea.example", "0900002", Component.CERTIFICATION, "", is_librarian=False)
FACTS = SeatFacts(20, 19, is_closed=False, enrol_by=date(2022, 7, 22), other_district=None)
DAY = date(2022, 7, 22)


def test_a_person_takes_a_seat_that_is_left_until_the_last_day() -> None:
    assert seat_person(REQUEST, FACTS, DAY, policy()).outcome == "awaiting_form"


@pytest.mark.parametrize(
    ("facts", "words"),
    [
        (replace(FACTS, seats_filled=20), "have a name on them"),
        (replace(FACTS, seats_confirmed=0), "no confirmed seats"),
        (replace(FACTS, enrol_by=None, seats_confirmed=0), "no confirmed seats"),
        (replace(FACTS, is_closed=True), "deadline"),
        (replace(FACTS, enrol_by=date(2022, 7, 21)), "deadline"),
        (replace(FACTS, other_district="0900009"), "0900009"),
    ],
)
def test_a_refusal_says_what_is_missing(facts: SeatFacts, words: str) -> None:
    ruling = seat_person(REQUEST, facts, DAY, policy())
    assert ruling.outcome == "refused"
    assert words in ruling.reason


def test_librarian_seats_are_for_librarians() -> None:
    request = replace(REQUEST, component=Component.LIBRARIAN)
    assert seat_person(request, FACTS, DAY, policy()).outcome == "refused"
    assert seat_person(replace(request, is_librarian=True), FACTS, DAY, policy()).outcome == "awaiting_form"


def test_the_librarianship_course_needs_one_of_its_sessions() -> None:
    request = replace(REQUEST, component=Component.EXFRL, is_librarian=True)
    outcomes = [seat_person(replace(request, session=s), FACTS, DAY, policy()).outcome for s in ("", "winter", "fall")]
    assert outcomes == ["refused", "refused", "awaiting_form"]


@pytest.mark.parametrize(
    ("status", "outcome"), [(None, "refused"), ("lapsed", "refused"), ("awaiting_form", "enrolled")]
)
def test_a_signed_form_begins_participation_for_those_who_wait_for_it(status: str | None, outcome: str) -> None:
    assert sign_form(status, datetime(2022, 7, 1, tzinfo=UTC)).outcome == outcome
