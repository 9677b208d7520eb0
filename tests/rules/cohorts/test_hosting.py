"""Office hours: one host at a time, never on a closed day, and as often as the policy says where somebody can host them."""

from datetime import date, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from rules.cohorts.hosting import can_host, host_office_hours, hours_still_to_plan, other_host, planned_until
from rules.meetings import Meeting, is_free
from schemas.records import FacilitatorOffer, Term
from tests.factories.season import policy

POLICY = policy()
WINDOW = Term(date(2022, 12, 18), date(2023, 6, 12))
WEDNESDAYS = FacilitatorOffer("F1", ("WED-15:30",), 2)
TUESDAYS = FacilitatorOffer("F2", ("TUE-16:30",), 2)
days = st.integers(0, 300).map(lambda n: date(2022, 9, 1) + timedelta(days=n))


def test_office_hours_are_every_four_weeks_at_one_time_with_one_host_and_a_week_later_where_a_day_is_closed() -> None:
    closed = frozenset({date(2023, 1, 18)})
    found = host_office_hours(WINDOW, closed, [WEDNESDAYS], {}, POLICY)
    assert [item.at.starts_at.date() for item in found[:3]] == [
        date(2022, 12, 21),
        date(2023, 1, 25),
        date(2023, 2, 15),
    ]
    assert {(item.host_id, f"{item.at.starts_at:%a %H:%M}") for item in found} == {("F1", "Wed 16:30")}
    assert len(found) == 7


def test_a_second_district_of_the_same_host_gets_another_time() -> None:
    first = host_office_hours(WINDOW, (), [WEDNESDAYS], {}, POLICY)
    second = host_office_hours(WINDOW, (), [WEDNESDAYS], {"F1": [item.at for item in first]}, POLICY)
    assert len(second) == 6, "a week later each, of which the last would be too late"
    assert not {item.at for item in first} & {item.at for item in second}


def test_where_one_host_is_busy_another_hosts_on_another_day() -> None:
    busy = [item.at for item in host_office_hours(WINDOW, (), [WEDNESDAYS], {}, POLICY)]
    found = host_office_hours(WINDOW, (), [WEDNESDAYS, TUESDAYS], {"F1": busy}, POLICY)
    assert found[0].host_id == "F2"
    assert found[0].at.starts_at.date() == date(2022, 12, 20)


def test_nobody_hosts_outside_of_the_times_that_they_offer_or_after_they_have_left() -> None:
    assert can_host(WEDNESDAYS, "WED-16:30", POLICY)
    assert not can_host(WEDNESDAYS, "WED-17:00", POLICY)
    assert not can_host(WEDNESDAYS, "TUE-16:30", POLICY)
    assert not can_host(FacilitatorOffer("F1", ("WED-15:30",), 0), "WED-16:30", POLICY)
    assert host_office_hours(WINDOW, (), [], {}, POLICY) == ()


def test_hours_that_an_operator_moves_keep_their_host_who_is_free_or_get_one_who_works_then() -> None:
    at = Meeting(datetime(2023, 1, 17, 16, 30, tzinfo=POLICY.zone), datetime(2023, 1, 17, 17, 30, tzinfo=POLICY.zone))
    both = [WEDNESDAYS, TUESDAYS]
    assert other_host(at, "F1", both, {}, POLICY) == "F1"
    assert other_host(at, "F1", both, {"F1": [at]}, POLICY) == "F2"
    assert other_host(at, "F1", both, {"F1": [at], "F2": [at]}, POLICY) is None
    assert other_host(at, None, both, {}, POLICY) == "F2"


@settings(deadline=None)
@given(days, st.integers(0, 200), st.sets(days, max_size=40), st.integers(1, 5))
def test_office_hours_never_leave_the_time_fall_on_a_closed_day_or_overlap_for_a_host(
    first: date, length: int, closed: set[date], districts: int
) -> None:
    window = Term(first, first + timedelta(days=length))
    meetings: dict[str, list[Meeting]] = {"F1": [], "F2": []}
    for _ in range(districts):
        found = host_office_hours(window, closed, [WEDNESDAYS, TUESDAYS], meetings, POLICY)
        held = [item.at.starts_at.date() for item in found]
        assert all(window.starts_on <= day <= window.ends_on and day not in closed for day in held)
        assert held == sorted(set(held))
        for item in found:
            assert is_free(item.at, meetings[item.host_id], POLICY.cohorts)
            meetings[item.host_id].append(item.at)


def test_office_hours_go_on_at_the_same_interval_time_and_host_where_somebodys_time_ends_later() -> None:
    first = host_office_hours(Term(date(2022, 7, 8), date(2023, 1, 8)), (), [TUESDAYS], {}, POLICY)
    last = first[-1]
    rest = hours_still_to_plan(WINDOW, last.at.starts_at.date(), POLICY.portfolio)
    assert rest is not None
    busy = {"F2": [item.at for item in first]}
    more = host_office_hours(rest, (), [WEDNESDAYS, TUESDAYS], busy, POLICY, before=last)
    assert more[0].at.starts_at - last.at.starts_at == timedelta(weeks=4)
    assert {(item.host_id, item.slot) for item in more[:-1]} == {("F2", "TUE-16:30")}


def test_nothing_more_is_planned_for_who_joins_those_for_whom_office_hours_are_planned() -> None:
    planned = host_office_hours(WINDOW, (), [WEDNESDAYS], {}, POLICY)
    assert hours_still_to_plan(WINDOW, planned[-1].at.starts_at.date(), POLICY.portfolio) is None
    assert hours_still_to_plan(WINDOW, None, POLICY.portfolio) == WINDOW


def test_until_cohorts_are_planned_office_hours_take_no_time_of_the_week_from_their_sessions() -> None:
    ends_on, planning = date(2023, 1, 8), POLICY.cohorts.planned_on[-1]
    before, after = (planned_until(ends_on, day, POLICY.cohorts) for day in (planning, planning + timedelta(days=1)))
    assert before == POLICY.cohorts.earliest_start_on - timedelta(days=1)
    assert after == ends_on
    assert planned_until(date(2022, 8, 1), planning, POLICY.cohorts) == date(2022, 8, 1)
