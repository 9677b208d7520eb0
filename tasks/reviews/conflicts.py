"""Who on the panel is independent of which district: lists and conflicts that come later, and the open reviews they end.

Of results that rest on such a review operators are told (``conflicted_results``).
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select

from rules.reviews.panel import Independence, change_panel_entry, declare_conflict, withdraw_for_conflict
from rules.reviews.results import UNDER_REVIEW
from schemas.kinds import PersonRole, SubjectKind
from schemas.tables import Assignment, District, Evaluator, Portfolio, ReviewRound
from tasks.core.database import upsert
from tasks.core.step import step
from tasks.intake.persons_on_record import register_people
from tasks.ledger.persons import Sighting
from tasks.ledger.unit_of_work import OperatorError, Work, unit_of_work
from tasks.letters.write import write_letter
from tasks.reviews.conflicted_results import independence_of, report_conflicted_results
from tasks.reviews.panel import NOBODY, Handover, pass_on


def update_panel(work: Work, rows: Sequence[Mapping[str, Any]]) -> int:
    """Bring the panel to a newer list, with a decision for everybody whose independence changes; the open reviews it ends.

    Who is not on the list stays on the panel: *Release evaluator* takes somebody off.
    """
    newest = {row["evaluator_id"]: dict(row) for row in rows}
    for person in work.db.scalars(select(Evaluator)):
        row = newest.get(person.evaluator_id)
        if row:
            ruling = change_panel_entry(
                independence_of(person), Independence(row["lea_id"], frozenset(row["conflicts"]))
            )
            row["conflicts"] = sorted({*row["conflicts"], *person.conflicts})
            if ruling:
                work.decide(
                    SubjectKind.EVALUATOR, person.evaluator_id, ruling, lea_id=row["lea_id"], conflicts=row["conflicts"]
                )
    work.db.flush()
    upsert(work.db, Evaluator, list(newest.values()))
    met = [Sighting(row["email"], PersonRole.EVALUATOR, row["name"], row["lea_id"] or "") for row in newest.values()]
    register_people(work, "list of evaluators", met)
    work.db.expire_all()
    return len(_apply_conflicts(work))


def _apply_conflicts(work: Work) -> list[Handover]:
    """Bring everything in line with who is independent of whom: open rounds, and what operators know of results."""
    gone = _withdraw_conflicted(work)
    report_conflicted_results(work)
    return gone


def _withdraw_conflicted(work: Work) -> list[Handover]:
    """Withdraw the reviews of open rounds, scored or not, whose evaluators are not independent; the rounds wait."""
    query = (
        select(Assignment, Portfolio.lea_id, Evaluator)
        .join(Portfolio, Portfolio.portfolio_id == Assignment.portfolio_id)
        .join(Evaluator, Evaluator.evaluator_id == Assignment.evaluator_id)
        .join(
            ReviewRound,
            (ReviewRound.portfolio_id == Assignment.portfolio_id)
            & (ReviewRound.round_number == Assignment.round_number),
        )
        .where(ReviewRound.season == work.season, ReviewRound.status.in_(UNDER_REVIEW))
        .where(Assignment.withdrawn_at.is_(None))
        .order_by(Assignment.portfolio_id, Assignment.evaluator_id)
    )
    gone = []
    for item, lea_id, person in work.db.execute(query).all():
        is_scored = item.score_hundredths is not None
        ruling = withdraw_for_conflict(lea_id, independence_of(person), is_scored=is_scored)
        if ruling:
            pass_on(work, item, ruling)
            gone.append({"portfolio": item.portfolio_id, "from": item.evaluator_id, "to": NOBODY})
    if gone:
        key = f"conflicts/{gone[0]['portfolio']}/{gone[0]['from']}/{work.as_of.isoformat()}"
        write_letter(work, key, "reviews_withdrawn", work.policy.letters.operators, reviews=gone)
    return gone


@step
def withdraw_conflicted_reviews(season: str, as_of: datetime) -> int:
    """Check the reviews of a season again, also for what was declared in another season's name; those withdrawn."""
    with unit_of_work(season, as_of) as work:
        return len(_apply_conflicts(work))


@step
def put_conflict_on_record(season: str, evaluator_id: str, lea_id: str, reason: str, as_of: datetime) -> list[Handover]:
    """Put an evaluator's conflict with a district on record; the open reviews that this ends.

    Raises:
        OperatorError: there is no such evaluator or district, or no reason.
    """
    with unit_of_work(season, as_of) as work:
        person = work.db.get(Evaluator, evaluator_id)
        if person is None or work.db.get(District, lea_id) is None:
            raise OperatorError(f"There is no evaluator {evaluator_id}, or no district {lea_id}; check the ids.")
        ruling = declare_conflict(lea_id, reason)
        if lea_id not in person.conflicts:
            work.require_allowed(SubjectKind.EVALUATOR, evaluator_id, ruling, lea_id=lea_id)
            person.conflicts = sorted({*person.conflicts, lea_id})
            work.db.flush()
        return _apply_conflicts(work)
