"""The cohorts planned again for a changed world: what would move, and nothing written."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from rules.replanning import Moved, replan_cohorts
from schemas.records import CohortPlan, PlannedCohort
from schemas.tables import Cohort, CohortMember, CohortSession, Educator, Facilitator
from tasks.cohort_planning import closed_rule, question, who_waits
from tasks.database import reading
from tasks.seasons import policy_of
from tasks.watching import watched
from tasks.work import OperatorError


def replanned(season: str, as_of: datetime, without: Sequence[str] = ()) -> tuple[CohortPlan, tuple[Moved, ...]]:
    """The plan for who waits and for all cohorts that have not met yet, without some facilitators, and who would move.

    Raises:
        OperatorError: there is no such facilitator, or nobody is left to plan for.
    """
    policy = policy_of(season)
    with reading() as db:
        _check_known(db, without)
        open_ids = _not_begun(db, season, as_of)
        before, people = _standing(db, season, open_ids)
        waiting = defaultdict(list, {lea_id: list(emails) for lea_id, emails in who_waits(db, season, as_of).items()})
        for lea_id, emails in people.items():
            waiting[lea_id] += emails
        asked = question(db, policy, waiting, open_ids)
    if not asked.demands:
        raise OperatorError("Nobody waits, and every cohort has met already; there is nothing to plan.")
    offers = [offer for offer in asked.facilitators if offer.facilitator_id not in without]
    meets = closed_rule(policy)
    return watched(
        "planning cohorts again",
        lambda watch: replan_cohorts(before, asked.demands, offers, asked.cohorts, meets=meets, watch=watch),
    )


def _check_known(db: Session, facilitator_ids: Sequence[str]) -> None:
    known = set(db.scalars(select(Facilitator.facilitator_id)))
    unknown = sorted(set(facilitator_ids) - known)
    if unknown:
        raise OperatorError(f"There is no facilitator {', '.join(unknown)}; there are {', '.join(sorted(known))}.")


def _not_begun(db: Session, season: str, as_of: datetime) -> frozenset[str]:
    """The cohorts of which no session has been held, merged ones aside."""
    begun = select(CohortSession.cohort_id).where(CohortSession.season == season, CohortSession.starts_at <= as_of)
    query = select(Cohort.cohort_id).where(Cohort.season == season, Cohort.merged_into == "")
    return frozenset(db.scalars(query.where(Cohort.cohort_id.not_in(begun))))


def _standing(db: Session, season: str, cohort_ids: frozenset[str]) -> tuple[list[PlannedCohort], dict[str, list[str]]]:
    """These cohorts as they stand, and the people in them by district."""
    query = select(CohortMember.cohort_id, Educator.lea_id, Educator.email)
    query = query.join(Educator, (Educator.season == CohortMember.season) & (Educator.email == CohortMember.email))
    sizes: dict[str, Counter[str]] = defaultdict(Counter)
    people: dict[str, list[str]] = defaultdict(list)
    for cohort_id, lea_id, email in db.execute(query.where(CohortMember.season == season).order_by(Educator.email)):
        if cohort_id in cohort_ids:
            sizes[cohort_id][lea_id] += 1
            people[lea_id].append(email)
    cohorts = db.scalars(select(Cohort).where(Cohort.season == season).order_by(Cohort.cohort_id))
    before = [
        PlannedCohort(cohort.kind, cohort.region, cohort.slot, cohort.facilitator_id, sizes[cohort.cohort_id])
        for cohort in cohorts
        if cohort.cohort_id in cohort_ids
    ]
    return before, people
