from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.academy import change_webinar, choose_course, chosen_hours, completion, hours_warning, recommend
from schemas.statuses import Outcome
from tests.factories.season import policy

ACADEMY = policy().academy
DAY = date(2022, 7, 10)
FOUR = ["SLA-01", "SLA-02", "SLA-03", "SLA-04"]


def test_a_known_course_in_the_window_is_accepted() -> None:
    assert choose_course("SLA-01", [], True, DAY, ACADEMY).outcome == Outcome.ACCEPTED


@pytest.mark.parametrize(
    ("course", "chosen", "is_enrolled", "day"),
    [
        ("SLA-01", [], False, DAY),
        ("SLA-99", [], True, DAY),
        ("SLA-01", [], True, date(2022, 6, 27)),
        ("SLA-01", [], True, date(2022, 10, 15)),
        ("SLA-05", FOUR, True, DAY),
    ],
)
def test_no_enrollment_unknown_course_closed_window_or_a_fifth_course_is_rejected(
    course: str, chosen: list[str], is_enrolled: bool, day: date
) -> None:
    assert choose_course(course, chosen, is_enrolled, day, ACADEMY).outcome == Outcome.REJECTED


@pytest.mark.parametrize("day", [date(2022, 6, 28), date(2022, 10, 14)])
def test_the_first_and_the_last_day_belong_to_the_window(day: date) -> None:
    assert choose_course("SLA-01", [], True, day, ACADEMY).outcome == Outcome.ACCEPTED


def test_the_fourth_course_again_is_no_fifth() -> None:
    assert choose_course("SLA-04", FOUR, True, DAY, ACADEMY).outcome == Outcome.ACCEPTED


def test_hours_outside_8_to_26_are_a_warning() -> None:
    assert chosen_hours(["SLA-06", "SLA-07"], ACADEMY) == 8
    assert hours_warning(["SLA-06", "SLA-07"], ACADEMY) is None
    assert hours_warning(["SLA-01"], ACADEMY) is not None
    assert hours_warning(["SLA-01", "SLA-03", "SLA-04", "SLA-08"], ACADEMY) is None
    assert hours_warning(["SLA-01", "SLA-03", "SLA-04", "SLA-08", "SLA-02"], ACADEMY) is not None


def test_the_academy_is_completed_with_eight_hours_and_thirteen_make_a_credit() -> None:
    assert completion(7, ACADEMY) is None
    found = [completion(hours, ACADEMY) for hours in (8, 12, 13, 26)]
    assert [ruling.reason.partition(" completed, ")[2] for ruling in found if ruling] == [
        "too few for a graduate credit.",
        "too few for a graduate credit.",
        "enough for 1 graduate credit.",
        "enough for 2 graduate credits.",
    ]


def test_a_recommendation_is_a_message_about_known_courses() -> None:
    ruling = recommend(["SLA-02", "SLA-01"], ACADEMY)
    assert ruling.outcome == Outcome.RECOMMENDED
    assert "Everybody chooses freely" in ruling.reason
    assert recommend(["SLA-01", "SLA-99"], ACADEMY).outcome == Outcome.REJECTED
    assert "does not have SLA-99;" in recommend(["SLA-01", "SLA-99"], ACADEMY).reason
    assert recommend([], ACADEMY).outcome == Outcome.REJECTED
    assert "No course is named" in recommend([], ACADEMY).reason


@pytest.mark.parametrize(
    ("is_canceled", "hours", "wants_recording", "outcome"),
    [
        (False, -1, False, Outcome.CHANGED),
        (False, 0, False, Outcome.REJECTED),
        (True, -1, False, Outcome.REJECTED),
        (False, -1, True, Outcome.REJECTED),
        (False, 0, True, Outcome.RECORDED),
    ],
)
def test_a_webinar_changes_before_it_begins_and_is_recorded_after(
    is_canceled: bool, hours: int, wants_recording: bool, outcome: Outcome
) -> None:
    starts_at = datetime(2022, 7, 12, 20, 0, tzinfo=UTC)
    ruling = change_webinar(starts_at, is_canceled, starts_at + timedelta(hours=hours), wants_recording)
    assert ruling.outcome == outcome


@given(st.sets(st.sampled_from(sorted(ACADEMY.courses)), max_size=8))
def test_hours_are_warned_about_exactly_outside_8_to_26_and_completed_from_8_on(courses: set[str]) -> None:
    hours = sum(ACADEMY.courses[course].hours for course in courses)
    assert (hours_warning(courses, ACADEMY) is None) is (8 <= hours <= 26)
    assert (completion(hours, ACADEMY) is not None) is (hours >= 8)


@given(st.sets(st.sampled_from(sorted(ACADEMY.courses)), max_size=6), st.sampled_from(sorted(ACADEMY.courses)))
def test_nobody_ever_has_more_than_four_courses(chosen: set[str], course: str) -> None:
    accepted = choose_course(course, chosen, True, DAY, ACADEMY).outcome == Outcome.ACCEPTED
    assert accepted is (course in chosen or len(chosen) < 4)
