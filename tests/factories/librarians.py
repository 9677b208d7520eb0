"""A librarian who is certified as an educator already, and the portfolio without a cohort."""

from datetime import date, datetime, timedelta
from pathlib import Path

from schemas.kinds import InputKind
from schemas.records import Component
from schemas.statuses import EnrollmentStatus
from schemas.tables import Educator, Enrollment, SeatBlock
from tests.factories.enrollment import SUMMER, store_educators
from tests.factories.portfolios import portfolio_row
from tests.factories.season import LEA_IDS, policy, stage_rows, store_rows

MO = "mo@lea.example"


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
