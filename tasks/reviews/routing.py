"""Routing to the independent panel: what waits, who can review, and the plan that is written down."""

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping
from datetime import date, datetime, timedelta

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from rules.reviews.forecast import week_of_deadline, weekly_capacity
from rules.reviews.routing import route
from rules.reviews.sla import told_through
from schemas.kinds import PlanKind, SubjectKind
from schemas.policy import Policy
from schemas.records import EvaluatorOffer, ReviewNeed, RoutingPlan, Track
from schemas.statuses import RoundStatus
from schemas.tables import Assignment, Evaluator, Plan, Portfolio, ReviewRound
from tasks.core.database import insert
from tasks.core.step import step
from tasks.ledger.persons import rostered_addresses, same_person
from tasks.ledger.unit_of_work import Work, unit_of_work
from tasks.letters.write import write_letter
from tasks.reviews.late_results import tell_late

KIND = PlanKind.ROUTING
HORIZON_WEEKS = 26


@step
def route_waiting_rounds(season: str, as_of: datetime, next_run_on: date | None = None) -> int:
    """Assign every waiting round to evaluators, by one plan committed whole, and tell of late results; the reviews assigned.

    One plan for one moment: where the plan of this moment is on record, nothing is done. The plan says through which promised
    day participants of late results were told: through ``next_run_on``, where the next run comes later than by the schedule.
    """
    with unit_of_work(season, as_of) as work:
        if work.db.get(Plan, (season, KIND, as_of)):
            return 0
        needs = open_rounds(work.db, work.policy, as_of)
        work.db.scalars(select(Evaluator.evaluator_id).with_for_update()).all()  # one season after the other: one panel
        plan = route(needs, panel_offers(work.db, work.policy, as_of), work.policy.review)
        achieved = {"fit_millionths": plan.total_fit_millionths, "reviews": len(plan.routed)}
        achieved |= {"late": plan.late} | ({} if plan.peak_percent is None else {"peak_percent": plan.peak_percent})
        told = {"told_through": told_through(work.today, next_run_on, work.policy.review).isoformat()}
        bounds = {"fit_millionths": plan.bound_millionths, "reviews": sum(need.reviews for need in needs)}
        work.db.add(Plan(season=season, kind=KIND, planned_at=as_of, achieved=achieved | told, bounds=bounds))
        assigned = assign_reviews(work, plan)
        tell_late(work, next_run_on)
        return assigned


def open_rounds(
    db: Session, policy: Policy, as_of: datetime, statuses: Collection[RoundStatus] = (RoundStatus.WAITING,)
) -> list[ReviewNeed]:
    """The rounds in these statuses that are not on hold; *waiting* ones have fewer evaluators than the policy asks for."""
    query = (
        select(ReviewRound, Portfolio)
        .join(Portfolio, Portfolio.portfolio_id == ReviewRound.portfolio_id)
        .where(ReviewRound.season == policy.season, ReviewRound.status.in_(statuses), ReviewRound.opened_at <= as_of)
        .where(ReviewRound.held_since.is_(None))
        .order_by(ReviewRound.started_at, ReviewRound.portfolio_id)
    )
    waiting, themselves = [(round_, portfolio) for round_, portfolio in db.execute(query)], _evaluators_by_record(db)
    seen: dict[str, set[str]] = defaultdict(set)
    asked: dict[tuple[str, int], set[str]] = defaultdict(set)
    given: Counter[tuple[str, int]] = Counter()
    ids = query.with_only_columns(Portfolio.portfolio_id).order_by(
        None
    )  # as many as there are: named, they would be too many
    for assignment in db.scalars(select(Assignment).where(Assignment.portfolio_id.in_(ids))):
        seen[assignment.portfolio_id].add(assignment.evaluator_id)
        asked[assignment.portfolio_id, assignment.round_number].add(assignment.evaluator_id)
        given[assignment.portfolio_id, assignment.round_number] += assignment.withdrawn_at is None
    return [
        ReviewNeed(
            portfolio_id=portfolio.portfolio_id,
            round_number=round_.round_number,
            lea_id=portfolio.lea_id,
            track=Track(portfolio.track),
            grade_band=portfolio.grade_band,
            submitted_at=round_.started_at,
            seen_by=frozenset(seen[portfolio.portfolio_id]),
            reviews=round_.reviews_wanted - given[portfolio.portfolio_id, round_.round_number],
            target_week=week_of_deadline(policy.local_day(round_.due_at), policy.local_day(as_of)),
            asked=frozenset(
                asked[portfolio.portfolio_id, round_.round_number] | themselves.get(portfolio.email, set())
            ),
        )
        for round_, portfolio in waiting
    ]


def _evaluators_by_record(db: Session) -> Mapping[str, set[str]]:
    """Who of the panel is the person with the record: nobody judges a portfolio of their own."""
    rostered, records_of = rostered_addresses(db), same_person(db)
    found: dict[str, set[str]] = defaultdict(set)
    for evaluator_id, email in db.execute(select(Evaluator.evaluator_id, Evaluator.email)).tuples():
        for record in records_of(rostered.get(email, email)):
            found[record].add(evaluator_id)
    return found


def owed_reviews() -> Select[tuple[str, datetime]]:
    """Who of the panel owes a score, in whatever season, and when the result is due."""
    return (
        select(Assignment.evaluator_id, ReviewRound.due_at)
        .join(
            ReviewRound,
            (ReviewRound.portfolio_id == Assignment.portfolio_id)
            & (ReviewRound.round_number == Assignment.round_number),
        )
        .where(Assignment.score_hundredths.is_(None), Assignment.withdrawn_at.is_(None))
    )


def panel_offers(db: Session, policy: Policy, as_of: datetime) -> list[EvaluatorOffer]:
    """The members of the panel, with what of all seasons is on their desks, and the room of their weeks from the moment on."""
    start = policy.local_day(as_of)
    weeks = [start + timedelta(weeks=number) for number in range(HORIZON_WEEKS)]
    owed: dict[str, list[int]] = defaultdict(list)
    for evaluator_id, due_at in db.execute(owed_reviews()):
        owed[evaluator_id].append(week_of_deadline(policy.local_day(due_at), start))
    return [
        EvaluatorOffer(
            evaluator_id=person.evaluator_id,
            lea_id=person.lea_id,
            tracks=tuple(person.tracks),
            grade_bands=tuple(person.grade_bands),
            conflicts=frozenset(person.conflicts),
            owed_weeks=tuple(sorted(owed[person.evaluator_id])),
            maximum_open_reviews=policy.review.evaluator_maximum_open_reviews,
            rooms=tuple(weekly_capacity(person.evaluator_id, weeks, policy.review)),
        )
        for person in db.scalars(select(Evaluator).where(Evaluator.left_at.is_(None)).order_by(Evaluator.evaluator_id))
    ]


def withdraw_review(work: Work, assignment: Assignment) -> None:
    """A review is its evaluator's no longer; its round waits for somebody else."""
    assignment.withdrawn_at = work.as_of
    work.db.get_one(ReviewRound, (assignment.portfolio_id, assignment.round_number)).status = RoundStatus.WAITING


def assign_reviews(work: Work, plan: RoutingPlan) -> int:
    """Write the reviews of a plan, and tell the evaluators; how many."""
    rows = [
        {
            "portfolio_id": review.need.portfolio_id,
            "round_number": review.need.round_number,
            "evaluator_id": review.evaluator_id,
            "assigned_at": work.as_of,
            "fit_millionths": int(review.fit * 1_000_000),
            "reminders": 0,
        }
        for review in plan.routed
    ]
    insert(work.db, Assignment, rows)
    by_evaluator: dict[str, dict[str, date]] = defaultdict(dict)
    for review in plan.routed:
        need = review.need
        key = f"{need.portfolio_id}/{need.round_number}/{review.evaluator_id}"
        work.decide(SubjectKind.REVIEW, key, review.ruling, fit=str(review.fit))
        round_ = work.db.get_one(ReviewRound, (need.portfolio_id, need.round_number))
        round_.status = plan.status_of(need.portfolio_id)
        by_evaluator[review.evaluator_id][need.portfolio_id] = work.policy.local_day(round_.due_at)
    for portfolio_id, ruling in plan.unrouted.items():
        work.decide(SubjectKind.PORTFOLIO, portfolio_id, ruling)
    _tell_evaluators(work, by_evaluator)
    return len(plan.routed)


def _tell_evaluators(work: Work, by_evaluator: Mapping[str, Mapping[str, date]]) -> None:
    """Tell each evaluator of the new reviews, with the day by which the participant's result is due."""
    for evaluator_id, due in sorted(by_evaluator.items()):
        person = work.db.get_one(Evaluator, evaluator_id)
        letter = {"evaluator": person, "portfolios": dict(sorted(due.items()))}
        write_letter(
            work, f"reviews/{evaluator_id}/{work.as_of.isoformat()}", "reviews_assigned", person.email, **letter
        )
