"""An evaluator leaves the panel: the open reviews go to others, and as few as possible of the others' change hands."""

import re
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from prefect.artifacts import create_table_artifact
from sqlalchemy import select

from rules.reviews.panel import leave_panel, pass_review_on
from rules.reviews.results import UNDER_REVIEW
from rules.reviews.routing import route_again
from schemas.kinds import SubjectKind
from schemas.records import EvaluatorOffer, OpenReview, ReviewNeed, RoutingPlan, Ruling
from schemas.tables import Assignment, Evaluator, ReviewRound
from tasks.core.step import step
from tasks.ledger.unit_of_work import OperatorError, Work, unit_of_work
from tasks.letters.write import write_letter
from tasks.reviews.routing import assign_reviews, open_rounds, panel_offers, withdraw_review

NOBODY = "nobody"
Handover = dict[str, str]


@step
def release_from_panel(season: str, evaluator_id: str, reason: str, as_of: datetime) -> list[Handover]:
    """Take an evaluator off the panel and assign the open reviews again; which reviews changed hands.

    Raises:
        OperatorError: there is no such evaluator, or no reason.
    """
    with unit_of_work(season, as_of) as work:
        person = work.db.get(Evaluator, evaluator_id)
        if person is None:
            raise OperatorError(f"There is no evaluator {evaluator_id}; check the id.")
        if person.left_at is not None:  # a repeated run
            return []
        work.require_allowed(SubjectKind.EVALUATOR, evaluator_id, leave_panel(reason))
        person.left_at = as_of
        return _assign_again(work, evaluator_id)


def _assign_again(work: Work, leaver: str) -> list[Handover]:
    """The open reviews planned once more; those of rounds on hold are only withdrawn, and wait as their rounds do."""
    needs = open_rounds(work.db, work.policy, work.as_of, UNDER_REVIEW)
    rounds = {(need.portfolio_id, need.round_number) for need in needs}
    everything = _without_score(work)
    held = [item for item in everything if (item.portfolio_id, item.round_number) in rounds]
    stopped = [item for item in everything if item not in held and item.evaluator_id == leaver]
    weeks = {(need.portfolio_id, need.round_number): need.target_week for need in needs}
    desks = [
        _without(
            offer,
            [weeks[item.portfolio_id, item.round_number] for item in held if item.evaluator_id == offer.evaluator_id],
        )
        for offer in panel_offers(work.db, work.policy, work.as_of)
    ]
    before = [OpenReview(item.portfolio_id, item.evaluator_id) for item in held]
    plan, given_up = route_again(_asking(needs, held), desks, before, work.policy.review)
    gone = [*stopped, *(item for item in held if (item.portfolio_id, item.evaluator_id) in given_up)]
    for item in gone:
        pass_on(work, item, pass_review_on())
    work.db.flush()
    assign_reviews(work, plan)
    _settle_states(work, plan, needs)
    return _handovers(gone, plan)


def _without(offer: EvaluatorOffer, weeks: Sequence[int]) -> EvaluatorOffer:
    """The offer as if the reviews due in these weeks were not on the desk."""
    return replace(offer, owed_weeks=tuple(sorted((Counter(offer.owed_weeks) - Counter(weeks)).elements())))


def _handovers(gone: Sequence[Assignment], plan: RoutingPlan) -> list[Handover]:
    """Who gave up which review, and who has it now; reviews that had waited are taken on from nobody."""
    takers: dict[str, list[str]] = defaultdict(list)
    for review in plan.routed:
        takers[review.need.portfolio_id].append(review.evaluator_id)
    rows = [
        {"portfolio": item.portfolio_id, "from": item.evaluator_id, "to": _next(takers[item.portfolio_id])}
        for item in gone
    ]
    return rows + [{"portfolio": name, "from": NOBODY, "to": who} for name, left in takers.items() for who in left]


def _next(takers: list[str]) -> str:
    return takers.pop(0) if takers else NOBODY


@step
def publish_handovers(season: str, evaluator_id: str, handovers: list[Handover], why: str) -> None:
    """Show who gave up which review to whom, and why, as a table of the run."""
    key = re.sub("[^a-z0-9]+", "-", f"panel-{season}-{evaluator_id}".lower())
    told = f"Reviews that changed hands because {evaluator_id} {why}; all others stay."
    create_table_artifact(key=key, table=handovers, description=told)


def _without_score(work: Work) -> list[Assignment]:
    query = select(Assignment).where(Assignment.score_hundredths.is_(None), Assignment.withdrawn_at.is_(None))
    return list(work.db.scalars(query.order_by(Assignment.portfolio_id, Assignment.evaluator_id)))


def _asking(needs: Sequence[ReviewNeed], held: Sequence[Assignment]) -> list[ReviewNeed]:
    """The rounds with every review that has no score yet; whoever has one of them may keep it."""
    keeps: dict[str, set[str]] = {}
    for item in held:
        keeps.setdefault(item.portfolio_id, set()).add(item.evaluator_id)
    return [
        replace(
            need,
            reviews=need.reviews + len(keeps.get(need.portfolio_id, ())),
            asked=need.asked - keeps.get(need.portfolio_id, set()),
            seen_by=need.seen_by - keeps.get(need.portfolio_id, set()),
        )
        for need in needs
    ]


def pass_on(work: Work, item: Assignment, ruling: Ruling) -> None:
    """Withdraw a review from its evaluator, who reads why; its round waits for somebody else."""
    withdraw_review(work, item)
    person = work.db.get_one(Evaluator, item.evaluator_id)
    work.decide(SubjectKind.REVIEW, item.subject, ruling)
    context = {"evaluator": person, "portfolio_id": item.portfolio_id, "is_withdrawn": True, "ruling": ruling}
    write_letter(
        work, f"passed-on/{item.subject}/{work.as_of.isoformat()}", "evaluator_silent", person.email, **context
    )


def _settle_states(work: Work, plan: RoutingPlan, needs: Sequence[ReviewNeed]) -> None:
    """A round for which somebody is missing waits; every other one is with the panel."""
    for need in needs:
        round_ = work.db.get_one(ReviewRound, (need.portfolio_id, need.round_number))
        round_.status = plan.status_of(need.portfolio_id)
