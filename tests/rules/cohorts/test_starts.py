"""The start of a cohort: inside most of its districts' windows, as early as can be, and never at the plan's expense."""

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from rules.cohorts.sessions import days_from, possible_days, session_days, term_of
from rules.cohorts.starts import ChosenStart, choose_start, suits, tell_start, window_in_words
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


def test_without_a_preference_a_cohort_starts_as_early_as_it_can() -> None:
    chosen = start({"0900002": StartWindow()})
    assert chosen == ChosenStart(session_days("MON-15:30", (), COHORTS, TODAY) or (), (), ())
    assert tell_start(chosen, {}).reason == "The proposed start is 2022-09-12."


def test_a_district_gets_the_earliest_start_inside_its_window() -> None:
    window = StartWindow(date(2022, 9, 21), date(2022, 10, 7))
    chosen = start({"0900002": window})
    assert (chosen.days[0], chosen.met, chosen.missed) == (date(2022, 9, 26), ("0900002",), ())
    told = tell_start(chosen, {"0900002": window}).reason
    assert told == "The proposed start is 2022-09-26. It suits 1 of 1 district that prefers a time."


def test_where_windows_do_not_agree_most_districts_get_theirs_and_the_others_are_named() -> None:
    late, early = StartWindow(date(2022, 10, 3)), StartWindow(None, date(2022, 9, 16))
    windows = {"0900002": late, "0900005": late, "0900007": early, "0900009": StartWindow()}
    chosen = start(windows)
    assert (chosen.days[0], chosen.met, chosen.missed) == (date(2022, 10, 3), ("0900002", "0900005"), ("0900007",))
    told = tell_start(chosen, windows).reason
    assert "It suits 2 of 3 districts that prefer a time. District 0900007 prefers a start by 2022-09-16." in told


def test_a_closed_day_moves_the_start_on_inside_the_window() -> None:
    window = StartWindow(date(2022, 9, 19), date(2022, 10, 7))
    assert start({"0900002": window}, date(2022, 9, 19)).days[0] == date(2022, 9, 26)
    assert start({"0900002": window}, date(2022, 10, 3)).days[0] == date(2022, 9, 26)


def test_a_window_after_the_last_start_of_the_season_is_missed_and_nobody_waits_for_it() -> None:
    chosen = start({"0900002": StartWindow(LAST + timedelta(days=30))})
    assert (chosen.days[0], chosen.missed) == (FIRST, ("0900002",))


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
def test_no_other_start_of_the_season_suits_more_districts_or_as_many_earlier(
    slot: str, closed: set[date], windows: dict[str, StartWindow], today: date
) -> None:
    chosen = choose_start(slot, closed, windows, COHORTS, today)
    named = {lea_id for lea_id, window in windows.items() if window != StartWindow()}
    if chosen:
        assert {*chosen.met, *chosen.missed} == named
        assert all(suits(chosen.days[0], windows[lea_id]) for lea_id in chosen.met)
        for days in possible_days(slot, closed, COHORTS, today):
            suited = sum(suits(days[0], windows[lea_id]) for lea_id in named)
            if days[0] <= LAST:
                assert (-suited, days[0]) >= (-len(chosen.met), chosen.days[0])


def test_a_slot_without_five_free_days_has_no_start() -> None:
    closed = [FIRST + timedelta(days=n) for n in range(300)]
    assert choose_start("MON-15:30", closed, {}, COHORTS, TODAY) is None
