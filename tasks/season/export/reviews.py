"""The independent panel: its members, the rounds of review, and who scored what."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from rules.reviews.results import RESULTS, counted_scores
from rules.rule_ids import RuleId
from schemas.columns import quoted
from schemas.kinds import SubjectKind
from schemas.statuses import Outcome, RoundKind
from schemas.tables import Assignment, Decision, ReviewRound
from tasks.core.policies import policy_of
from tasks.season.export.contract import (
    ExportTable,
    Scope,
    flag,
    items,
    kind,
    moment,
    number,
    prepared,
    refers,
    text,
)

HAS_RESULT = f"r.status IN ({quoted(RESULTS)})"
IS_BREACHED = "coalesce(r.decided_at, r.held_since, :as_of) >= r.breach_at"
IS_COUNTED = f"""CASE WHEN NOT ({HAS_RESULT}) THEN NULL WHEN c.evaluator_id IS NOT NULL THEN c.is_counted
 ELSE a.scored_at IS NOT NULL AND a.withdrawn_at IS NULL END"""


def _holds(db: Session, scope: Scope) -> Iterator[Mapping[str, Any]]:
    """For how long each round's clock was paused so far."""
    about = Decision.subject_kind == SubjectKind.PORTFOLIO, Decision.rule == RuleId.SLA_HOLD
    query = select(Decision).where(Decision.season.in_(scope.seasons), *about).order_by(Decision.decided_at)
    told: dict[str, list[Decision]] = defaultdict(list)
    for decision in db.scalars(query):
        told[decision.subject_key].append(decision)
    rounds = select(ReviewRound).where(ReviewRound.portfolio_id.in_(sorted(told)))
    for round_ in db.scalars(rounds):
        mine = [item for item in told[round_.portfolio_id] if _is_of(round_, item.decided_at)]
        until = round_.decided_at or scope.as_of
        held = sum((_pause(item, mine[index + 1 :], until) for index, item in enumerate(mine)), timedelta())
        key = {"portfolio_id": round_.portfolio_id, "round_number": round_.round_number}
        yield {**key, "held_seconds": int(held.total_seconds())}


def _is_of(round_: ReviewRound, at: datetime) -> bool:
    return round_.opened_at <= at and (round_.decided_at is None or at <= round_.decided_at)


def _pause(held: Decision, later: list[Decision], until: datetime) -> timedelta:
    if held.outcome != Outcome.HELD:
        return timedelta()
    return (later[0].decided_at if later else until) - held.decided_at


def _counted(db: Session, scope: Scope) -> Iterator[Mapping[str, Any]]:
    """Whose scores make the result of the rounds with more scores than make one."""
    scored = Assignment.score_hundredths.is_not(None), Assignment.withdrawn_at.is_(None)
    for season in scope.seasons:
        review = policy_of(season).review
        key = Assignment.portfolio_id, Assignment.round_number
        many = select(*key).where(*scored).group_by(*key).having(func.count() > review.reviews_per_portfolio).subquery()
        of_round = (many.c.portfolio_id == key[0]) & (many.c.round_number == key[1])
        rounds = (ReviewRound.portfolio_id == key[0]) & (ReviewRound.round_number == key[1])
        query = select(Assignment).join(many, of_round).join(ReviewRound, rounds).where(ReviewRound.season == season)
        found: dict[tuple[str, int], list[Assignment]] = defaultdict(list)
        for item in db.scalars(query.where(*scored).order_by(*key, Assignment.evaluator_id)):
            found[item.portfolio_id, item.round_number].append(item)
        for items_ in found.values():
            left = list(counted_scores([item.score_hundredths or 0 for item in items_], review))
            for item in items_:
                is_counted = item.score_hundredths in left
                if is_counted:
                    left.remove(item.score_hundredths or 0)
                row = {"portfolio_id": item.portfolio_id, "round_number": item.round_number}
                yield {**row, "evaluator_id": item.evaluator_id, "is_counted": is_counted}


def _capacity(_db: Session, scope: Scope) -> Iterator[Mapping[str, Any]]:
    yield {"weekly_reviews": policy_of(max(scope.seasons)).review.evaluator_weekly_reviews}


PREPARED = (
    prepared("export_hold", _holds, portfolio_id=sa.Text(), round_number=sa.Integer(), held_seconds=sa.Integer()),
    prepared(
        "export_counted",
        _counted,
        portfolio_id=sa.Text(),
        round_number=sa.Integer(),
        evaluator_id=sa.Text(),
        is_counted=sa.Boolean(),
    ),
    prepared("export_capacity", _capacity, weekly_reviews=sa.Integer()),
)

TABLES = (
    ExportTable(
        "review_rounds",
        "Rounds of review",
        "One review of a portfolio with a clock of its own; an earlier result stays.",
        2,
        (
            text("portfolio_id", "The portfolio.", "r.portfolio_id"),
            number("round_number", "Which round of it.", "r.round_number"),
            kind("kind", "Why it is reviewed.", "r.kind", RoundKind),
            moment(
                "started_at",
                "When the clock started: at the submission, or when a re-review was asked for.",
                "r.started_at",
            ),
            moment(
                "due_at", "The target, six weeks later unless the policy says otherwise; pauses included.", "r.due_at"
            ),
            moment("breach_at", "The limit, eight weeks later; pauses included.", "r.breach_at"),
            number("held_seconds", "For how long the clock was paused.", "coalesce(h.held_seconds, 0)", "seconds"),
            moment("decided_at", "When the result was there, or the round ended without one.", "r.decided_at"),
            kind("result", "The result.", f"CASE WHEN {HAS_RESULT} THEN r.status END", RESULTS),
            number("score_hundredths", "The score.", "r.score_hundredths", "hundredths of a percent point"),
            flag("is_breached", "Whether the result was not there at the limit.", IS_BREACHED),
        ),
        "FROM review_round r LEFT JOIN export_hold h ON h.portfolio_id = r.portfolio_id AND h.round_number = r.round_number"
        " WHERE r.season IN :seasons",
        (refers("portfolio_id", "portfolios"),),
    ),
    ExportTable(
        "reviews",
        "Reviews",
        "A round assigned to an evaluator.",
        3,
        (
            text("portfolio_id", "The portfolio.", "a.portfolio_id"),
            number("round_number", "The round.", "a.round_number"),
            text("evaluator_id", "Who scores.", "a.evaluator_id"),
            moment("assigned_at", "When it was assigned.", "a.assigned_at"),
            moment("scored_at", "When the evaluator scored it.", "a.scored_at"),
            number("score_hundredths", "The score.", "a.score_hundredths", "hundredths of a percent point"),
            flag(
                "is_counted", "Whether the score is part of the round's result; empty before there is one.", IS_COUNTED
            ),
            moment("withdrawn_at", "When it was taken back.", "a.withdrawn_at"),
        ),
        "FROM assignment a JOIN review_round r ON r.portfolio_id = a.portfolio_id AND r.round_number = a.round_number"
        " LEFT JOIN export_counted c ON c.portfolio_id = a.portfolio_id AND c.round_number = a.round_number"
        " AND c.evaluator_id = a.evaluator_id WHERE r.season IN :seasons",
        (refers(("portfolio_id", "round_number"), "review_rounds"), refers("evaluator_id", "evaluators")),
    ),
    ExportTable(
        "evaluators",
        "Evaluators",
        "The members of the independent panel.",
        1,
        (
            text("evaluator_id", "The evaluator's id.", "e.evaluator_id"),
            text("lea_id", "The district where they work, if any.", "e.lea_id"),
            items("conflicts", "The districts with which they have a declared conflict.", "e.conflicts"),
            items("tracks", "The tracks that they review.", "e.tracks"),
            number("weekly_reviews", "How many reviews a week can be expected of them.", "x.weekly_reviews", "reviews"),
            moment("left_at", "When they left the panel.", "e.left_at"),
        ),
        "FROM evaluator e CROSS JOIN export_capacity x",
    ),
)
