"""Portfolios: as participants submit them, and as they are stored; also of librarians without a cohort."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from schemas.kinds import InputKind
from schemas.records import Component
from schemas.statuses import EnrollmentStatus
from schemas.tables import Educator, Enrollment, Portfolio, SeatBlock
from tests.factories.enrollment import SUMMER, store_educators
from tests.factories.season import LEA_IDS, policy, stage_rows, store_rows

MO = "mo@lea.example"
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


def enroll_certified_librarian(email: str = MO) -> None:
    """A librarian of the first district who is certified as an educator already, with a signed form since July 8."""
    from tasks.core.database import transaction

    store_educators(email, first_name="Mo")
    with transaction() as db:
        db.get_one(Educator, ("2022", email)).is_already_certified = True
    seat = {"season": "2022", "lea_id": LEA_IDS[0], "component": Component.LIBRARIAN.value}
    store_rows(SeatBlock, {**seat, "seats_confirmed": 1, "seats_filled": 1, "enroll_by": date(2022, 7, 22)})
    person = {
        "email": email,
        "status": EnrollmentStatus.ENROLLED,
        "enrolled_at": SUMMER - timedelta(days=9),
        "signed_at": SUMMER,
    }
    store_rows(Enrollment, {**seat, **person, "session": ""})


def submit_librarian_portfolio(folder: Path, at: datetime) -> int:
    """That librarian's complete portfolio comes in at a moment; the rounds opened."""
    from tasks.portfolios.submissions import settle_portfolios

    whole = "; ".join(policy().portfolio.artifacts["librarian"])
    row = {**portfolio_row(MO, at.isoformat(), whole), "track": "librarian"}
    stage_rows(folder, InputKind.PORTFOLIO, at, row)
    return int(settle_portfolios.fn("2022", at))
