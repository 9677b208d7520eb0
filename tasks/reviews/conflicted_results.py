"""Results that rest on the score of an evaluator who turned out not to be independent: operators are told, and decide."""

from typing import Any

from sqlalchemy import func, or_, select

from rules.reviews.panel import CONFLICT, Independence, RoundWithResult, report_conflicted_result
from rules.reviews.results import RESULTS, UNDER_REVIEW
from schemas.kinds import SubjectKind
from schemas.statuses import Outcome
from schemas.tables import Assignment, Decision, Evaluator, Portfolio, ReviewRound
from tasks.ledger.unit_of_work import Work
from tasks.letters.write import write_letter

REPORTED = (Outcome.OPERATOR, Outcome.SUPERSEDED)


def independence_of(person: Evaluator) -> Independence:
    """Of which districts an evaluator is not independent."""
    return Independence(person.lea_id, frozenset(person.conflicts))


def report_conflicted_results(work: Work) -> int:
    """Tell operators once of each result with a score of who is not independent of the participant's district; how many."""
    told = set(work.db.scalars(_reported(work)))
    found = []
    for item, lea_id, person, round_, newest in work.db.execute(_scores_of_dependent(work)).tuples().all():
        status = work.db.get_one(ReviewRound, (item.portfolio_id, newest)).status
        facts = RoundWithResult(item.round_number, newest, is_newest_open=status in UNDER_REVIEW)
        ruling = report_conflicted_result(lea_id, independence_of(person), facts)
        if ruling and item.subject not in told:
            work.decide(SubjectKind.REVIEW, item.subject, ruling, score_hundredths=item.score_hundredths)
            found.append({"review": item, "round": round_, "ruling": ruling})
    if found:
        first: Assignment = found[0]["review"]
        key = f"conflicted-results/{first.portfolio_id}/{first.evaluator_id}/{work.as_of.isoformat()}"
        write_letter(work, key, "conflicted_results", work.policy.letters.operators, results=found)
    return len(found)


def _reported(work: Work) -> Any:
    query = select(Decision.subject_key).where(Decision.season == work.season, Decision.rule == CONFLICT)
    return query.where(Decision.subject_kind == SubjectKind.REVIEW, Decision.outcome.in_(REPORTED))


def _scores_of_dependent(work: Work) -> Any:
    """The scores of rounds with a result by evaluators of the own district, or with any conflict, with the newest round."""
    people = work.db.scalars(select(Evaluator).order_by(Evaluator.evaluator_id))
    with_conflicts = [person.evaluator_id for person in people if person.conflicts]
    newest = select(ReviewRound.portfolio_id, func.max(ReviewRound.round_number).label("number"))
    last = newest.where(ReviewRound.season == work.season).group_by(ReviewRound.portfolio_id).subquery()
    of_round = (ReviewRound.portfolio_id == Assignment.portfolio_id) & (
        ReviewRound.round_number == Assignment.round_number
    )
    return (
        select(Assignment, Portfolio.lea_id, Evaluator, ReviewRound, last.c.number)
        .join(Portfolio, Portfolio.portfolio_id == Assignment.portfolio_id)
        .join(Evaluator, Evaluator.evaluator_id == Assignment.evaluator_id)
        .join(ReviewRound, of_round)
        .join(last, last.c.portfolio_id == Assignment.portfolio_id)
        .where(ReviewRound.season == work.season, ReviewRound.status.in_(RESULTS))
        .where(Assignment.score_hundredths.is_not(None), Assignment.withdrawn_at.is_(None))
        .where(or_(Evaluator.lea_id == Portfolio.lea_id, Assignment.evaluator_id.in_(with_conflicts)))
        .order_by(Assignment.portfolio_id, Assignment.round_number, Assignment.evaluator_id)
    )
