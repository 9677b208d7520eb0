"""On which days a cohort meets. Source: FAQ III, five two-hour sessions about every two weeks in 14 weeks."""

from collections.abc import Collection, Iterable, Iterator
from datetime import date, datetime, time, timedelta

from rules.meetings import WEEKDAYS
from schemas.policy import Cohorts, Policy
from schemas.records import Term

SEARCH_WEEKS = 26


def session_days(slot: str, closed: Collection[date], cohorts: Cohorts, today: date) -> tuple[date, ...] | None:
    """The earliest run of session days in the slot on which no district of the cohort is closed, or none in half a year.

    A cohort that is formed late begins when its people have had notice.
    """
    return next(possible_days(slot, closed, cohorts, today), None)


def first_start(cohorts: Cohorts, today: date) -> date:
    """The first day on which a cohort may start: in the season, and when its people have had notice.

    Source: ruling: people have notice.
    """
    return max(cohorts.earliest_start_on, today + timedelta(days=cohorts.notice_days))


def possible_days(slot: str, closed: Collection[date], cohorts: Cohorts, today: date) -> Iterator[tuple[date, ...]]:
    """Every run of session days in the slot on which no district is closed, week by week for half a year, the earliest first.

    Source: FAQ III (a start date in the coming months); ruling: people have notice.
    """
    first = first_start(cohorts, today)
    first += timedelta(days=(WEEKDAYS.index(slot[:3]) - first.weekday()) % 7)
    for week in range(SEARCH_WEEKS):
        start = first + timedelta(weeks=week)
        days = days_from(start, closed, cohorts)
        if days:
            yield days


def days_from(start: date, closed: Collection[date], cohorts: Cohorts) -> tuple[date, ...] | None:
    """The session days of a cohort whose first session is on a day; none where no district may be closed on all of them.

    Source: FAQ III (five sessions about every two weeks in 14 weeks).
    """
    return _chain((start,), closed, cohorts) if start not in closed else None


def _chain(days: tuple[date, ...], closed: Collection[date], cohorts: Cohorts) -> tuple[date, ...] | None:
    if len(days) == cohorts.sessions:
        return days
    for candidate in _next_days(days[-1], cohorts):
        if candidate in closed or candidate > term_of(days[0], cohorts).ends_on:
            continue
        found = _chain((*days, candidate), closed, cohorts)
        if found:
            return found
    return None


def _next_days(day: date, cohorts: Cohorts) -> Iterable[date]:
    for gap in range(cohorts.session_gap_minimum_days, cohorts.session_gap_maximum_days + 1):
        if gap % 7 == 0:
            yield day + timedelta(days=gap)


def term_of(starts_on: date, cohorts: Cohorts) -> Term:
    """Phase 1: the 14 weeks from the first session."""
    return Term(starts_on, starts_on + timedelta(weeks=cohorts.weeks) - timedelta(days=1))


def slot_start(slot: str, day: date, policy: Policy) -> datetime:
    """When a slot begins on a day, in the program's time zone."""
    return datetime.combine(day, time.fromisoformat(slot[4:]), policy.zone)


def session_times(slot: str, day: date, policy: Policy) -> tuple[datetime, datetime]:
    """When a session in the slot starts and ends, in the program's time zone."""
    starts = slot_start(slot, day, policy)
    return starts, starts + timedelta(hours=policy.cohorts.session_hours)
