"""Portfolios as they come in: one that nobody foresaw holds up no other."""

from pathlib import Path

import pytest
from sqlalchemy import select

from schemas.kinds import InputKind
from schemas.statuses import Disposition
from schemas.tables import IntakeRow, Portfolio, QuarantineItem
from tasks.core.database import reading
from tasks.intake.settle import UNFORESEEN
from tasks.portfolios.submissions import settle_portfolios
from tests.builders import policy
from tests.tasks.cohorts.test_changes import books, cohort
from tests.tasks.reviews.review_books import SUBMITTED, send


@pytest.mark.usefixtures("database")
def test_a_portfolio_of_the_last_day_of_the_calendar_does_not_stop_the_portfolios_of_the_state(tmp_path: Path) -> None:
    books()
    first, second, third = cohort(1, 15)[:3]
    artifacts = "; ".join(policy().portfolio.artifacts["educator"])
    when = {first: SUBMITTED.isoformat(), second: "9999-12-31 23:59:59", third: SUBMITTED.isoformat()}
    rows = [
        {"email": email, "track": "educator", "submitted_at": at, "artifacts": artifacts} for email, at in when.items()
    ]
    send(tmp_path, InputKind.PORTFOLIO, SUBMITTED, *rows)
    assert settle_portfolios.fn("2022", SUBMITTED) == 2
    with reading() as db:
        assert set(db.scalars(select(Portfolio.email))) == {first, third}
        dispositions = db.scalars(select(IntakeRow.disposition).order_by(IntakeRow.row_number))
        assert list(dispositions) == [Disposition.ACCEPTED, Disposition.ERROR, Disposition.ACCEPTED]
        item = db.scalars(select(QuarantineItem)).one()
        assert (item.row_number, item.rule) == (3, UNFORESEEN)
