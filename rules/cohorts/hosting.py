"""When a district has its private office hours, and which facilitator hosts them.

Every few weeks, in one of the policy's slots, on a day on which neither the state nor the district is closed, with a
facilitator who can work then and has no other meeting. The slot and the host stay the same where they can.
Source: FAQ III (private district office hours in phase 2); rulings on office hours and on facilitators.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from rules.cohorts.sessions import slot_start
from rules.meetings import WEEKDAYS, Meeting, is_free, minute_of_week, session_minutes, weekly
from schemas.policy import Cohorts, Policy, Portfolio
from schemas.records import FacilitatorOffer, Term

Meetings = Mapping[str, Sequence[Meeting]]


@dataclass(frozen=True, slots=True)
class HostedHours:
    """Office hours with who hosts them."""

    host_id: str
    at: Meeting
    slot: str


def planned_until(ends_on: date, today: date, cohorts: Cohorts) -> date:
    """How far office hours are planned: while cohorts are to be planned, only until the first of them can begin.

    Otherwise a facilitator who hosts a few of them could lead no sessions at that time of the week.
    Source: ruling on facilitators.
    """
    is_awaited = any(today <= day < cohorts.earliest_start_on for day in cohorts.planned_on)
    return min(ends_on, cohorts.earliest_start_on - timedelta(days=1)) if is_awaited else ends_on


def hours_still_to_plan(window: Term, last_planned_on: date | None, portfolio: Portfolio) -> Term | None:
    """The rest of the time for a district's portfolios, without office hours so far; none where they are planned to its end.

    They go on at the same interval where somebody's time ends later than that of those for whom they were planned.
    Source: FAQ III (private district office hours in phase 2); ruling on office hours.
    """
    if last_planned_on is None:
        return window
    following = last_planned_on + timedelta(weeks=portfolio.office_hours_every_weeks - 1)
    rest = Term(max(window.starts_on, following), window.ends_on)
    is_due = last_planned_on + timedelta(weeks=2 * portfolio.office_hours_every_weeks) <= window.ends_on
    return rest if is_due else None


def host_office_hours(
    window: Term,
    closed: Collection[date],
    hosts: Sequence[FacilitatorOffer],
    meetings: Meetings,
    policy: Policy,
    *,
    before: HostedHours | None = None,
) -> tuple[HostedHours, ...]:
    """A district's office hours within the time for its portfolios, besides the ``meetings`` that the hosts have.

    Where nobody can host them in a week, they are held in one of the weeks before the next ones. ``before`` are the last ones
    that are planned already.
    """
    found: list[HostedHours] = []
    ordered = sorted(hosts, key=lambda host: (len(meetings.get(host.facilitator_id, ())), host.facilitator_id))
    asked = _Asked(ordered, meetings, policy)
    every = timedelta(weeks=policy.portfolio.office_hours_every_weeks)
    begins = window.starts_on + timedelta(days=1)
    while begins <= window.ends_on:
        before = found[-1] if found else before
        wanted = _times(begins, min(begins + every - timedelta(days=1), window.ends_on), policy, before)
        hosted = (asked.hosted(at, slot, before) for slot, at in wanted if at.starts_at.date() not in closed)
        hours = next((item for item in hosted if item), None)
        found += [hours] if hours else []
        begins += every
    return tuple(found)


def _times(first: date, last: date, policy: Policy, before: HostedHours | None) -> Iterator[tuple[str, Meeting]]:
    """The times between two days at which office hours can be held, the earliest week and the best slot first."""
    slots = sorted(policy.portfolio.office_hours_slots, key=lambda slot: before is not None and slot != before.slot)
    length = timedelta(minutes=policy.portfolio.office_hours_minutes)
    for week in range((last - first).days // 7 + 1):
        for slot in slots:
            start = first + timedelta(weeks=week)
            day = start + timedelta(days=(WEEKDAYS.index(slot[:3]) - start.weekday()) % 7)
            if day <= last:
                starts_at = slot_start(slot, day, policy)
                yield slot, Meeting(starts_at, starts_at + length)


@dataclass(frozen=True, slots=True)
class _Asked:
    """Who may be asked to host, the first one first."""

    hosts: Sequence[FacilitatorOffer]
    meetings: Meetings
    policy: Policy

    def hosted(self, at: Meeting, slot: str, before: HostedHours | None) -> HostedHours | None:
        """The hours with their host, who is the same as before if free; none if nobody can."""
        first = [host for host in self.hosts if before is not None and host.facilitator_id == before.host_id]
        for host in (*first, *self.hosts):
            busy = self.meetings.get(host.facilitator_id, ())
            if can_host(host, slot, self.policy) and is_free(at, busy, self.policy.cohorts):
                return HostedHours(host.facilitator_id, at, slot)
        return None


def can_host(host: FacilitatorOffer, slot: str, policy: Policy) -> bool:
    """Whether office hours in a slot lie within a time at which a facilitator can lead sessions."""
    starts = minute_of_week(slot)
    ends = starts + policy.portfolio.office_hours_minutes
    if host.maximum_cohorts < 1:
        return False
    offered = (minute_of_week(offer) for offer in host.slots)
    return any(first <= starts and ends <= first + session_minutes(policy.cohorts) for first in offered)


def other_host(
    at: Meeting, now: str | None, hosts: Sequence[FacilitatorOffer], meetings: Meetings, policy: Policy
) -> str | None:
    """Who hosts office hours that an operator moves: the same host if free then, or else somebody who can, if anybody."""
    free = [host for host in hosts if is_free(at, meetings.get(host.facilitator_id, ()), policy.cohorts)]
    able = [host.facilitator_id for host in free if host.maximum_cohorts > 0]
    if now in able:
        return now
    best = [host.facilitator_id for host in free if can_host(host, weekly(at).slot, policy)]
    return next(iter(best), None)
