"""Forming cohorts: read who waits and who can lead, plan once, commit the whole plan in one transaction."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from rules.cohorts import plan_cohorts
from rules.sessions import session_days, session_times, term_of
from schemas.policy import Policy
from schemas.records import CohortPlan, DistrictDemand, FacilitatorOffer, PlannedCohort, Ruling
from schemas.tables import (
    Application,
    Cohort,
    CohortMember,
    CohortSession,
    Educator,
    Enrolment,
    Facilitator,
    Plan,
)
from tasks.database import insert_new
from tasks.membership import session_meeting
from tasks.seasons import closed_days, districts_by_id
from tasks.step import step
from tasks.work import Work, unit_of_work

KIND = "cohorts"
Waiting = Mapping[str, list[str]]


@step
def form_cohorts_once(season: str, as_of: datetime) -> int:
    """Plan cohorts for the certification participants without one, and schedule their sessions; the people placed.

    One plan for one moment: where the plan of this moment is on record, nothing is done.
    """
    with unit_of_work(season, as_of) as work:
        waiting = _waiting(work.db, season, as_of)
        planned = work.db.get(Plan, (season, KIND, as_of))
        if planned:
            return 0
        demands = _demands(work.db, work.policy, waiting)
        plan = plan_cohorts(demands, _offers(work.db, season), work.policy.cohorts)
        achieved, bounds = dict(plan.values), dict(plan.bounds)
        work.db.add(Plan(season=season, kind=KIND, planned_at=as_of, achieved=achieved, bounds=bounds))
        return _commit(work, plan, waiting)


def _waiting(db: Session, season: str, as_of: datetime) -> Waiting:
    """Who has a signed certification seat and no cohort, by district, in the order of the address."""
    query = (
        select(Enrolment.lea_id, Enrolment.email)
        .join(
            CohortMember,
            (CohortMember.season == Enrolment.season) & (CohortMember.email == Enrolment.email),
            isouter=True,
        )
        .where(Enrolment.season == season, Enrolment.component == "certification", Enrolment.status == "enrolled")
        .where(CohortMember.email.is_(None), Enrolment.signed_at <= as_of)
        .order_by(Enrolment.lea_id, Enrolment.email)
    )
    waiting: dict[str, list[str]] = defaultdict(list)
    for lea_id, email in db.execute(query):
        waiting[lea_id].append(email)
    return waiting


def _demands(db: Session, policy: Policy, waiting: Waiting) -> list[DistrictDemand]:
    districts = districts_by_id(db)
    return [
        DistrictDemand(lea_id, districts[lea_id].region, len(emails), _ranks(db, policy, lea_id))
        for lea_id, emails in waiting.items()
    ]


def _ranks(db: Session, policy: Policy, lea_id: str) -> Mapping[str, int]:
    """The district's slots, best first; one that marked none can meet in any."""
    marked = db.get_one(Application, (policy.season, lea_id)).slots
    known = [slot for slot in marked if slot in policy.cohorts.slots] or list(policy.cohorts.slots)
    return {slot: rank for rank, slot in enumerate(known, start=1)}


def _offers(db: Session, season: str) -> list[FacilitatorOffer]:
    """Each facilitator's free slots and remaining cohorts."""
    busy: dict[str, set[str]] = defaultdict(set)
    for facilitator_id, slot in db.execute(select(Cohort.facilitator_id, Cohort.slot).where(Cohort.season == season)):
        busy[facilitator_id].add(slot)
    return [
        FacilitatorOffer(
            person.facilitator_id,
            tuple(slot for slot in person.slots if slot not in busy[person.facilitator_id]),
            person.maximum_cohorts - len(busy[person.facilitator_id]),
        )
        for person in db.scalars(select(Facilitator).order_by(Facilitator.facilitator_id))
    ]


def _commit(work: Work, plan: CohortPlan, waiting: Waiting) -> int:
    closed = closed_days(work.policy)
    left = {lea_id: list(emails) for lea_id, emails in waiting.items()}
    first = work.db.scalar(select(func.count()).select_from(Cohort).where(Cohort.season == work.season)) or 0
    placed = 0
    for number, cohort in enumerate(plan.cohorts, start=first + 1):
        emails = [left[lea_id].pop(0) for lea_id, n in sorted(cohort.learners_by_lea_id.items()) for _ in range(n)]
        days = session_days(cohort.slot, closed, work.policy.cohorts)
        if days is None:
            _explain_unscheduled(work, cohort)
            continue
        _store(work, f"{work.season}-C{number:03d}", cohort, days, emails)
        placed += len(emails)
    for lea_id, ruling in plan.unplaced.items():
        work.decide("district", lea_id, ruling, learners=len(waiting[lea_id]))
    return placed


def _explain_unscheduled(work: Work, cohort: PlannedCohort) -> None:
    reason = f"The slot {cohort.slot} has no five session days without a holiday; another slot would help."
    for lea_id in cohort.learners_by_lea_id:
        work.decide("district", lea_id, Ruling("session-days", "waiting", reason))


def _store(work: Work, cohort_id: str, cohort: PlannedCohort, days: Sequence[date], emails: Sequence[str]) -> None:
    term = term_of(days[0], work.policy.cohorts)
    key = {"season": work.season, "cohort_id": cohort_id}
    row = {"kind": cohort.kind, "region": cohort.region, "slot": cohort.slot, "facilitator_id": cohort.facilitator_id}
    insert_new(work.db, Cohort, [{**key, **row, "starts_on": term.starts_on, "ends_on": term.ends_on}])
    times = [session_times(cohort.slot, day, work.policy) for day in days]
    sessions = [{**key, "session_number": n, "starts_at": s, "ends_at": e} for n, (s, e) in enumerate(times, start=1)]
    insert_new(work.db, CohortSession, sessions)
    insert_new(work.db, CohortMember, [{**key, "email": email} for email in emails])
    meetings = [session_meeting(cohort_id, number, *span) for number, span in enumerate(times, start=1)]
    reason = f"Placed in the {cohort.kind} cohort {cohort_id}, {cohort.slot}, from {term.starts_on}."
    query = select(Educator).where(Educator.season == work.season, Educator.email.in_(emails)).order_by(Educator.email)
    for person in work.db.scalars(query):
        work.decide("educator", person.email, Ruling("cohort-plan", "placed", reason), **row)
        letter: dict[str, Any] = {"cohort": row, "term": term, "person": person, "sessions": times}
        work.invite((f"cohort/{cohort_id}/{person.email}", "cohort", person.email), meetings, **letter)
