"""What happens on the panel while portfolios are reviewed: conflicts that come to light late, and members who leave."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from sqlalchemy import func, select

from deployments.sample.care import SKIP
from deployments.sample.world import World
from schemas.tables import Assignment, Evaluator, Portfolio
from tasks.core.database import reading


def late_conflict(world: World, _day: date) -> Mapping[str, object]:
    """An evaluator opens a portfolio and knows somebody in its district, which nobody had declared."""
    query = _open_reviews(world).with_only_columns(Assignment.evaluator_id, Portfolio.lea_id)
    newest = (Assignment.assigned_at.desc(), Assignment.portfolio_id, Assignment.evaluator_id)
    with reading() as db:
        found = db.execute(query.order_by(*newest)).first()
    if found is None:
        return SKIP
    return {"evaluator_id": found[0], "lea_id": found[1], "reason": "a relative teaches in the district"}


def leaving_member(world: World, _day: date) -> Mapping[str, object]:
    """Who has the most reviews to write leaves the panel."""
    query = _open_reviews(world).with_only_columns(Assignment.evaluator_id).group_by(Assignment.evaluator_id)
    with reading() as db:
        found = db.scalars(query.order_by(func.count().desc(), Assignment.evaluator_id)).first()
    return {"evaluator_id": found, "reason": "has taken another position"} if found else SKIP


def _open_reviews(world: World) -> Any:
    return (
        select(Assignment)
        .join(Portfolio, Portfolio.portfolio_id == Assignment.portfolio_id)
        .join(Evaluator, Evaluator.evaluator_id == Assignment.evaluator_id)
        .where(Portfolio.season == world.policy.season, Evaluator.left_at.is_(None))
        .where(Assignment.score_hundredths.is_(None), Assignment.withdrawn_at.is_(None))
    )
