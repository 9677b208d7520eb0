"""What the days of a practice hold: on each the people who send things, then every run of the policy's schedules."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from deployments.catalog import deployment_name, season_order
from deployments.schedules import season_schedules
from rules.schedules import Schedule
from schemas.policy import Policy

PEOPLE = ""
SPAN = timedelta(days=31)  # looked at at once


@dataclass(frozen=True, slots=True, order=True)
class Item:
    """One moment with the flow that a schedule starts then, or with nobody's but the people's (no flow)."""

    moment: datetime
    order: int
    flow: str
    day: date

    @property
    def is_peoples(self) -> bool:
        """Whether it is the moment at which people send what they send on the day."""
        return self.flow == PEOPLE


def agenda(policy: Policy, since: datetime, until: datetime) -> Iterator[Item]:
    """Everything between two moments, both included, in its order; on the same moment in the order of the season."""
    schedules = season_schedules(policy.season)
    while since <= until:
        last = min(until, since + SPAN)
        yield from sorted([*_days(policy, since, last), *_runs(policy, schedules, since, last)])
        since = last + timedelta(microseconds=1)


def _days(policy: Policy, since: datetime, until: datetime) -> Iterator[Item]:
    """People send what they send on a day before anything of it is read."""
    day = policy.local_day(since)
    while day <= policy.local_day(until):
        moment = datetime.combine(day, time(), policy.zone).astimezone(UTC)
        if since <= moment:
            yield Item(moment, -1, PEOPLE, day)
        day += timedelta(days=1)


def _runs(policy: Policy, schedules: Sequence[Schedule], since: datetime, until: datetime) -> Iterator[Item]:
    order = {name: number for number, name in enumerate(season_order())}
    for schedule in schedules:
        place = order[deployment_name(schedule.flow)]
        for moment in schedule.runs(since, until):
            yield Item(moment, place, schedule.flow, policy.local_day(moment))
