"""When each flow runs by itself in a season: on the days of the policy, inside the part of the season in which it may act."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from dateutil.rrule import rrulestr

from rules.season import part_term
from rules.wording import count
from schemas.policy import PlannedRun, Policy
from schemas.policy.schedules import DAILY, HOUR, MONTHLY, WEEKDAY_NAMES, WEEKDAYS
from schemas.records import SeasonPart, Term

WEEKEND = frozenset({5, 6})
DAYS = {
    DAILY: "FREQ=DAILY",
    WEEKDAYS: "FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR",
    MONTHLY: "FREQ=MONTHLY;BYMONTHDAY=1",
    **{name: f"FREQ=WEEKLY;BYDAY={name[:2].upper()}" for name in WEEKDAY_NAMES},
}
ONCE = "FREQ=DAILY;COUNT=1"
MOST_DAYS_CLOSED = 15


@dataclass(frozen=True, slots=True)
class Schedule:
    """The runs of one flow for one season: the first one, in local time, and how they go on (RFC 5545)."""

    flow: str
    season: str
    slug: str
    words: str
    first_at: datetime
    rule: str
    zone: ZoneInfo

    @property
    def text(self) -> str:
        """As calendars and Prefect read it, in local time."""
        return f"DTSTART:{self.first_at:%Y%m%dT%H%M%S}\nRRULE:{self.rule}"

    @property
    def is_once(self) -> bool:
        """Whether it has a single run."""
        return self.rule == ONCE

    def runs(self, since: datetime, until: datetime) -> Iterator[datetime]:
        """The moments of its runs between two of them, both included, in UTC. What the clocks skip in March runs an hour later.

        Source: ruling on schedules: local time, America/New_York.
        """
        first, last = (moment.astimezone(self.zone).replace(tzinfo=None) for moment in (since, until))
        for local in rrulestr(self.text).between(first - timedelta(hours=1), last + timedelta(hours=1), inc=True):
            moment = local.replace(tzinfo=self.zone).astimezone(UTC)
            if since <= moment <= until:
                yield moment


def schedules_of(
    planned: PlannedRun, part: SeasonPart, policy: Policy, closed: Collection[date]
) -> tuple[Schedule, ...]:
    """What the policy plans for a flow of this part of the season; nothing where no day of it lies in the part.

    A day that the policy names moves to the next one on which the state works; ``closed`` has its holidays. What runs once a
    month runs on the part's last day too: nothing may act after it.

    Source: ruling on schedules that come from the policy.
    """
    term = part_term(part, policy)
    if planned.is_recurring:
        return _recurring(planned, term, policy)
    days = [next_working_day(day, closed) for day in policy.days_at(planned.on)]
    inside = [day for day in days if term.starts_on <= day <= term.ends_on]
    return tuple(
        _once(planned, planned.slug + (f"-{number}" if len(days) > 1 else ""), day, policy)
        for number, day in enumerate(inside, start=1)
    )


def next_working_day(day: date, closed: Collection[date]) -> date:
    """The day itself, or the next one that is neither on a weekend nor a holiday.

    Source: ruling on schedules: what waits for people waits for a day on which they work.
    """
    days = (day + timedelta(days=number) for number in range(MOST_DAYS_CLOSED))
    return next(item for item in days if item not in closed and item.weekday() not in WEEKEND)


def _recurring(planned: PlannedRun, term: Term, policy: Policy) -> tuple[Schedule, ...]:
    hours, minutes = (sorted({getattr(at, name) for at in planned.times}) for name in ("hour", "minute"))
    rule = (
        f"{DAYS[planned.on]};BYHOUR={_listed(hours)};BYMINUTE={_listed(minutes)};BYSECOND=0"
        f";UNTIL={term.ends_on:%Y%m%d}T235959"
    )
    midnight = datetime.combine(term.starts_on, time())
    found = rrulestr(f"DTSTART:{midnight:%Y%m%dT%H%M%S}\nRRULE:{rule}").after(midnight, inc=True)
    if found is None:
        return ()
    slug, words = f"{policy.season}-{planned.slug}", f"{_days_in_words(planned)} {_times_in_words(planned)}"
    schedule = Schedule(planned.flow, policy.season, slug, words, found, rule, policy.zone)
    if planned.on != MONTHLY or term.ends_on.day == 1:
        return (schedule,)
    return (schedule, _once(planned, f"{planned.slug}-on-the-last-day", term.ends_on, policy))


def _once(planned: PlannedRun, slug: str, day: date, policy: Policy) -> Schedule:
    first_at = datetime.combine(day, planned.at)
    words = f"once {_times_in_words(planned)}"
    return Schedule(planned.flow, policy.season, f"{policy.season}-{slug}", words, first_at, ONCE, policy.zone)


def _days_in_words(planned: PlannedRun) -> str:
    if planned.on == MONTHLY:
        return "on the first day of each month"
    return f"{planned.on.capitalize()}s" if planned.on in WEEKDAY_NAMES else planned.on


def _times_in_words(planned: PlannedRun) -> str:
    if planned.until is None:
        return f"at {planned.at:%H:%M}"
    often = "every hour" if planned.every_minutes == HOUR else f"every {count(planned.every_minutes or 0, 'minute')}"
    return f"{often} from {planned.at:%H:%M} to {planned.until:%H:%M}"


def _listed(numbers: Collection[int]) -> str:
    return ",".join(map(str, numbers))
