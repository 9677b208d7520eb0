"""Private office hours of each district while its portfolios are open: when, with which host, and what is changed of them."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from rules.cohorts.hosting import HostedHours, host_office_hours, hours_still_to_plan, other_host, planned_until
from rules.meetings import Meeting as HostMeeting
from rules.meetings import weekly
from rules.portfolios import OfficeHours, change_office_hours, is_open, plan_office_hours
from rules.rule_ids import RuleId
from schemas.kinds import SubjectKind
from schemas.records import FacilitatorOffer, Term
from schemas.statuses import Outcome
from schemas.tables import District, Educator, Facilitator, OfficeHour
from tasks.cohorts.meetings import meetings_ahead
from tasks.cohorts.members import local_spans
from tasks.cohorts.planning import closed_for
from tasks.core.database import insert
from tasks.core.districts import districts_by_id
from tasks.core.step import step
from tasks.ledger.unit_of_work import Work, unit_of_work
from tasks.letters.calendar_files import Meeting
from tasks.letters.outbox import keys_written
from tasks.letters.write import send_invitation
from tasks.portfolios.learners import PortfolioLearner, portfolio_learners


@step
def offer_office_hours(season: str, as_of: datetime) -> int:
    """Plan each district's office hours once its participants' portfolios open, and invite them; the people invited."""
    with unit_of_work(season, as_of) as work:
        by_district: dict[str, list[PortfolioLearner]] = defaultdict(list)
        for learner in portfolio_learners(work):
            if is_open(learner.window, work.today):
                by_district[learner.person.lea_id].append(learner)
        invited = keys_written(work.db, season, "office-hours/")
        names, hosts = districts_by_id(work.db), Hosts.at(work)
        return sum(_offer(work, names[lea_id], found, hosts, invited) for lea_id, found in sorted(by_district.items()))


@dataclass(frozen=True, slots=True)
class Hosts:
    """Who can host office hours, and the meetings that they have."""

    offers: list[FacilitatorOffer]
    meetings: dict[str, list[HostMeeting]]

    @classmethod
    def at(cls, work: Work, besides: Collection[object] = ()) -> "Hosts":
        """As things stand at the moment; ``besides`` some office hours."""
        query = select(Facilitator).order_by(Facilitator.facilitator_id)
        offers = [
            FacilitatorOffer(
                item.facilitator_id,
                tuple(slot for slot in item.slots if slot in work.policy.cohorts.slots),
                item.maximum_cohorts,
            )
            for item in work.db.scalars(query)
        ]
        return cls(offers, defaultdict(list, meetings_ahead(work.db, work.as_of, besides=besides)))


def _offer(
    work: Work, district: District, learners: list[PortfolioLearner], hosts: Hosts, invited: frozenset[str]
) -> int:
    """Invite whoever is new to all of a district's office hours ahead, and the others to those that were added for them."""
    new = [item.person for item in learners if f"office-hours/{item.person.email}" not in invited]
    added = _plan(work, district.lea_id, [item.window for item in learners], hosts, is_first=bool(new))
    hours = hours_ahead(work, district.lea_id)
    for person in new:
        _invite(work, f"office-hours/{person.email}", person, district, hours)
    if not added:
        return len(new)
    first = min(added)
    more = [hour for hour in hours if work.policy.local_day(hour.planned_at) >= first]
    known = [item.person for item in learners if item.person not in new and item.window.ends_on >= first]
    for person in known:
        _invite(work, f"office-hours/{person.email}/{first}", person, district, more)
    return len(new) + len(known)


def _invite(work: Work, key: str, person: Educator, district: District, hours: Sequence[OfficeHour]) -> None:
    meetings = [_meeting(item, district.name) for item in hours]
    letter: dict[str, Any] = {"person": person, "district": district.name, "hours": local_spans(work, hours)}
    send_invitation(work, key, "office_hours", person.email, meetings=meetings, **letter)


def _plan(work: Work, lea_id: str, windows: list[Term], hosts: Hosts, *, is_first: bool) -> list[date]:
    """Put the district's office hours on record, and more of them for a longer time; the local days that were added.

    Where nothing could be added it is told only when the hours are planned for somebody (``is_first``).
    """
    planned, policy = _hours(work.db, work.season, lea_id, with_canceled=True), work.policy
    last = planned[-1] if planned else None
    starts_on, ends_on = min(window.starts_on for window in windows), max(window.ends_on for window in windows)
    open_now = Term(max(starts_on, work.today), planned_until(ends_on, work.today, policy.cohorts))
    rest = hours_still_to_plan(open_now, policy.local_day(last.planned_at) if last else None, policy.portfolio)
    if rest is None:
        return []
    closed, before = closed_for(policy, (lea_id,)), _hosted(last, policy.zone)
    found = host_office_hours(rest, closed, hosts.offers, hosts.meetings, policy, before=before)
    rows = []
    for item in found:
        hosts.meetings[item.host_id].append(item.at)
        row = {"season": work.season, "lea_id": lea_id, "planned_at": item.at.starts_at, "host_id": item.host_id}
        rows.append({**row, "starts_at": item.at.starts_at, "ends_at": item.at.ends_at})
    if rows or is_first:
        insert(work.db, OfficeHour, rows)
        ruling = plan_office_hours(len(rows), rest.ends_on)
        work.decide(SubjectKind.DISTRICT, lea_id, ruling, hosts=sorted({item.host_id for item in found}))
    return [item.at.starts_at.date() for item in found]


def _hosted(item: OfficeHour | None, zone: ZoneInfo) -> HostedHours | None:
    """Office hours on record as they were planned; none where nobody hosts them."""
    if item is None or item.host_id is None:
        return None
    starts_at = item.planned_at.astimezone(zone)
    at = HostMeeting(starts_at, starts_at + (item.ends_at - item.starts_at))
    return HostedHours(item.host_id, at, weekly(at).slot)


def hours_ahead(work: Work, lea_id: str) -> list[OfficeHour]:
    """A district's office hours that have not begun and are not canceled, the next ones first."""
    return [item for item in _hours(work.db, work.season, lea_id) if item.starts_at > work.as_of]


def _hours(db: Session, season: str, lea_id: str, *, with_canceled: bool = False) -> list[OfficeHour]:
    query = select(OfficeHour).where(OfficeHour.season == season, OfficeHour.lea_id == lea_id)
    if not with_canceled:
        query = query.where(OfficeHour.is_canceled.is_(False))
    return list(db.scalars(query.order_by(OfficeHour.planned_at)))


def _meeting(item: OfficeHour, district: str) -> Meeting:
    key = f"office-hour-{item.season}-{item.lea_id}-{item.planned_at:%Y%m%d}"
    return Meeting(key, f"Office hours of {district}", item.starts_at, item.ends_at, item.sequence)


@step
def update_office_hour(
    season: str, lea_id: str, day: date, starts_at: datetime | None, *, reason: str, as_of: datetime
) -> int:
    """Move a district's office hours of a day (local time), or cancel them where no new time is named; the people told.

    Raises:
        OperatorError: there are none on that day, they are over, the district is closed on the new day, or nobody can host.
    """
    with unit_of_work(season, as_of) as work:
        hours = _hours(work.db, season, lea_id, with_canceled=True)
        by_day = {work.policy.local_day(hour.planned_at): hour for hour in hours}
        planned = [OfficeHours(planned_on, hour.starts_at, hour.is_canceled) for planned_on, hour in by_day.items()]
        local = work.policy.at(starts_at).astimezone(work.policy.zone) if starts_at else None
        host_id = _host_then(work, by_day.get(day), local)
        ruling = change_office_hours(
            planned,
            day,
            local,
            as_of,
            reason=reason,
            policy=work.policy,
            closed=closed_for(work.policy, (lea_id,)),
            has_host=host_id is not None,
        )
        is_repeated = work.was_decided(
            SubjectKind.DISTRICT, lea_id, RuleId.OFFICE_HOURS, Outcome.MOVED, Outcome.CANCELED
        )
        if ruling.outcome != Outcome.REJECTED and (is_repeated or ruling.outcome == Outcome.NONE):
            return 0
        work.require_allowed(SubjectKind.DISTRICT, lea_id, ruling)
        before = by_day[day].starts_at.astimezone(work.policy.zone)
        change_hours(by_day[day], local, host_id)
        return tell_change(work, by_day[day], before, reason)


def _host_then(work: Work, item: OfficeHour | None, starts_at: datetime | None) -> str | None:
    """Who hosts office hours at a new time, if anybody can."""
    if item is None or starts_at is None:
        return None
    hosts, at = Hosts.at(work, besides=[item]), HostMeeting(starts_at, starts_at + (item.ends_at - item.starts_at))
    return other_host(at, item.host_id, hosts.offers, hosts.meetings, work.policy)


def change_hours(item: OfficeHour, starts_at: datetime | None, host_id: str | None) -> None:
    """Move office hours, with who hosts them then, or cancel them where no new time is named."""
    item.sequence += 1
    if starts_at is None:
        item.is_canceled = True
        return
    item.host_id = host_id
    item.ends_at, item.starts_at = starts_at + (item.ends_at - item.starts_at), starts_at


def tell_change(work: Work, item: OfficeHour, before: datetime, reason: str) -> int:
    """Tell a district's people of office hours that have changed; how many.

    Whose time has not begun is not among them: nobody has invited them yet.
    """
    district = work.db.get_one(District, item.lea_id).name
    begun = [learner.person for learner in portfolio_learners(work) if learner.window.starts_on <= work.today]
    people = [person for person in begun if person.lea_id == item.lea_id]
    meeting = [_meeting(item, district)]
    for person in people:
        key = f"office-hour-changed/{item.lea_id}/{item.planned_at:%Y-%m-%d}/{item.sequence}/{person.email}"
        coming, off = ((), meeting) if item.is_canceled else (meeting, ())
        context: dict[str, Any] = {
            "person": person,
            "district": district,
            "hour": item,
            "before": before,
            "reason": reason,
        }
        starts = item.starts_at.astimezone(work.policy.zone)
        context |= {"meetings": coming, "off": off}
        send_invitation(work, key, "office_hour_changed", person.email, starts=starts, **context)
    return len(people)
