"""What a new plan of cohorts is made of: who waits, who sits in cohorts that have not met, and who has to be replaced."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from rules.cohorts.replanning import LearnerPlace
from rules.cohorts.substitution import LedCohort, substitutes
from schemas.records import PlannedCohort
from schemas.statuses import CohortKind
from schemas.tables import Cohort, CohortSession, Facilitator
from tasks.cohorts.meetings import meetings_ahead, sessions_ahead
from tasks.cohorts.members import Learner, cohort_facts, learners
from tasks.cohorts.planning import PlanningInput, Waiting, planning_input, who_waits
from tasks.core.policies import policy_of
from tasks.ledger.unit_of_work import OperatorError


@dataclass(frozen=True, slots=True)
class Books:
    """What the new plan is made of: who waits, who sits in cohorts that have not met, and who has to be replaced."""

    waiting: Waiting
    sitting: Mapping[str, LearnerPlace]
    cohorts: Mapping[str, PlannedCohort]
    taken_over: Mapping[str, str]
    left_alone: tuple[str, ...]
    open_ids: frozenset[str]
    given: PlanningInput


def books_of(db: Session, season: str, as_of: datetime, without: Sequence[str]) -> Books:
    """What is planned at a moment, without some facilitators.

    Raises:
        OperatorError: there is no such facilitator, or nobody is left to plan for.
    """
    _check_known(db, without)
    policy = policy_of(season)
    facts = cohort_facts(db, policy, as_of)
    open_ids = {item.cohort_id for item in facts if not item.sessions_held}
    rows = [learner for learner in learners(db, season) if learner.cohort.cohort_id in open_ids]
    waiting = who_waits(db, season, as_of)
    everybody: dict[str, list[str]] = defaultdict(list)
    for lea_id, emails in waiting.items():
        everybody[lea_id] += emails
    for person, _ in rows:
        everybody[person.lea_id].append(person.email)
    running = {item.cohort_id: item.slot for item in facts if item.sessions_held and not item.is_over}
    led = {
        cohort_id: LedCohort(slot, sessions_ahead(db, policy, as_of, cohort_id))
        for cohort_id, slot in running.items()
        if db.get_one(Cohort, (season, cohort_id)).facilitator_id in without
    }
    if not everybody and not led:
        raise OperatorError("Nobody waits, and every cohort has met already; there is nothing to plan.")
    given = planning_input(db, policy, everybody, as_of, open_ids)
    offers = [offer for offer in given.facilitators if offer.facilitator_id not in without]
    planned_again = db.scalars(select(CohortSession).where(CohortSession.cohort_id.in_(open_ids))).all()
    kept = meetings_ahead(db, as_of, besides=planned_again)
    taken_over, offers = substitutes(led, offers, kept, given.cohorts)
    return Books(
        waiting=waiting,
        sitting={p.email: LearnerPlace(p.email, p.lea_id, cohort.cohort_id, cohort.slot) for p, cohort in rows},
        cohorts=_cohorts_of(rows),
        taken_over=taken_over,
        left_alone=tuple(sorted(led.keys() - taken_over.keys())),
        open_ids=frozenset(open_ids),
        given=replace(given, facilitators=offers),
    )


def _check_known(db: Session, facilitator_ids: Sequence[str]) -> None:
    known = set(db.scalars(select(Facilitator.facilitator_id)))
    unknown = sorted(set(facilitator_ids) - known)
    if unknown:
        raise OperatorError(f"There is no facilitator {', '.join(unknown)}; there are {', '.join(sorted(known))}.")


def _cohorts_of(sitting: Sequence[Learner]) -> Mapping[str, PlannedCohort]:
    """The cohorts of these people as a plan has them, by their ids."""
    sizes: dict[str, Counter[str]] = defaultdict(Counter)
    for person, cohort in sitting:
        sizes[cohort.cohort_id][person.lea_id] += 1
    cohorts = {cohort.cohort_id: cohort for _, cohort in sitting}
    return {
        cohort_id: PlannedCohort(CohortKind(cohort.kind), cohort.slot, cohort.facilitator_id, dict(sizes[cohort_id]))
        for cohort_id, cohort in sorted(cohorts.items())
    }
