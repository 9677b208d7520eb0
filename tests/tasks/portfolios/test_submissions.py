"""Portfolios as they come in: one that nobody foresaw holds up no other."""

from pathlib import Path

import pytest
from sqlalchemy import select

from schemas.kinds import InputKind
from schemas.statuses import Disposition
from schemas.tables import IntakeRow, Portfolio, QuarantineItem
from tasks.core.database import reading
from tasks.portfolios.submissions import settle_portfolios
from tests.factories.cohorts import fill_cohort
from tests.factories.portfolios import SUBMITTED, portfolio_row
from tests.factories.season import stage_rows
from tests.factories.seats import open_season_with_seats


@pytest.mark.usefixtures("database")
def test_a_portfolio_of_the_last_day_of_the_calendar_does_not_stop_the_portfolios_of_the_state(tmp_path: Path) -> None:
    open_season_with_seats()
    first, second, third = fill_cohort("C1", 15)[:3]
    rows = [portfolio_row(first), portfolio_row(second, "9999-12-31 23:59:59"), portfolio_row(third)]
    stage_rows(tmp_path, InputKind.PORTFOLIO, SUBMITTED, *rows)
    assert settle_portfolios.fn("2022", SUBMITTED) == 2
    with reading() as db:
        assert set(db.scalars(select(Portfolio.email))) == {first, third}
        dispositions = db.scalars(select(IntakeRow.disposition).order_by(IntakeRow.row_number))
        assert list(dispositions) == [Disposition.ACCEPTED, Disposition.QUARANTINED, Disposition.ACCEPTED]
        item = db.scalars(select(QuarantineItem)).one()
        assert (item.row_number, item.rule) == (3, "PF-006")
        assert "correct the date" in item.problem
