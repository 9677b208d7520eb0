"""The cohorts planned again for a changed world: what would move, and nothing written."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from rules.replanning import Moved, replan_cohorts
from schemas.records import CohortPlan, PlannedCohort
from schemas.tables import Cohort, Educator, Facilitator
from tasks.cohort_planning import closed_rule, question, who_waits
from tasks.database import reading
from tasks.membership import cohort_facts, learners
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
        open_ids = {facts.cohort_id for facts in cohort_facts(db, season, as_of) if not facts.sessions_held}
        sitting = [(person, cohort) for person, cohort in learners(db, season) if cohort.cohort_id in open_ids]
        everybody = defaultdict(list, who_waits(db, season, as_of))
        for person, _ in sitting:
            everybody[person.lea_id].append(person.email)
        asked = question(db, policy, everybody, open_ids)
        before = _cohorts_of(sitting)
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


def _cohorts_of(sitting: Sequence[tuple[Educator, Cohort]]) -> list[PlannedCohort]:
    """The cohorts of these people as a plan has them."""
    sizes: dict[str, Counter[str]] = defaultdict(Counter)
    for person, cohort in sitting:
        sizes[cohort.cohort_id][person.lea_id] += 1
    cohorts = {cohort.cohort_id: cohort for _, cohort in sitting}
    return [
        PlannedCohort(cohort.kind, cohort.region, cohort.slot, cohort.facilitator_id, sizes[cohort_id])
        for cohort_id, cohort in sorted(cohorts.items())
    ]
