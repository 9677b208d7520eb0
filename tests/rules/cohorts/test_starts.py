"""The start of a cohort: inside most of its districts' windows, as early as can be, and never at the plan's expense."""

from datetime import date, timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from rules.cohorts.sessions import days_from, possible_days, session_days, term_of
from rules.cohorts.starts import ChosenStart, choose_start, suits, tell_start, why_outside, window_in_words
from rules.meetings import WEEKDAYS
from schemas.records import StartWindow
from tests.factories.season import policy

COHORTS = policy().cohorts
TODAY = date(2022, 8, 15)
FIRST, LAST = COHORTS.earliest_start_on, COHORTS.latest_start_on
DAYS = st.dates(FIRST - timedelta(weeks=3), LAST + timedelta(weeks=6))
WINDOWS = st.dictionaries(
    st.sampled_from(("0900002", "0900005", "0900007", "0900009")),
    st.builds(StartWindow, st.none() | DAYS, st.none() | DAYS),
)
CLOSED = st.sets(DAYS, max_size=25)
SLOTS = st.sampled_from(COHORTS.slots)
TODAYS = st.dates(TODAY, date(2022, 12, 15))


def start(windows: dict[str, StartWindow], *closed: date, slot: str = "MON-15:30") -> ChosenStart:
    chosen = choose_start(slot, closed, windows, COHORTS, TODAY)
    assert chosen
    return chosen


def why(lea_id: str, chosen: ChosenStart, windows: dict[str, StartWindow], *closed: date, today: date = TODAY) -> str:
    given: dict[str, Any] = {"closed": closed, "windows": windows, "cohorts": COHORTS, "today": today}
    return why_outside(lea_id, chosen.days[0], "MON-15:30", **given)


def test_without_a_preference_a_cohort_starts_as_early_as_it_can() -> None:
    chosen = start({"0900002": StartWindow()})
    assert chosen == ChosenStart(session_days("MON-15:30", (), COHORTS, TODAY) or (), (), ())
    assert tell_start(chosen, {}, {}).reason == "The proposed start is 2022-09-12."


def test_a_district_gets_the_earliest_start_inside_its_window() -> None:
    window = StartWindow(date(2022, 9, 21), date(2022, 10, 7))
    chosen = start({"0900002": window})
    assert (chosen.days[0], chosen.met, chosen.missed) == (date(2022, 9, 26), ("0900002",), ())
    told = tell_start(chosen, {"0900002": window}, {}).reason
    assert told == "The proposed start is 2022-09-26. It suits 1 of 1 district that prefers a time."


def test_where_windows_do_not_agree_most_districts_get_theirs_and_the_others_are_named() -> None:
    late, early = StartWindow(date(2022, 10, 3)), StartWindow(None, date(2022, 9, 16))
    windows = {"0900002": late, "0900005": late, "0900007": early, "0900009": StartWindow()}
    chosen = start(windows)
    assert (chosen.days[0], chosen.met, chosen.missed) == (date(2022, 10, 3), ("0900002", "0900005"), ("0900007",))
    told = tell_start(chosen, windows, {"0900007": why("0900007", chosen, windows)}).reason
    assert "It suits 2 of 3 districts that prefer a time. District 0900007 prefers a start by 2022-09-16." in told
    assert told.endswith("No start suits all districts in the cohort that named a time; this one suits 2 of 3.")


def test_a_closed_day_moves_the_start_on_inside_the_window() -> None:
    window = StartWindow(date(2022, 9, 19), date(2022, 10, 7))
    assert start({"0900002": window}, date(2022, 9, 19)).days[0] == date(2022, 9, 26)
    assert start({"0900002": window}, date(2022, 10, 3)).days[0] == date(2022, 9, 26)


def test_a_window_after_the_last_start_of_the_season_gets_the_last_start_and_is_told_so() -> None:
    windows = {"0900002": StartWindow(LAST + timedelta(days=30))}
    chosen = start(windows)
    assert (chosen.days[0], chosen.missed) == (date(2022, 10, 31), ("0900002",))
    told = "No cohort of this season starts after 2022-10-31. This is the nearest start that is possible."
    assert why("0900002", chosen, windows) == told


def test_a_window_before_the_first_start_of_the_season_gets_the_first_start_and_is_told_so() -> None:
    windows = {"0900002": StartWindow(None, date(2022, 9, 2))}
    chosen = start(windows)
    assert (chosen.days[0], chosen.missed) == (date(2022, 9, 12), ("0900002",))
    told = f"No cohort of this season starts before {FIRST}. This is the nearest start that is possible."
    assert why("0900002", chosen, windows) == told


def test_a_window_that_has_passed_when_a_cohort_is_formed_late_is_told_so() -> None:
    windows, late = {"0900002": StartWindow(None, date(2022, 9, 20))}, date(2022, 9, 21)
    chosen = choose_start("MON-15:30", (), windows, COHORTS, late)
    assert chosen
    told = why("0900002", chosen, windows, today=late)
    assert told == "No cohort can start before 2022-09-28 any more. This is the nearest start that is possible."


def test_a_window_without_school_days_gets_the_start_nearest_to_it_and_is_told_so() -> None:
    closed = date(2022, 10, 3)
    windows = {"0900002": StartWindow(date(2022, 9, 30), date(2022, 10, 7))}
    chosen = start(windows, closed)
    assert chosen.days[0] == date(2022, 10, 10)
    told = why("0900002", chosen, windows, closed)
    assert told.startswith("No start inside that time, on MON-15:30, has school days for all 5 sessions. This is")


def test_what_most_districts_get_is_as_near_as_can_be_to_the_windows_of_the_others() -> None:
    windows = {
        "0900002": StartWindow(date(2022, 9, 12), date(2022, 10, 7)),
        "0900005": StartWindow(date(2022, 9, 12), date(2022, 10, 7)),
        "0900007": StartWindow(date(2022, 10, 20)),
    }
    chosen = start(windows)
    assert (chosen.days[0], chosen.missed) == (date(2022, 10, 3), ("0900007",))


def test_a_start_that_was_set_before_a_district_came_says_so() -> None:
    windows = {"0900002": StartWindow(date(2022, 10, 3))}
    set_before = start({})
    assert why("0900002", set_before, windows) == "The start of this cohort was set before."
    too_late = {"0900002": StartWindow(LAST + timedelta(days=30))}
    assert why("0900002", set_before, too_late) == "No cohort of this season starts after 2022-10-31."


def test_a_window_is_told_in_words() -> None:
    first, last = date(2022, 9, 19), date(2022, 10, 7)
    found = [window_in_words(StartWindow(*days)) for days in ((first, last), (first, None), (None, last), (None, None))]
    assert found == ["from 2022-09-19 through 2022-10-07", "on or after 2022-09-19", "by 2022-10-07", "on any day"]
    assert [suits(day, StartWindow(first, last)) for day in (first, last, first - timedelta(days=1))] == [
        True,
        True,
        False,
    ]


@given(SLOTS, CLOSED, WINDOWS, TODAYS)
def test_a_start_is_found_wherever_the_plan_found_days(
    slot: str, closed: set[date], windows: dict[str, StartWindow], today: date
) -> None:
    chosen, planned = (
        choose_start(slot, closed, windows, COHORTS, today),
        session_days(slot, closed, COHORTS, today),
    )
    assert (chosen is None) is (planned is None)


@given(SLOTS, CLOSED, WINDOWS, TODAYS)
def test_whatever_districts_prefer_the_sessions_keep_every_other_rule(
    slot: str, closed: set[date], windows: dict[str, StartWindow], today: date
) -> None:
    chosen = choose_start(slot, closed, windows, COHORTS, today)
    for day in chosen.days if chosen else ():
        assert day not in closed
        assert WEEKDAYS[day.weekday()] == slot[:3]
    if chosen:
        gaps = [(later - earlier).days for earlier, later in zip(chosen.days, chosen.days[1:], strict=False)]
        assert len(gaps) == COHORTS.sessions - 1
        assert all(COHORTS.session_gap_minimum_days <= gap <= COHORTS.session_gap_maximum_days for gap in gaps)
        assert chosen.days[-1] <= term_of(chosen.days[0], COHORTS).ends_on
        assert chosen.days[0] >= max(FIRST, today + timedelta(days=COHORTS.notice_days))
        assert days_from(chosen.days[0], closed, COHORTS) == chosen.days
        earliest = session_days(slot, closed, COHORTS, today)
        assert earliest
        assert chosen.days[0] <= max(LAST, earliest[0])


@given(SLOTS, CLOSED, WINDOWS, TODAYS)
def test_no_other_start_of_the_season_suits_more_districts_or_as_many_and_is_nearer_to_the_others_or_earlier(
    slot: str, closed: set[date], windows: dict[str, StartWindow], today: date
) -> None:
    chosen = choose_start(slot, closed, windows, COHORTS, today)
    named = {lea_id for lea_id, window in windows.items() if window != StartWindow()}
    if chosen:
        assert {*chosen.met, *chosen.missed} == named
        assert all(suits(chosen.days[0], windows[lea_id]) for lea_id in chosen.met)
        for days in possible_days(slot, closed, COHORTS, today):
            if days[0] <= LAST:
                assert order(days[0], windows) >= order(chosen.days[0], windows)


def order(day: date, windows: dict[str, StartWindow]) -> tuple[int, int, date]:
    named = [window for window in windows.values() if window != StartWindow()]
    apart = [
        max(
            (window.start_from - day).days if window.start_from else 0,
            (day - window.start_until).days if window.start_until else 0,
            0,
        )
        for window in named
    ]
    return -sum(suits(day, window) for window in named), sum(apart), day


def test_a_slot_without_five_free_days_has_no_start() -> None:
    closed = [FIRST + timedelta(days=n) for n in range(300)]
    assert choose_start("MON-15:30", closed, {}, COHORTS, TODAY) is None
