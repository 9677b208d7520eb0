"""A season's calendar: every day that its policy fixes, and every run that its schedules start; as rows, a feed, and a page."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from icalendar import Calendar, Event, vRecur

from deployments.catalog import deployment_name
from deployments.schedules import season_schedules
from rules.schedules import Schedule
from rules.season_calendar import PlannedDay, planned_days
from schemas.policy import Policy
from tasks.core.page_rendering import render_page
from tasks.core.policies import policy_of
from tasks.letters.calendar_files import DOMAIN, PRODUCT

SHOWN_DAYS = 400  # a whole season, where Prefect's screen shows a hundred days ahead
RUN_TAKES = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class ScheduledRuns:
    """A schedule, and the moments of its runs in the days that are shown, in UTC."""

    schedule: Schedule
    runs: Sequence[datetime]

    @property
    def name(self) -> str:
        """What operators call the flow."""
        return deployment_name(self.schedule.flow)

    def local(self, run: datetime) -> datetime:
        """A run in the program's time zone."""
        return run.astimezone(self.schedule.zone)


@dataclass(frozen=True, slots=True)
class SeasonCalendar:
    """What is shown of a season from a day on: all its days, and the runs until the last day shown."""

    policy: Policy
    first_on: date
    last_on: date
    days: Sequence[PlannedDay]
    scheduled: Sequence[ScheduledRuns]


def season_calendar(season: str, first_on: date | None = None, days: int = SHOWN_DAYS) -> SeasonCalendar:
    """The calendar of a season: from the day on, or from the day on which its survey opens.

    Raises:
        PolicyError: there is no policy file for the season, or it does not validate.
    """
    policy = policy_of(season)
    first = first_on or policy.survey.opens_on
    last = first + timedelta(days=days - 1)
    since, until = (
        datetime.combine(day, at, tzinfo=policy.zone) for day, at in ((first, time()), (last, time(23, 59, 59)))
    )
    found = [ScheduledRuns(item, tuple(item.runs(since, until))) for item in season_schedules(season)]
    return SeasonCalendar(
        policy,
        first,
        last,
        [day for day in planned_days(policy) if first <= day.on],
        [item for item in found if item.runs],
    )


def as_feed(calendar: SeasonCalendar, as_of: datetime) -> bytes:
    """The calendar as a file that calendar programs subscribe to (RFC 5545), with everything that comes back as one event."""
    feed = Calendar()
    feed.add("prodid", PRODUCT)
    feed.add("version", "2.0")
    feed.add("x-wr-calname", f"Season {calendar.policy.season}")
    for day in calendar.days:
        feed.add_component(_event(f"{day.on}-{day.key}", day.what, day.on, day.on + timedelta(days=1), as_of))
    for item in calendar.scheduled:
        feed.add_component(_run_event(item, as_of))
    last = max((item.runs[-1].date() for item in calendar.scheduled), default=calendar.last_on)
    feed.add_missing_timezones(calendar.first_on - timedelta(days=365), last + timedelta(days=3650))
    found: bytes = feed.to_ical()
    return found


def _run_event(item: ScheduledRuns, as_of: datetime) -> Event:
    schedule = item.schedule
    starts = schedule.first_at.replace(tzinfo=schedule.zone)
    key = f"{schedule.flow}-{schedule.slug}"
    event = _event(key, f"{item.name} ({schedule.words})", starts, starts + RUN_TAKES, as_of)
    if not schedule.is_once:
        rule = vRecur.from_ical(schedule.rule)
        rule["UNTIL"] = [rule["UNTIL"][0].replace(tzinfo=schedule.zone).astimezone(UTC)]
        event.add("rrule", rule)
    return event


def _event(key: str, summary: str, starts: date, ends: date, as_of: datetime) -> Event:
    event = Event()
    event.add("uid", f"{key}@{DOMAIN}")
    event.add("dtstamp", as_of.astimezone(UTC))
    event.add("dtstart", starts)
    event.add("dtend", ends)
    event.add("summary", summary)
    return event


def as_page(calendar: SeasonCalendar) -> str:
    """The calendar as a page."""
    return render_page("calendar.html", calendar=calendar, season=calendar.policy.season)
