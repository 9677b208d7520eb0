from datetime import date

import pytest

from rules.academy import choose_course, chosen_hours, hours_warning
from tests.builders import policy

ACADEMY = policy().academy
DAY = date(2022, 7, 10)
FOUR = ["SLA-01", "SLA-02", "SLA-03", "SLA-04"]


def test_a_known_course_in_the_window_is_accepted() -> None:
    assert choose_course("SLA-01", [], True, DAY, ACADEMY).outcome == "accepted"


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
def test_no_enrolment_unknown_course_closed_window_or_a_fifth_course_is_refused(
    course: str, chosen: list[str], is_enrolled: bool, day: date
) -> None:
    assert choose_course(course, chosen, is_enrolled, day, ACADEMY).outcome == "refused"


@pytest.mark.parametrize("day", [date(2022, 6, 28), date(2022, 10, 14)])
def test_the_first_and_the_last_day_belong_to_the_window(day: date) -> None:
    assert choose_course("SLA-01", [], True, day, ACADEMY).outcome == "accepted"


def test_the_fourth_course_again_is_no_fifth() -> None:
    assert choose_course("SLA-04", FOUR, True, DAY, ACADEMY).outcome == "accepted"


def test_hours_outside_8_to_26_are_a_warning() -> None:
    assert chosen_hours(["SLA-06", "SLA-07"], ACADEMY) == 8
    assert hours_warning(["SLA-06", "SLA-07"], ACADEMY) is None
    assert hours_warning(["SLA-01"], ACADEMY) is not None
    assert hours_warning(["SLA-01", "SLA-03", "SLA-04", "SLA-08"], ACADEMY) is None
    assert hours_warning(["SLA-01", "SLA-03", "SLA-04", "SLA-08", "SLA-02"], ACADEMY) is not None
