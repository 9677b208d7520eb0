from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.next_season import MovedDay, move_day, to_decide, weeks_to_move
from rules.schedules import WEEKEND

APRIL_18 = date(2022, 4, 18)
days = st.dates(date(2020, 1, 1), date(2030, 12, 31))


@given(days, st.integers(1, 12))
def test_a_season_moves_to_the_same_weekday_nearest_to_its_day_of_the_calendar(opens_on: date, years: int) -> None:
    after = opens_on + timedelta(weeks=weeks_to_move(opens_on, years))
    assert after.weekday() == opens_on.weekday()
    same = date(opens_on.year + years, opens_on.month, min(opens_on.day, 28))
    assert abs(after - same) <= timedelta(days=3 + opens_on.day - min(opens_on.day, 28))


@given(days, st.sets(days, max_size=20))
def test_no_day_moves_onto_a_closed_day_unless_it_was_closed_before(before: date, closed: set[date]) -> None:
    moved = move_day("a.b", before, 261, closed)
    if before in closed:
        assert moved.after == before + timedelta(weeks=261)
    else:
        assert moved.after not in closed
    assert (moved.after.weekday() == before.weekday() and not moved.reason) or moved.after.weekday() not in WEEKEND


def test_a_day_that_falls_on_a_holiday_moves_to_the_next_day_of_work_and_says_why() -> None:
    closed = {date(2027, 7, 2), date(2027, 7, 5)}
    assert move_day("a.b", date(2022, 7, 1), 261, closed) == MovedDay(
        "a.b", date(2022, 7, 1), date(2027, 7, 6), "the state is closed on Friday, July 2"
    )


def test_all_dates_of_a_season_keep_what_lies_between_them() -> None:
    weeks = weeks_to_move(APRIL_18, 5)
    assert [move_day("a.b", day, weeks, ()).after - day for day in (APRIL_18, date(2022, 12, 4))] == [
        timedelta(weeks=261)
    ] * 2


@pytest.mark.parametrize(("key", "is_to_decide"), [("seats.academy", True), ("survey", False)])
def test_what_the_source_does_not_say_for_another_year_is_to_be_decided(key: str, *, is_to_decide: bool) -> None:
    assert bool(to_decide(key)) is is_to_decide
