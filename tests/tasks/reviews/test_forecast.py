"""The forecast from the books: what is owed and what waits, weeks of absence, and the words on the command line."""

from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from deployments.cli.main import app
from schemas.statuses import RoundStatus
from schemas.tables import Assignment, ReviewRound
from tasks.core.database import transaction
from tasks.reviews.forecast import forecast
from tests.factories.portfolios import SUBMITTED
from tests.factories.reviews import assign_portfolio
from tests.factories.season import changed_policy, policy

pytestmark = pytest.mark.usefixtures("database")
WEEK = timedelta(weeks=1)


def test_what_is_owed_is_planned_before_the_target(tmp_path: Path) -> None:
    assign_portfolio(tmp_path)
    found = forecast("2022", SUBMITTED + WEEK)
    assert (found.reviews, found.late, found.breached) == (2, (), ())
    assert sum(row["reviews"] for row in found.weeks) == 2
    assert found.bottleneck == "Every portfolio will have its result by the target."


def test_a_panel_that_is_away_until_the_limit_breaks_it_and_the_forecast_says_who_would_help(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    portfolio_id = assign_portfolio(tmp_path, ("E1", "E2"))
    first = policy().local_day(SUBMITTED)
    away = [first + number * WEEK for number in range(9)]
    absent = changed_policy(review__absent_weeks={"E1": away, "E2": away})
    monkeypatch.setattr("tasks.reviews.forecast.policy_of", lambda _: absent)
    found = forecast("2022", SUBMITTED)
    assert found.breached == found.late == (portfolio_id,)
    assert found.evaluators_needed == 2
    assert "the panel can give 2 reviews of educator portfolios fewer than are due" in found.bottleneck
    with pytest.raises(SystemExit) as ended:
        app(["review", "forecast", "--season", "2022", "--as-of", SUBMITTED.isoformat()])
    assert ended.value.code == 1
    assert "2 more evaluators would prevent every breach" in " ".join(capsys.readouterr().out.split())


def test_where_too_few_are_independent_the_forecast_says_that_it_is_not_time_that_is_missing(tmp_path: Path) -> None:
    assign_portfolio(tmp_path, ("E1", "E2"))
    with transaction() as db:
        second = db.scalars(select(Assignment).where(Assignment.evaluator_id == "E2")).one()
        second.withdrawn_at = SUBMITTED
        db.get_one(ReviewRound, (second.portfolio_id, 1)).status = RoundStatus.WAITING
    found = forecast("2022", SUBMITTED)
    assert found.evaluators_needed == 1
    assert found.bottleneck.startswith("There is time enough, but too few evaluators are independent")
