from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from rules.schedules import Schedule, next_working_day, schedules_of
from rules.season import part_term
from schemas.policy import PlannedRun, Policy
from schemas.policy.schedules import RECURRING
from schemas.records import SeasonPart
from tests.factories.season import policy

NEW_YORK = ZoneInfo("America/New_York")
CLOCK_CHANGES = [date(2022, 11, 6), date(2023, 3, 12), date(2023, 11, 5), date(2024, 3, 10)]
POLICY = policy()
INDEPENDENCE_DAY = date(2022, 7, 4)


def planned(on: str = "daily", at: time = time(6), **more: object) -> PlannedRun:
    return PlannedRun.model_validate(
        {"flow": "a-flow", "slug": "a-slug", "on": on, "at": at, "within_hours": 26, **more}
    )


def of(run: PlannedRun, part: SeasonPart = SeasonPart.REVIEWS) -> tuple[Schedule, ...]:
    return schedules_of(run, part, POLICY, {INDEPENDENCE_DAY})


def moments(schedules: tuple[Schedule, ...], since: datetime, days: float) -> Iterator[datetime]:
    for schedule in schedules:
        yield from schedule.runs(since, since + timedelta(days=days))


@pytest.mark.parametrize("on", RECURRING)
@pytest.mark.parametrize("part", [part for part in SeasonPart if part is not SeasonPart.OPENING])
def test_a_flow_runs_on_no_day_outside_of_its_part_and_soon_after_it_begins(on: str, part: SeasonPart) -> None:
    term, found = part_term(part, POLICY), of(planned(on), part)
    first, last = (datetime.combine(day, time(), NEW_YORK) for day in (term.starts_on, term.ends_on))
    runs = sorted(moments(found, first - timedelta(days=400), (last - first).days + 800))
    days = [run.astimezone(NEW_YORK).date() for run in runs]
    assert term.starts_on <= days[0] <= term.starts_on + timedelta(days=31)
    assert term.ends_on - timedelta(days=7) <= days[-1] <= term.ends_on
    assert len(runs) == len(set(runs))


@given(
    st.sampled_from(CLOCK_CHANGES) | st.dates(date(2022, 6, 16), date(2027, 2, 1)),
    st.times(),
    st.sampled_from(
        [
            planned(),
            planned(at=time(0, 5), until=time(23, 5), every_minutes=60, within_hours=2),
            planned("weekdays", within_hours=74),
            planned("monthly", within_hours=750),
        ]
    ),
)
def test_whatever_can_be_done_at_a_moment_is_done_by_a_run_soon_after_it_also_where_clocks_change(
    day: date, at: time, run: PlannedRun
) -> None:
    moment = datetime.combine(day, at.replace(fold=0), NEW_YORK).astimezone(UTC)
    assert any(moments(of(run), moment, run.within_hours / 24))


def test_a_run_comes_at_its_local_time_in_winter_and_in_summer() -> None:
    (schedule,) = of(planned(at=time(6, 30)))
    winter, summer = datetime(2023, 1, 10, tzinfo=UTC), datetime(2023, 7, 10, tzinfo=UTC)
    assert list(moments((schedule,), winter, 1)) == [datetime(2023, 1, 10, 11, 30, tzinfo=UTC)]
    assert list(moments((schedule,), summer, 1)) == [datetime(2023, 7, 10, 10, 30, tzinfo=UTC)]


def test_a_time_that_the_clocks_skip_runs_an_hour_later() -> None:
    night = datetime(2023, 3, 12, 5, tzinfo=UTC)
    assert list(moments(of(planned(at=time(2, 30))), night, 0.5)) == [datetime(2023, 3, 12, 7, 30, tzinfo=UTC)]


def test_a_day_that_the_policy_names_moves_to_the_next_one_on_which_people_work() -> None:
    moved = POLICY.model_copy(update={"seats": POLICY.seats.model_copy(update={"confirmed_on": date(2022, 7, 2)})})
    (found,) = schedules_of(planned("seats.confirmed_on"), SeasonPart.CONFIRMATION, moved, {INDEPENDENCE_DAY})
    assert found.first_at == datetime(2022, 7, 5, 6)  # noqa: DTZ001 - local time, as calendars have it
    assert found.is_once
    assert found.words == "once at 06:00"
    assert list(moments((found,), datetime(2022, 6, 1, tzinfo=UTC), 900)) == [datetime(2022, 7, 5, 10, tzinfo=UTC)]


def test_several_days_of_the_policy_are_several_schedules_and_a_day_outside_of_the_part_is_none() -> None:
    days = (date(2022, 8, 15), date(2022, 9, 15), date(2031, 1, 1))
    more = POLICY.model_copy(update={"cohorts": POLICY.cohorts.model_copy(update={"planned_on": days})})
    found = schedules_of(planned("cohorts.planned_on"), SeasonPart.PLANNING, more, ())
    assert [(item.slug, item.first_at.date()) for item in found] == [
        ("2022-a-slug-1", days[0]),
        ("2022-a-slug-2", days[1]),
    ]


def test_what_runs_once_a_month_runs_on_the_last_day_too() -> None:
    first, last = of(planned("monthly"))
    assert (first.words, last.words) == ("on the first day of each month at 06:00", "once at 06:00")
    assert last.first_at.date() == part_term(SeasonPart.REVIEWS, POLICY).ends_on


def test_a_part_that_ends_before_the_first_such_day_has_no_run() -> None:
    short = policy_of_an_academy_in_june()
    assert schedules_of(planned("monthly"), SeasonPart.ACADEMY, short, ()) == ()


def policy_of_an_academy_in_june() -> Policy:
    """Enrollment opens on June 16; the academy's part, with its days to catch up, ends on June 30."""
    academy = POLICY.academy.model_copy(update={"closes_on": date(2022, 6, 16)})
    return POLICY.model_copy(update={"academy": academy})


@pytest.mark.parametrize(
    ("run", "words"),
    [
        (planned("friday", time(18)), "Fridays at 18:00"),
        (planned("weekdays"), "weekdays at 06:00"),
        (planned(at=time(7, 15), until=time(19, 15), every_minutes=60), "daily every hour from 07:15 to 19:15"),
        (planned(at=time(0), until=time(23, 50), every_minutes=10), "daily every 10 minutes from 00:00 to 23:50"),
    ],
)
def test_a_schedule_says_in_words_when_it_runs(run: PlannedRun, words: str) -> None:
    assert of(run)[0].words == words


@given(st.dates(date(2020, 1, 1), date(2030, 1, 1)), st.sets(st.integers(0, 6)))
def test_a_working_day_is_the_first_that_is_neither_a_weekend_nor_a_holiday(day: date, holidays: set[int]) -> None:
    closed = {day + timedelta(days=number) for number in holidays}
    found = next_working_day(day, closed)
    between = [day + timedelta(days=number) for number in range((found - day).days)]
    assert found.weekday() < 5
    assert found not in closed
    assert all(item.weekday() >= 5 or item in closed for item in between)


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"on": "sometimes"}, "neither one of daily"),
        ({"until": time(7)}, "given together"),
        ({"every_minutes": 10}, "given together"),
        ({"until": time(5), "every_minutes": 60}, "must come after"),
        ({"until": time(7, 10), "every_minutes": 20}, "at the same minutes"),
        ({"until": time(8), "every_minutes": 45}, "at the same minutes"),
    ],
)
def test_a_planned_run_that_no_schedule_can_say_is_refused(wrong: dict[str, object], words: str) -> None:
    with pytest.raises(ValidationError, match=words):
        planned(**wrong)  # type: ignore[arg-type] # what is wrong is what is tested
