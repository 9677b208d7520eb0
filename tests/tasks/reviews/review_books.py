"""A portfolio that is with the panel, and the scores that come in for it."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import select

from schemas.tables import Assignment, Evaluator, Portfolio, ReviewRound
from tasks.core.database import reading, transaction
from tasks.intake.pipeline import stage_files
from tasks.portfolios.submissions import settle_portfolios
from tasks.reviews.results import route_waiting_rounds, settle_scores
from tests.builders import policy
from tests.season_books import write_rows
from tests.tasks.cohorts.test_changes import books, cohort, rows

SUBMITTED = datetime(2023, 1, 9, 15, 0, tzinfo=UTC)
DAY = timedelta(days=1)


def panel(*ids: str) -> None:
    with transaction() as db:
        for person in db.scalars(select(Evaluator)):
            db.delete(person)
    facts = {"lea_id": None, "tracks": ["educator"], "grade_bands": ["middle"], "conflicts": []}
    rows(Evaluator, *({**facts, "evaluator_id": i, "name": i, "email": f"{i.lower()}@panel.example"} for i in ids))


def send(tmp_path: Path, kind: str, as_of: datetime, *found: Mapping[str, object]) -> None:
    stage_files.fn("2022", kind, as_of, [write_rows(tmp_path / f"{len(list(tmp_path.iterdir()))}.csv", found)])


def waiting(tmp_path: Path, evaluators: tuple[str, ...] = ("E1", "E2", "E3")) -> None:
    """A portfolio that waits for its evaluators."""
    books()
    email = cohort(1, 15)[0]
    panel(*evaluators)
    artifacts = "; ".join(policy().portfolio.artifacts["educator"])
    row = {"email": email, "track": "educator", "submitted_at": SUBMITTED.isoformat(), "artifacts": artifacts}
    send(tmp_path, "portfolio", SUBMITTED, row)
    assert settle_portfolios.fn("2022", SUBMITTED) == 1


def submitted(tmp_path: Path, evaluators: tuple[str, ...] = ("E1", "E2", "E3")) -> str:
    """A portfolio that is with the panel; its id."""
    waiting(tmp_path, evaluators)
    assert route_waiting_rounds.fn("2022", SUBMITTED) == 2
    with reading() as db:
        return db.scalars(select(Portfolio.portfolio_id)).one()


def assigned(portfolio_id: str) -> list[str]:
    with reading() as db:
        query = select(Assignment.evaluator_id).where(Assignment.portfolio_id == portfolio_id)
        return sorted(db.scalars(query.where(Assignment.withdrawn_at.is_(None))))


def score(tmp_path: Path, portfolio_id: str, evaluator: str, percent: str, as_of: datetime) -> int:
    row = {"portfolio_id": portfolio_id, "round_number": 1, "evaluator_id": evaluator, "score_percent": percent}
    send(tmp_path, "score", as_of, {**row, "feedback": f"From {evaluator}.", "scored_at": as_of.isoformat()})
    return int(settle_scores.fn("2022", as_of))


def round_of(portfolio_id: str) -> ReviewRound:
    with reading() as db:
        return db.get_one(ReviewRound, (portfolio_id, 1))
