"""Routing to the independent panel, scores, results, the SLA watch, and re-reviews."""

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from functools import partial
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from rules.reviews.results import (
    AssignedReview,
    admit_score,
    counted_scores,
    decide_round,
    dual_result,
    mean_hundredths,
    review_again,
    seeks_both,
)
from rules.reviews.routing import route
from schemas.kinds import InputKind, PlanKind, SubjectKind
from schemas.policy import Policy
from schemas.records import EvaluatorOffer, ReviewNeed, RoutingPlan, Ruling, Track
from schemas.statuses import CertificateStatus, Outcome, RoundKind, RoundStatus
from schemas.tables import Assignment, Certificate, Educator, Evaluator, IntakeRow, Plan, Portfolio, ReviewRound
from tasks.certificates.register import keep_certificate
from tasks.core.database import insert
from tasks.core.step import step
from tasks.intake.cell_values import moment
from tasks.intake.settle import accept, quarantine, settle_rows, staged_rows, supersede
from tasks.ledger.unit_of_work import OperatorError, Work, unit_of_work
from tasks.letters.write import send_with_credential, write_letter
from tasks.portfolios.submissions import open_round

KIND = PlanKind.ROUTING


@step
def route_waiting_rounds(season: str, as_of: datetime) -> int:
    """Assign every waiting round to evaluators, by one plan committed whole; the reviews assigned.

    One plan for one moment: where the plan of this moment is on record, nothing is done.
    """
    with unit_of_work(season, as_of) as work:
        if work.db.get(Plan, (season, KIND, as_of)):
            return 0
        needs = open_rounds(work.db, work.policy, as_of)
        plan = route(needs, panel_offers(work.db, work.policy), work.policy.review)
        achieved = {"fit_millionths": plan.total_fit_millionths, "reviews": len(plan.routed)}
        bounds = {"fit_millionths": plan.bound_millionths, "reviews": sum(need.reviews for need in needs)}
        work.db.add(Plan(season=season, kind=KIND, planned_at=as_of, achieved=achieved, bounds=bounds))
        return assign_reviews(work, plan)


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
    waiting = [(round_, portfolio) for round_, portfolio in db.execute(query)]
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
            asked=frozenset(asked[portfolio.portfolio_id, round_.round_number]),
        )
        for round_, portfolio in waiting
    ]


def panel_offers(db: Session, policy: Policy) -> list[EvaluatorOffer]:
    """The members of the panel, with the reviews open on their desks."""
    query = (
        select(Assignment.evaluator_id, func.count().label("open"))
        .join(
            ReviewRound,
            (ReviewRound.portfolio_id == Assignment.portfolio_id)
            & (ReviewRound.round_number == Assignment.round_number),
        )
        .where(ReviewRound.season == policy.season, Assignment.score_hundredths.is_(None))
        .where(Assignment.withdrawn_at.is_(None))
        .group_by(Assignment.evaluator_id)
    )
    open_reviews = {row.evaluator_id: row.open for row in db.execute(query)}
    return [
        EvaluatorOffer(
            evaluator_id=person.evaluator_id,
            lea_id=person.lea_id,
            tracks=tuple(person.tracks),
            grade_bands=tuple(person.grade_bands),
            conflicts=frozenset(person.conflicts),
            open_reviews=open_reviews.get(person.evaluator_id, 0),
            maximum_open_reviews=policy.review.evaluator_maximum_open_reviews,
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
    by_evaluator: dict[str, list[str]] = defaultdict(list)
    for review in plan.routed:
        need = review.need
        key = f"{need.portfolio_id}/{need.round_number}/{review.evaluator_id}"
        work.decide(SubjectKind.REVIEW, key, review.ruling, fit=str(review.fit))
        by_evaluator[review.evaluator_id].append(need.portfolio_id)
        work.db.get_one(ReviewRound, (need.portfolio_id, need.round_number)).status = plan.status_of(need.portfolio_id)
    for portfolio_id, ruling in plan.unrouted.items():
        work.decide(SubjectKind.PORTFOLIO, portfolio_id, ruling)
    _tell_evaluators(work, by_evaluator)
    return len(plan.routed)


def _tell_evaluators(work: Work, by_evaluator: Mapping[str, Sequence[str]]) -> None:
    for evaluator_id, portfolio_ids in sorted(by_evaluator.items()):
        person = work.db.get_one(Evaluator, evaluator_id)
        letter = {"evaluator": person, "portfolio_ids": sorted(portfolio_ids)}
        write_letter(
            work, f"reviews/{evaluator_id}/{work.as_of.isoformat()}", "reviews_assigned", person.email, **letter
        )


@step
def settle_scores(season: str, as_of: datetime) -> int:
    """Take the staged scores over, and decide every round whose last score came in; the rounds decided."""
    with unit_of_work(season, as_of) as work:
        rows = staged_rows(work.db, season, InputKind.SCORE, as_of)
        touched = settle_rows(work, rows, lambda: partial(_settle_score, work))
        work.db.flush()
        return sum(_decide(work, *key) for key in dict.fromkeys(key for key in touched if key))


def _of_round(portfolio_id: str, number: int) -> str:
    """A round whose last score came in, as the cause of what is decided: a person may have two portfolios."""
    return f"review/{portfolio_id}/{number}"


def _settle_score(work: Work, row: IntakeRow) -> tuple[str, int] | None:
    content = row.content
    key = content["portfolio_id"], int(content["round_number"])
    assignment = work.db.get(Assignment, (*key, content["evaluator_id"]))
    ruling = admit_score(_assigned(work, assignment))
    if ruling.outcome == Outcome.SUPERSEDED:
        supersede(row, ruling.reason)
        return None
    if ruling.outcome == Outcome.REJECTED or assignment is None:
        quarantine(work.db, row, ruling.rule, ruling.reason)
        return None
    try:
        assignment.scored_at = moment(content["scored_at"], work.policy)
    except ValueError as error:
        quarantine(work.db, row, "SC-008", f"scored_at: {error}; correct the date")
        return None
    assignment.score_hundredths, assignment.feedback = int(Decimal(content["score_percent"]) * 100), content["feedback"]
    accept(row, ruling.reason)
    return key


def _assigned(work: Work, assignment: Assignment | None) -> AssignedReview | None:
    if assignment is None:
        return None
    withdrawn_on = work.policy.local_day(assignment.withdrawn_at) if assignment.withdrawn_at else None
    return AssignedReview(withdrawn_on, is_scored=assignment.score_hundredths is not None)


def _decide(work: Work, portfolio_id: str, round_number: int) -> bool:
    round_ = work.db.get_one(ReviewRound, (portfolio_id, round_number))
    query = select(Assignment).where(Assignment.portfolio_id == portfolio_id, Assignment.round_number == round_number)
    query = query.where(Assignment.withdrawn_at.is_(None)).order_by(Assignment.evaluator_id)
    assignments = [item for item in work.db.scalars(query) if item.score_hundredths is not None]
    scores = [item.score_hundredths for item in assignments if item.score_hundredths is not None]
    ruling = decide_round(RoundStatus(round_.status), scores, round_.reviews_wanted, work.policy.review)
    if ruling is None:
        return False
    if ruling.outcome == Outcome.REQUESTED:
        round_.reviews_wanted, round_.status = len(scores) + 1, RoundStatus.WAITING
        work.decide(SubjectKind.PORTFOLIO, portfolio_id, ruling, round_number=round_number, scores_hundredths=scores)
        return False
    counted = counted_scores(scores, work.policy.review)
    with work.because(_of_round(portfolio_id, round_number)):
        _close(work, round_, ruling, counted, [item.feedback for item in assignments])
    return True


def _close(work: Work, round_: ReviewRound, ruling: Ruling, scores: Sequence[int], feedback: Sequence[str]) -> None:
    """Record the result of a round, bring the certificate consistent with it, and tell the participant."""
    round_.status, round_.score_hundredths = RoundStatus(ruling.outcome), mean_hundredths(scores)
    round_.decided_at, round_.held_since = work.as_of, None
    portfolio_id, number = round_.portfolio_id, round_.round_number
    work.decide(SubjectKind.PORTFOLIO, portfolio_id, ruling, round_number=number, scores_hundredths=list(scores))
    certificate = keep_certificate(work, portfolio_id, ruling)
    portfolio = work.db.get_one(Portfolio, portfolio_id)
    person = work.db.get_one(Educator, (work.season, portfolio.email))
    letter: dict[str, Any] = {"person": person, "portfolio": portfolio, "round": round_, "ruling": ruling}
    letter["feedback"] = feedback
    letter["dual"] = _dual(work, person)
    letter["certificate"] = certificate
    credential = certificate.certificate_id if certificate else ""
    key = f"result/{portfolio_id}/{number}"
    send_with_credential(work, key, "result", person.email, certificate_id=credential, **letter)


def _dual(work: Work, person: Educator) -> Ruling | None:
    """Where somebody stands who goes for both certifications; none where there is only one."""
    work.db.flush()
    query = select(Portfolio.track).where(Portfolio.season == work.season, Portfolio.email == person.email)
    if not seeks_both({Track(track) for track in work.db.scalars(query)}, person.is_already_certified):
        return None
    held = select(Certificate.track).where(Certificate.season == work.season, Certificate.email == person.email)
    valid = set(work.db.scalars(held.where(Certificate.status == CertificateStatus.VALID)))
    ruling = dual_result(person.is_already_certified or Track.EDUCATOR in valid, Track.LIBRARIAN in valid)
    work.decide(SubjectKind.EDUCATOR, person.email, ruling)
    return ruling


@step
def open_re_review(season: str, portfolio_id: str, reason: str, requested_by: str, as_of: datetime) -> int:
    """Open a re-review of a decided portfolio; the round's number. The earlier result stays on record.

    Raises:
        OperatorError: there is no such portfolio, it has no result yet, or the reason is empty.
    """
    with unit_of_work(season, as_of) as work:
        portfolio = work.db.get(Portfolio, portfolio_id)
        query = select(ReviewRound).where(ReviewRound.portfolio_id == portfolio_id)
        rounds = list(work.db.scalars(query.order_by(ReviewRound.round_number)))
        if portfolio is None or portfolio.season != season or not rounds:
            raise OperatorError(f"There is no portfolio {portfolio_id} under review in season {season}; check the id.")
        known = next((item for item in rounds if item.kind == RoundKind.RE_REVIEW and item.started_at == as_of), None)
        if known:
            return known.round_number
        ruling = review_again(RoundStatus(rounds[-1].status), rounds[-1].round_number, reason)
        work.require_allowed(SubjectKind.PORTFOLIO, portfolio_id, ruling, requested_by=requested_by)
        told = f"{reason.strip()} (requested by {requested_by})"
        return open_round(work, portfolio_id, RoundKind.RE_REVIEW, as_of, told).round_number
