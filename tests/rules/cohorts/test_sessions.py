from datetime import UTC, date, datetime, timedelta

from rules.cohorts.sessions import first_start, session_days, session_times, slot_start, term_of
from tests.factories.season import changed_policy, policy

COHORTS = policy().cohorts
TODAY = date(2022, 8, 15)


def test_five_sessions_two_weeks_apart_from_the_earliest_start() -> None:
    days = session_days("TUE-15:30", [], COHORTS, TODAY)
    assert days == tuple(date(2022, 9, 13) + timedelta(weeks=2 * n) for n in range(5))


def test_a_cohort_that_is_formed_late_begins_after_a_week_of_notice_and_never_in_the_past() -> None:
    days = session_days("TUE-15:30", [], COHORTS, date(2022, 9, 28))
    assert days is not None
    assert days[0] == date(2022, 10, 11)
    assert days[0] >= date(2022, 9, 28) + timedelta(days=COHORTS.notice_days)


def test_a_cohort_may_start_from_the_season_s_first_day_on_or_after_a_week_of_notice() -> None:
    assert first_start(COHORTS, TODAY) == COHORTS.earliest_start_on
    assert first_start(COHORTS, date(2022, 9, 28)) == date(2022, 9, 28) + timedelta(days=COHORTS.notice_days)


def test_a_holiday_moves_the_start_until_no_session_meets_one() -> None:
    days = session_days("MON-15:30", [date(2022, 10, 10)], COHORTS, TODAY)
    assert days is not None
    assert days[0] == date(2022, 9, 19)
    assert date(2022, 10, 10) not in days


def test_a_slot_without_five_free_days_has_no_sessions() -> None:
    closed = [date(2022, 9, 1) + timedelta(days=n) for n in range(300)]
    assert session_days("MON-15:30", closed, COHORTS, TODAY) is None


def test_the_last_session_lies_within_the_fourteen_weeks() -> None:
    tight = changed_policy(cohorts__weeks=8).cohorts
    assert session_days("MON-15:30", [], tight, TODAY) is None
    nine = changed_policy(cohorts__weeks=9).cohorts
    days = session_days("MON-15:30", [], nine, TODAY)
    assert days is not None
    assert days[-1] <= term_of(days[0], nine).ends_on


def test_phase_one_is_fourteen_weeks_to_the_day() -> None:
    term = term_of(date(2022, 9, 12), COHORTS)
    assert term.ends_on == date(2022, 12, 18)


def test_a_session_is_two_hours_of_local_time_on_both_sides_of_daylight_saving() -> None:
    for day, offset in ((date(2022, 11, 1), -4), (date(2022, 11, 8), -5)):
        starts, ends = session_times("TUE-15:30", day, policy())
        assert (ends - starts) == timedelta(hours=2)
        assert starts.utcoffset() == timedelta(hours=offset)
        assert (starts.hour, starts.minute) == (15, 30)


def test_a_slot_begins_at_its_local_time_on_both_sides_of_the_change_of_the_clocks() -> None:
    starts = [slot_start("TUE-15:30", day, policy()) for day in (date(2022, 11, 1), date(2022, 11, 8))]
    assert starts == [datetime(2022, 11, 1, 19, 30, tzinfo=UTC), datetime(2022, 11, 8, 20, 30, tzinfo=UTC)]
