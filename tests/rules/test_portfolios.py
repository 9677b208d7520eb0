from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.portfolios import (
    admit_submission,
    extend,
    missing_artifacts,
    office_hours,
    portfolio_window,
    reminder_due,
)
from schemas.records import Term, Track
from tests.builders import policy

PHASE_ONE = Term(date(2022, 9, 12), date(2022, 12, 18))


def test_the_window_is_six_months_and_never_beyond_nine_from_the_start() -> None:
    assert portfolio_window(PHASE_ONE, policy().portfolio) == Term(date(2022, 12, 18), date(2023, 6, 12))
    short = Term(date(2022, 11, 1), date(2022, 12, 18))
    assert portfolio_window(short, policy().portfolio).ends_on == date(2023, 6, 18)


@pytest.mark.parametrize(
    ("moment", "outcome"),
    [
        (datetime(2022, 12, 18, 4, 59, tzinfo=UTC), "rejected"),
        (datetime(2022, 12, 18, 5, 0, tzinfo=UTC), "accepted"),
        (datetime(2023, 6, 13, 3, 59, tzinfo=UTC), "accepted"),
        (datetime(2023, 6, 13, 4, 0, tzinfo=UTC), "rejected"),
    ],
)
def test_the_window_opens_and_closes_at_local_midnight(moment: datetime, outcome: str) -> None:
    assert admit_submission(moment, PHASE_ONE, False, policy()).outcome == outcome


def test_without_a_cohort_only_a_certified_librarian_may_hand_in() -> None:
    moment = datetime(2023, 1, 1, tzinfo=UTC)
    assert admit_submission(moment, None, False, policy()).outcome == "rejected"
    assert admit_submission(moment, None, True, policy()).outcome == "accepted"


def test_missing_artifacts_are_named_by_role() -> None:
    have = policy().portfolio.artifacts["educator"][1:]
    assert missing_artifacts(Track.EDUCATOR, have, policy().portfolio) == ("learner-profile",)
    assert len(missing_artifacts(Track.LIBRARIAN, have, policy().portfolio)) == 3


WINDOW = Term(date(2022, 12, 18), date(2023, 6, 12))


def test_an_extension_lets_a_portfolio_be_handed_in_until_its_own_last_day() -> None:
    late = datetime(2023, 6, 20, 12, 0, tzinfo=UTC)
    assert admit_submission(late, PHASE_ONE, False, policy(), date(2023, 6, 20)).outcome == "accepted"
    assert admit_submission(late, PHASE_ONE, False, policy(), date(2023, 6, 19)).outcome == "rejected"


@pytest.mark.parametrize(
    ("until", "reason", "today", "outcome"),
    [
        ("2023-08-11", "was ill", "2023-06-01", "extended"),
        ("2023-08-12", "was ill", "2023-06-01", "rejected"),
        ("2023-06-12", "was ill", "2023-06-01", "rejected"),
        ("2023-07-01", " ", "2023-06-01", "rejected"),
        ("2023-07-01", "was ill", "2023-07-02", "rejected"),
    ],
)
def test_an_extension_needs_a_reason_and_ends_within_sixty_days(
    until: str, reason: str, today: str, outcome: str
) -> None:
    ruling = extend(WINDOW, date.fromisoformat(until), reason, date.fromisoformat(today), policy().portfolio)
    assert ruling.outcome == outcome


def test_reminders_are_due_sixty_fourteen_and_three_days_before_the_end() -> None:
    left = (61, 60, 15, 14, 4, 3, 0, -1)
    found = [reminder_due(WINDOW, WINDOW.ends_on - timedelta(days=n), policy().portfolio) for n in left]
    assert found == [None, 60, 60, 14, 14, 3, 3, None]


def test_office_hours_are_every_four_weeks_on_wednesdays_within_the_time_and_never_on_a_closed_day() -> None:
    days = office_hours(WINDOW, frozenset({date(2023, 1, 18)}), policy().portfolio)
    assert days[:3] == (date(2022, 12, 21), date(2023, 1, 25), date(2023, 2, 15))
    assert {day.weekday() for day in days} == {2}
    assert len(days) == 7


days = st.integers(0, 400).map(lambda n: date(2022, 9, 1) + timedelta(days=n))


@given(days, st.integers(0, 200), st.sets(days, max_size=40))
def test_office_hours_never_leave_the_time_nor_fall_on_a_closed_day(
    first: date, length: int, closed: set[date]
) -> None:
    window = Term(first, first + timedelta(days=length))
    found = office_hours(window, closed, policy().portfolio)
    assert all(window.starts_on <= day <= window.ends_on and day not in closed for day in found)
    assert list(found) == sorted(set(found))


@given(days, days)
def test_a_reminder_comes_only_within_the_time_and_nearer_the_end_it_is_a_later_one(first: date, second: date) -> None:
    window = Term(date(2022, 9, 1), date(2023, 6, 12))
    earlier, later = sorted((first, second))
    before, after = (reminder_due(window, day, policy().portfolio) for day in (earlier, later))
    if before and after:
        assert after <= before
    assert later <= window.ends_on or after is None


@given(days, days, days)
def test_an_extension_never_shortens_the_time_nor_passes_its_limit(ends_on: date, until: date, today: date) -> None:
    ruling = extend(Term(date(2022, 9, 1), ends_on), until, "was ill", today, policy().portfolio)
    fits = ends_on < until <= ends_on + timedelta(days=60) and until >= today
    assert (ruling.outcome == "extended") is fits
