"""The panel's next weeks: which reviews will be late as things stand, what is in the way, and how many people would help."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from rules.cohorts.solver.programs import Watch
from rules.reviews.capacity import Capacities, CapacityPlan, Load, evaluators_needed, plan_capacity
from rules.reviews.forecast import bottleneck_in_words, week_of_deadline
from rules.reviews.results import UNDER_REVIEW
from rules.reviews.routing import fit_millionths, is_allowed
from schemas.policy import Policy
from schemas.records import EvaluatorOffer
from schemas.tables import Assignment, ReviewRound
from tasks.core.database import reading
from tasks.core.policies import policy_of
from tasks.core.progress import run_with_progress
from tasks.reviews.routing import HORIZON_WEEKS, open_rounds, owed_reviews, panel_offers

FORECAST_SECONDS = 60


@dataclass(frozen=True, slots=True)
class Forecast:
    """What is to come: rows of one week each, the bottleneck in words, and how many evaluators would prevent the breaches."""

    as_of: datetime
    reviews: int
    weeks: Sequence[dict[str, Any]]
    late: Sequence[str]
    breached: Sequence[str]
    bottleneck: str
    evaluators_needed: int | None
    is_proven: bool


def forecast(season: str, as_of: datetime) -> Forecast:
    """The forecast for every round under review at the moment; nothing is written."""
    policy = policy_of(season)
    with reading() as db:
        offers = panel_offers(db, policy, as_of)
        loads = _loads(db, policy, offers, as_of)
        others = _owed_to_other_seasons(db, policy, as_of)
    start = policy.local_day(as_of)
    capacities = {
        offer.evaluator_id: tuple(
            max(0, room - others[offer.evaluator_id, week]) for week, room in enumerate(offer.rooms)
        )
        for offer in offers
    }
    weekly = [policy.review.evaluator_weekly_reviews] * HORIZON_WEEKS

    def compute(watch: Watch) -> tuple[CapacityPlan, int | None]:
        plan = plan_capacity(loads, capacities, seconds=FORECAST_SECONDS, watch=watch)
        return plan, evaluators_needed(loads, capacities, weekly) if plan.breached else 0

    plan, needed = run_with_progress("planning reviews", compute)
    weeks = _rows(loads, capacities, plan, start)
    reviews = sum(load.reviews for load in loads)
    return Forecast(
        as_of, reviews, weeks, plan.late, plan.breached, bottleneck_in_words(plan, start), needed, plan.is_proven
    )


def _owed_to_other_seasons(db: Session, policy: Policy, as_of: datetime) -> Counter[tuple[str, int]]:
    """How many reviews of other seasons each member of the panel owes by which week from the moment on."""
    query = owed_reviews().where(ReviewRound.season != policy.season, ReviewRound.held_since.is_(None))
    start = policy.local_day(as_of)
    return Counter(
        (evaluator_id, week_of_deadline(policy.local_day(due_at), start)) for evaluator_id, due_at in db.execute(query)
    )


def _loads(db: Session, policy: Policy, offers: Sequence[EvaluatorOffer], as_of: datetime) -> list[Load]:
    """Every round without a result whose clock runs, with who owes it a score and who could be asked."""
    start = policy.local_day(as_of)
    owed: dict[tuple[str, int], list[str]] = defaultdict(list)
    query = select(Assignment.portfolio_id, Assignment.round_number, Assignment.evaluator_id)
    query = query.where(Assignment.score_hundredths.is_(None), Assignment.withdrawn_at.is_(None))
    for portfolio_id, round_number, evaluator_id in db.execute(query.order_by(Assignment.evaluator_id)):
        owed[portfolio_id, round_number].append(evaluator_id)
    query_clocks = select(ReviewRound.portfolio_id, ReviewRound.round_number, ReviewRound.due_at, ReviewRound.breach_at)
    clocks = {(row[0], row[1]): row[2:] for row in db.execute(query_clocks.where(ReviewRound.season == policy.season))}
    loads = []
    for need in open_rounds(db, policy, as_of, UNDER_REVIEW):
        key = need.portfolio_id, need.round_number
        due, limit = (week_of_deadline(policy.local_day(at), start) for at in clocks[key])
        given = tuple(owed[key])
        fits = {o.evaluator_id: fit_millionths(need, o, policy.review.fit) for o in offers if is_allowed(need, o)}
        loads.append(Load(need.portfolio_id, need.track.value, due, limit, given, need.reviews, fits))
    return [load for load in loads if load.reviews]


def _rows(loads: Sequence[Load], capacities: Capacities, plan: CapacityPlan, start: date) -> list[dict[str, Any]]:
    """Each week: what falls due in it, what the panel can give and gives, and whose limit in it will be broken."""
    last = max([*(load.limit_week for load in loads), *plan.weeks.values()], default=-1)
    planned = list(plan.weeks.values())
    return [
        {
            "week_of": (start + timedelta(weeks=week)).isoformat(),
            "due": sum(load.reviews for load in loads if load.target_week == week),
            "capacity": sum(room[week] for room in capacities.values()),
            "reviews": planned.count(week),
            "past_target": sum(load.portfolio_id in plan.late for load in loads if load.target_week == week),
            "breaches": sum(load.portfolio_id in plan.breached for load in loads if load.limit_week == week),
        }
        for week in range(min(last + 1, HORIZON_WEEKS))
    ]
