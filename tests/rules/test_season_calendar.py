from datetime import date

from rules.season_calendar import planned_days
from tests.factories.season import policy


def test_every_day_that_the_policy_fixes_is_shown_in_order_with_the_key_that_decides_it() -> None:
    days = planned_days(policy())
    assert [day.on for day in days] == sorted(day.on for day in days)
    by_key = {day.key: day.on for day in days}
    assert by_key["survey.grace_days"] == date(2022, 6, 20)
    assert by_key["seats.approval_deadline_days"] == date(2022, 8, 10)
    assert by_key["enrollment.waitlist_deadline_days"] == date(2022, 8, 14)
    assert by_key["cohorts.weeks"] == date(2023, 2, 5)
    assert len([day for day in days if day.key.startswith("academy.webinars")]) == 4


def test_a_grant_that_does_not_grow_has_no_day() -> None:
    certification = policy().seats.certification.model_copy(update={"grown_on": None, "grown_capacity_seats": None})
    seats = policy().seats.model_copy(update={"certification": certification})
    days = planned_days(policy().model_copy(update={"seats": seats}))
    assert "seats.certification.grown_on" not in {day.key for day in days}
