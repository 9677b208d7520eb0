"""Days, times, money, and numbers as letters put them, from whatever a task hands over."""

from datetime import UTC, date, datetime
from typing import Any

import pytest

from tasks.letters.wording import (
    component_name,
    long_date,
    long_moment,
    long_span,
    long_time,
    plain_reason,
)
from tests.factories.season import policy

LATE_IN_UTC = datetime(2022, 7, 23, 0, 30, tzinfo=UTC)


@pytest.mark.parametrize("value", [date(2022, 7, 22), "2022-07-22", LATE_IN_UTC, "2022-07-23T00:30:00+00:00"])
def test_a_day_is_that_of_the_program(value: Any) -> None:
    assert long_date(value, policy()) == "Friday, July 22, 2022"


@pytest.mark.parametrize(
    ("value", "told"),
    [
        (LATE_IN_UTC, "8:30 p.m. ET"),
        (datetime(2022, 12, 1, 15, 5), "3:05 p.m. ET"),  # noqa: DTZ001 - without a zone it is local
        ("2022-12-01T12:00:00", "12:00 p.m. ET"),
        (datetime(2022, 12, 1, 5, 9, tzinfo=UTC), "12:09 a.m. ET"),
        (datetime(2022, 12, 1, 14, 0, tzinfo=UTC), "9:00 a.m. ET"),
    ],
)
def test_a_time_is_that_of_the_program_in_summer_and_winter(value: Any, told: str) -> None:
    assert long_time(value, policy()) == told


def test_a_moment_and_a_span_name_the_day_once() -> None:
    assert long_moment(LATE_IN_UTC, policy()) == "Friday, July 22, 2022, at 8:30 p.m. ET"
    starts, ends = datetime(2022, 7, 22, 19, 30, tzinfo=UTC), datetime(2022, 7, 22, 21, 30, tzinfo=UTC)
    assert long_span(starts, policy(), ends) == "Friday, July 22, 2022, 3:30 p.m. to 5:30 p.m. ET"


def test_what_is_no_date_stays_as_it_was_written() -> None:
    assert long_date("May 3rd", policy()) == long_moment("May 3rd", policy()) == "May 3rd"
    assert plain_reason("Cohort 2022-99-99 scored 80.00 %.") == "Cohort 2022-99-99 scored 80.00%."


def test_the_days_of_a_reason_are_written_out() -> None:
    assert plain_reason("Due by 2022-07-22: ask.") == "Due by Friday, July 22, 2022: ask."
    assert plain_reason("Held 2022-07-22 as planned.") == "Held Friday, July 22, 2022, as planned."


def test_the_weekly_time_of_a_reason_is_written_out() -> None:
    assert plain_reason("C2 (TUE-15:30, full).") == "C2 (Tuesdays at 3:30 p.m., full)."


def test_a_component_has_its_name() -> None:
    assert [component_name(name) for name in ("academy", "other")] == ["the Summer Learning Academy", "other"]
