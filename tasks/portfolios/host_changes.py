"""Office hours whose host is gone: others host them where somebody can at that time, and the rest are canceled."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date, datetime

from sqlalchemy import select

from rules.cohorts.hosting import other_host
from rules.meetings import Meeting as HostMeeting
from rules.portfolios import pass_office_hours_on
from schemas.kinds import SubjectKind
from schemas.tables import OfficeHour
from tasks.core.step import step
from tasks.ledger.unit_of_work import Work, unit_of_work
from tasks.portfolios.office_hours import Hosts, change_hours, tell_change


@step
def pass_office_hours(season: str, reason: str, as_of: datetime) -> int:
    """Find another host for the office hours ahead of facilitators who are gone; how many hours had none.

    Where nobody can host them at their time they are canceled, and the district's people told.
    """
    with unit_of_work(season, as_of) as work:
        hosts = Hosts.at(work)
        gone = {offer.facilitator_id for offer in hosts.offers if offer.maximum_cohorts == 0}
        query = select(OfficeHour).where(
            OfficeHour.season == season,
            OfficeHour.starts_at > as_of,
            OfficeHour.is_canceled.is_(False),
            OfficeHour.host_id.in_(gone),
        )
        by_district: dict[str, list[OfficeHour]] = defaultdict(list)
        for item in work.db.scalars(query.order_by(OfficeHour.lea_id, OfficeHour.planned_at)):
            by_district[item.lea_id].append(item)
        for lea_id, hours in by_district.items():
            found = _pass_on(work, hours, hosts, reason)
            ruling = pass_office_hours_on(found, reason)
            work.decide(SubjectKind.DISTRICT, lea_id, ruling, hosts={str(day): host for day, host in found.items()})
    return sum(map(len, by_district.values()))


def _pass_on(work: Work, hours: Sequence[OfficeHour], hosts: Hosts, reason: str) -> dict[date, str | None]:
    """Who hosts each of a district's hours from now on, by their local day; nobody where they are canceled."""
    found: dict[date, str | None] = {}
    for item in hours:
        at = HostMeeting(item.starts_at.astimezone(work.policy.zone), item.ends_at.astimezone(work.policy.zone))
        host_id = other_host(at, None, hosts.offers, hosts.meetings, work.policy)
        found[at.starts_at.date()] = host_id
        if host_id is None:
            change_hours(item, None, None)
            tell_change(work, item, at.starts_at, reason)
        else:
            item.host_id = host_id
            hosts.meetings[host_id].append(at)
    return found
