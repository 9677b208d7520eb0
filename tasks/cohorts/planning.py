"""What the cohort plan is made of: who waits, when they can meet, who can lead; and what a change would do to it."""

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time
from functools import cache

from sqlalchemy import select
from sqlalchemy.orm import Session

from rules.cohorts.offers import left_to_lead, slot_ranks
from rules.cohorts.plan import plan_cohorts
from rules.cohorts.sessions import session_days
from rules.cohorts.solver.cohort_problem import Meets
from schemas.policy import Cohorts, Policy
from schemas.records import CohortPlan, Component, DistrictDemand, FacilitatorOffer, StartWindow
from schemas.statuses import EnrollmentStatus
from schemas.tables import Application, Cohort, CohortMember, Enrollment, Facilitator
from tasks.cohorts.meetings import weekly_meetings
from tasks.core.database import reading
from tasks.core.policies import closed_days, policy_of
from tasks.core.progress import run_log, run_with_progress
from tasks.ledger.unit_of_work import OperatorError

Waiting = Mapping[str, list[str]]


@dataclass(frozen=True, slots=True)
class PlanningInput:
    """What a plan is made from: the districts, the facilitators, and the numbers of the policy."""

    demands: Sequence[DistrictDemand]
    facilitators: Sequence[FacilitatorOffer]
    policy: Policy
    cohorts: Cohorts
    today: date


@dataclass(frozen=True, slots=True)
class OneMore:
    """A facilitator more, who is only tried: when they could lead, and how many cohorts."""

    slots: tuple[str, ...]
    maximum_cohorts: int


@dataclass(frozen=True, slots=True)
class Change:
    """A change that is only tried: facilitators more, slots more for districts, another minimum."""

    facilitators: Sequence[OneMore] = ()
    slots: Mapping[str, Sequence[str]] = field(default_factory=dict)
    minimum: int | None = None


def planning_input(
    db: Session, policy: Policy, waiting: Waiting, as_of: datetime, planned_again: Collection[str] = ()
) -> PlanningInput:
    """The input for those who wait, and for the people of cohorts that are planned again."""
    demands = [DistrictDemand(lea_id, len(emails), _ranks(db, policy, lea_id)) for lea_id, emails in waiting.items()]
    offers = _offers(db, policy, as_of, planned_again)
    return PlanningInput(demands, offers, policy, policy.cohorts, policy.local_day(as_of))


def solve_plan(given: PlanningInput) -> CohortPlan:
    """The plan; how far the solver is goes to the log of the run, and a warning where the plan is not proven."""
    meets = closed_rule(given.policy, given.today)
    plan = run_with_progress(
        "planning cohorts",
        lambda watch: plan_cohorts(given.demands, given.facilitators, given.cohorts, meets=meets, watch=watch),
    )
    warn_of_unproven(plan, given.cohorts)
    return plan


def warn_of_unproven(plan: CohortPlan, cohorts: Cohorts) -> None:
    """Say on the run at which levels a better plan may exist."""
    if plan.not_proven:
        run_log().warning(
            "The plan of cohorts is not proven to be the best after %s s (cohorts.solver_seconds): %s.",
            cohorts.solver_seconds,
            "; ".join(plan.not_proven),
        )


def closed_for(policy: Policy, lea_ids: Collection[str]) -> frozenset[date]:
    """The days on which at least one of the districts is closed: public holidays and its own days."""
    own = (policy.cohorts.closed_on.get(lea_id, ()) for lea_id in lea_ids)
    return closed_days(policy).union(*own)


def closed_rule(policy: Policy, today: date) -> Meets:
    """Whether districts have days for all sessions in a slot; asked often, so what is the same is looked at once."""

    @cache
    def finds_days(slot: str, closed: frozenset[date]) -> bool:
        return session_days(slot, closed, policy.cohorts, today) is not None

    def meets(slot: str, lea_ids: tuple[str, ...]) -> bool:
        return finds_days(slot, closed_for(policy, lea_ids))

    return meets


def who_waits(db: Session, season: str, as_of: datetime) -> Waiting:
    """Who has a signed certification seat and no cohort, by district, in the order of the address."""
    query = (
        select(Enrollment.lea_id, Enrollment.email)
        .join(
            CohortMember,
            (CohortMember.season == Enrollment.season) & (CohortMember.email == Enrollment.email),
            isouter=True,
        )
        .where(Enrollment.season == season, Enrollment.component == Component.CERTIFICATION)
        .where(Enrollment.status == EnrollmentStatus.ENROLLED)
        .where(CohortMember.email.is_(None), Enrollment.signed_at <= as_of)
        .order_by(Enrollment.lea_id, Enrollment.email)
    )
    waiting: dict[str, list[str]] = defaultdict(list)
    for lea_id, email in db.execute(query):
        waiting[lea_id].append(email)
    return waiting


def windows_of(db: Session, policy: Policy, lea_ids: Collection[str]) -> Mapping[str, StartWindow]:
    """When each of the districts prefers its cohorts to start."""
    query = select(Application.lea_id, Application.start_from, Application.start_until)
    mine = query.where(Application.season == policy.season, Application.lea_id.in_(lea_ids))
    return {lea_id: StartWindow(first, last) for lea_id, first, last in db.execute(mine)}


def _ranks(db: Session, policy: Policy, lea_id: str) -> Mapping[str, int]:
    return slot_ranks(db.get_one(Application, (policy.season, lea_id)).slots, policy.cohorts)


def _offers(db: Session, policy: Policy, as_of: datetime, planned_again: Collection[str]) -> list[FacilitatorOffer]:
    """What facilitators can lead besides their meetings ahead, not counting the cohorts that are planned again."""
    led = Counter(
        facilitator_id
        for facilitator_id, cohort_id in db.execute(
            select(Cohort.facilitator_id, Cohort.cohort_id).where(
                Cohort.season == policy.season, Cohort.merged_into == ""
            )
        )
        if cohort_id not in planned_again
    )
    first = datetime.combine(
        policy.cohorts.earliest_start_on, time(), policy.zone
    )  # what is over by then is in nobody's way
    busy = weekly_meetings(db, policy, max(as_of, first), planned_again)
    return [
        left_to_lead(
            FacilitatorOffer(
                person.facilitator_id,
                tuple(slot for slot in person.slots if slot in policy.cohorts.slots),
                person.maximum_cohorts,
            ),
            led[person.facilitator_id],
            busy.get(person.facilitator_id, ()),
            policy.cohorts,
        )
        for person in db.scalars(select(Facilitator).order_by(Facilitator.facilitator_id))
    ]


def what_if(season: str, as_of: datetime, change: Change) -> tuple[CohortPlan, CohortPlan]:
    """The plan for those who wait at the moment as things stand, and with the change; nothing is written.

    Raises:
        OperatorError: nobody waits, or the change names a district that does not wait or a slot that is none.
    """
    policy = policy_of(season)
    with reading() as db:
        given = planning_input(db, policy, who_waits(db, season, as_of), as_of)
    if not given.demands:
        raise OperatorError(
            f"Nobody waits for a cohort at {as_of.isoformat()}; give a moment before cohorts were formed."
        )
    return solve_plan(given), solve_plan(with_change(given, change))


def with_change(given: PlanningInput, change: Change) -> PlanningInput:
    """The input with the change made.

    Raises:
        OperatorError: it names a district that does not wait, or a slot that the policy does not have.
    """
    waiting = {demand.lea_id for demand in given.demands}
    strangers = sorted(change.slots.keys() - waiting)
    if strangers:
        raise OperatorError(f"No learner of district {', '.join(strangers)} waits for a cohort; check the id.")
    named = {slot for offer in change.facilitators for slot in offer.slots} | {
        s for more in change.slots.values() for s in more
    }
    unknown = sorted(named - set(given.policy.cohorts.slots))
    if unknown:
        raise OperatorError(
            f"{', '.join(unknown)} is no slot of the season; its slots: {', '.join(given.policy.cohorts.slots)}."
        )
    more = [
        FacilitatorOffer(f"one more {number}", offer.slots, offer.maximum_cohorts)
        for number, offer in enumerate(change.facilitators, start=1)
    ]
    least = given.cohorts.minimum_participants if change.minimum is None else change.minimum
    return replace(
        given,
        demands=[replace(d, slot_ranks=_with(d.slot_ranks, change.slots.get(d.lea_id, ()))) for d in given.demands],
        facilitators=[*given.facilitators, *more],
        cohorts=given.cohorts.model_copy(update={"minimum_participants": least}),
    )


def _with(ranks: Mapping[str, int], slots: Sequence[str]) -> Mapping[str, int]:
    """The slots with more of them, liked least."""
    new = [slot for slot in slots if slot not in ranks]
    return {**ranks, **{slot: rank for rank, slot in enumerate(new, start=max(ranks.values(), default=0) + 1)}}
