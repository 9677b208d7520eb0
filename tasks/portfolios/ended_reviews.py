"""Re-reviews that end without a result, since a submission from before them came to light."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select

from rules.reviews.rounds import PastRound, end_re_review, re_review_to_end
from schemas.kinds import SubjectKind
from schemas.records import Ruling
from schemas.statuses import RoundStatus
from schemas.tables import Assignment, Evaluator, ReviewRound
from tasks.ledger.unit_of_work import Work
from tasks.letters.write import write_letter


def end_later_re_review(
    work: Work, portfolio_id: str, submitted_at: datetime, rounds: Sequence[PastRound]
) -> ReviewRound | None:
    """End the open re-review that was started after a submission, and tell its evaluators and operators; none if there is none.

    Its scores stay on record; the round of the submission is the next one.
    """
    later = re_review_to_end(submitted_at, rounds)
    if later is None:
        return None
    ruling = end_re_review(later.number, work.policy.local_day(submitted_at))
    round_ = work.db.get_one(ReviewRound, (portfolio_id, later.number))
    round_.status, round_.decided_at, round_.held_since = RoundStatus.SUPERSEDED, work.as_of, None
    work.decide(SubjectKind.PORTFOLIO, portfolio_id, ruling, round_number=later.number)
    _withdraw_reviews(work, round_, ruling)
    told = {"round": round_, "ruling": ruling}
    write_letter(
        work, f"re-review-ended/{portfolio_id}/{later.number}", "re_review_ended", work.policy.letters.operators, **told
    )
    return round_


def _withdraw_reviews(work: Work, round_: ReviewRound, ruling: Ruling) -> None:
    """Withdraw the reviews without a score, and tell their evaluators why."""
    query = (
        select(Assignment, Evaluator)
        .join(Evaluator, Evaluator.evaluator_id == Assignment.evaluator_id)
        .where(Assignment.portfolio_id == round_.portfolio_id, Assignment.round_number == round_.round_number)
        .where(Assignment.score_hundredths.is_(None), Assignment.withdrawn_at.is_(None))
        .order_by(Assignment.evaluator_id)
    )
    for item, person in work.db.execute(query).tuples().all():
        item.withdrawn_at = work.as_of
        work.decide(SubjectKind.REVIEW, item.subject, ruling)
        told = {"evaluator": person, "portfolio_id": item.portfolio_id, "is_withdrawn": True, "ruling": ruling}
        write_letter(
            work, f"passed-on/{item.subject}/{work.as_of.isoformat()}", "evaluator_silent", person.email, **told
        )
