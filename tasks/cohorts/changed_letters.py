"""Letters to leads about who is in which cohort now: who has moved, who joins a private cohort, and what was merged."""

from collections import defaultdict
from collections.abc import Collection
from typing import Any

from schemas.statuses import StartStatus
from schemas.tables import Application, Cohort, CohortMember, District, Educator, StartAgreement
from tasks.cohorts.members import CohortChange, districts_in, host_of, local_spans, sessions_to_come
from tasks.ledger.unit_of_work import Work
from tasks.letters.write import write_letter


def tell_leads_of_move(work: Work, person: Educator, left_id: str, cohort_id: str) -> None:
    """Tell the lead of somebody who has moved, or was placed; and the lead whose private cohort takes them in."""
    cohort = work.db.get_one(Cohort, (work.season, cohort_id))
    _tell(work, person.lea_id, cohort, left_id, is_merged=False, people=[person])
    host = host_of(work, cohort)
    if host and host.lea_id != person.lea_id:
        _tell(work, host.lea_id, cohort, left_id, is_merged=False, guests=[person])


def tell_leads_of_plan(work: Work, moved: Collection[CohortChange], gone: Collection[str], reason: str) -> None:
    """Tell the leads of all who go from one cohort to another by a new plan, or find a place by it; ``gone`` are no more."""
    together: dict[tuple[str, str, str], list[Educator]] = defaultdict(list)
    cohorts = {cohort.cohort_id: cohort for _, _, cohort in moved}
    for person, left_id, cohort in moved:
        together[person.lea_id, left_id, cohort.cohort_id].append(person)
    for (lea_id, left_id, cohort_id), people in sorted(together.items()):
        is_gone = left_id in gone
        _tell(work, lea_id, cohorts[cohort_id], left_id, is_merged=False, people=people, reason=reason, is_gone=is_gone)


def tell_leads_of_merge(work: Work, people: Collection[Educator], left_id: str, cohort_id: str, reason: str) -> None:
    """Tell each lead with people in a cohort that was merged, and each with people in the one that they join."""
    cohort = work.db.get_one(Cohort, (work.season, cohort_id))
    for lea_id in sorted(districts_in(work.db, work.season, cohort_id)):
        mine = [person for person in people if person.lea_id == lea_id]
        others = [person for person in people if person.lea_id != lea_id]
        _tell(work, lea_id, cohort, left_id, is_merged=True, people=mine, guests=others, reason=reason)


def _tell(
    work: Work,
    lea_id: str,
    cohort: Cohort,
    left_id: str,
    *,
    is_merged: bool,
    people: Collection[Educator] = (),
    guests: Collection[Educator] = (),
    reason: str = "",
    is_gone: bool = False,
) -> None:
    """One letter to a lead: ``people`` are of the district and have moved, ``guests`` come to a cohort that it is in."""
    lead, host = work.db.get_one(Application, (work.season, lea_id)), host_of(work, cohort)
    agreement = work.db.get(StartAgreement, (work.season, left_id, lea_id))
    is_closed = bool(people) and agreement is not None and agreement.status == StartStatus.WITHDRAWN
    is_host = host is not None and host.lea_id == lea_id
    told: dict[str, Any] = {"application": lead, "district": work.db.get_one(District, lea_id).name, "reason": reason}
    told |= {
        "cohort": cohort,
        "left_id": left_id,
        "is_merged": is_merged,
        "is_closed": is_closed,
        "is_gone": is_gone,
        "people": people,
    }
    told |= {"host": host.name if host and not is_host else "", "guests": guests}
    told["from_districts"] = sorted({work.db.get_one(District, person.lea_id).name for person in guests})
    told["exception_reason"] = _exception(work, people)
    told["guest_reason"] = _exception(work, guests) if is_host else ""
    told["sessions"] = local_spans(work, sessions_to_come(work.db, cohort, work.as_of))
    key = f"cohort-change/{lea_id}/{cohort.cohort_id}/{left_id or 'none'}/{work.cause}"
    write_letter(work, key, "cohort_changed_lead", lead.lead_email, **told)


def _exception(work: Work, people: Collection[Educator]) -> str:
    """The reason for which people are in their cohort as an exception; one action gives one reason."""
    members = (work.db.get_one(CohortMember, (work.season, person.email)) for person in people)
    return next((member.exception_reason for member in members if member.exception_reason), "")
