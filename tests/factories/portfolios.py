"""Portfolios: as participants submit them, and as they are stored."""

from datetime import UTC, datetime
from pathlib import Path

from schemas.kinds import InputKind
from schemas.tables import Portfolio
from tests.factories.enrollment import MO, store_educators
from tests.factories.season import LEA_IDS, policy, stage_rows, store_rows

SUBMITTED = datetime(2023, 1, 9, 15, 0, tzinfo=UTC)


def portfolio_row(email: str, submitted_at: str = SUBMITTED.isoformat(), artifacts: str = "") -> dict[str, str]:
    """An educator's submission with all artifacts, or with those that are named."""
    whole = "; ".join(policy().portfolio.artifacts["educator"])
    return {"email": email, "track": "educator", "submitted_at": submitted_at, "artifacts": artifacts or whole}


def store_portfolio(portfolio_id: str, email: str, season: str = "2022") -> None:
    """An educator of the first district, and the portfolio that is stored of that person."""
    store_educators(email, first_name="Zoé", season=season)
    facts = {"season": season, "email": email, "lea_id": LEA_IDS[0], "grade_band": "middle", "track": "educator"}
    store_rows(Portfolio, {**facts, "portfolio_id": portfolio_id})


def submit_librarian_portfolio(folder: Path, at: datetime) -> int:
    """That librarian's complete portfolio comes in at a moment; the rounds opened."""
    from tasks.portfolios.submissions import settle_portfolios

    whole = "; ".join(policy().portfolio.artifacts["librarian"])
    row = {**portfolio_row(MO, at.isoformat(), whole), "track": "librarian"}
    stage_rows(folder, InputKind.PORTFOLIO, at, row)
    return int(settle_portfolios.fn("2022", at))
