"""Whoever comes after a session has begun is offered the next one that has a seat, and told why where there is none."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.course_sessions import end_session, has_begun, next_session, offer_session
from rules.enrollment import seat_person
from schemas.records import Component
from schemas.statuses import Outcome
from tests.factories.season import policy
from tests.rules.test_enrollment import FACTS, REQUEST

SUMMER, FALL = (policy().exfrl.sessions[name] for name in ("summer", "fall"))


def test_a_session_has_begun_on_its_first_day() -> None:
    days = (SUMMER.opens_on - timedelta(days=1), SUMMER.opens_on)
    assert [has_begun("summer", day, policy()) for day in days] == [False, True]
    assert not has_begun("winter", SUMMER.opens_on, policy())


def test_the_next_session_is_offered_with_its_first_day() -> None:
    ruling = offer_session("summer", SUMMER.opens_on, {"summer": 9, "fall": 1}, policy())
    assert ruling.outcome == Outcome.PROPOSED
    assert (
        "began on 2022-07-11; a seat in the fall session is held instead, which begins on 2022-10-03" in ruling.reason
    )


@pytest.mark.parametrize(
    ("wanted", "day", "left"),
    [("summer", date(2022, 7, 11), 0), ("summer", date(2022, 10, 3), 9), ("fall", date(2022, 10, 3), 9)],
)
def test_where_no_later_session_has_a_seat_the_reason_says_so_and_whom_to_ask(
    wanted: str, day: date, left: int
) -> None:
    ruling = offer_session(wanted, day, {"summer": 9, "fall": left}, policy())
    assert ruling.outcome == Outcome.REJECTED
    assert ruling.reason.endswith("and no later session has a seat; ask program staff.")


@given(st.dates(date(2022, 6, 1), date(2022, 12, 31)), st.integers(0, 3), st.integers(0, 3))
def test_nobody_is_offered_a_session_that_has_begun_or_is_full(day: date, summer: int, fall: int) -> None:
    left = {"summer": summer, "fall": fall}
    for wanted in left:
        found = next_session(wanted, day, left, policy())
        assert not found or (left[found] > 0 and not has_begun(found, day, policy()) and found != wanted)


@given(st.dates(date(2022, 6, 1), date(2022, 12, 31)), st.sampled_from(["summer", "fall"]))
def test_nobody_is_seated_in_a_session_that_has_begun(day: date, session: str) -> None:
    request = replace(REQUEST, component=Component.EXFRL, session=session, is_librarian=True)
    ruling = seat_person(request, replace(FACTS, enroll_by=date(2022, 12, 31)), day, policy())
    assert (ruling.outcome == Outcome.REJECTED) == has_begun(session, day, policy())


def test_a_session_is_over_the_day_after_its_last_one() -> None:
    found = [end_session("fall", FALL.closes_on + timedelta(days=n), policy()) for n in (0, 1)]
    assert [ruling and ruling.reason for ruling in found] == [
        None,
        "The fall session of Exploring Future Ready Librarianship ended on 2022-12-04.",
    ]
    assert end_session("", FALL.closes_on + timedelta(days=9), policy()) is None
