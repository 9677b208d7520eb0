"""One panel reviews for all seasons: what lies on a desk for one of them takes the room of the other."""

from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from schemas.statuses import ClockState, RoundKind, RoundStatus
from schemas.tables import Assignment, Portfolio, ReviewRound, Season
from tasks.core.database import reading, transaction
from tasks.core.policies import policy_of
from tasks.reviews.forecast import forecast
from tasks.reviews.routing import panel_offers, route_waiting_rounds
from tests.factories.enrollment import store_educators
from tests.factories.portfolios import SUBMITTED
from tests.factories.reviews import submit_portfolio
from tests.factories.season import LEA_IDS, store_rows

pytestmark = pytest.mark.usefixtures("database")
OTHER = "2021"


def lay_on_desk(evaluator_id: str, number: int) -> None:
    """So many reviews of another season, all due in the first week."""
    with transaction() as db:
        if db.get(Season, OTHER) is None:
            db.add(Season(season=OTHER, policy_version="2021-0", opened_at=SUBMITTED - timedelta(days=500)))
    for nth in range(number):
        email, portfolio_id = f"x{nth}@lea.example", f"PF-{evaluator_id}-{nth}"
        store_educators(email, season=OTHER)
        facts = {"season": OTHER, "email": email, "lea_id": LEA_IDS[1], "grade_band": "middle", "track": "educator"}
        store_rows(Portfolio, {**facts, "portfolio_id": portfolio_id})
        started = SUBMITTED - timedelta(days=40)
        clock = {"opened_at": started, "started_at": started, "held_seconds": 0, "clock_state": ClockState.ON_TIME}
        clock |= {"due_at": SUBMITTED + timedelta(days=2), "breach_at": SUBMITTED + timedelta(days=16)}
        round_ = {"portfolio_id": portfolio_id, "round_number": 1, "season": OTHER, "kind": RoundKind.FIRST}
        store_rows(ReviewRound, {**round_, "reason": "", "status": RoundStatus.ASSIGNED, "reviews_wanted": 1, **clock})
        given = {"portfolio_id": portfolio_id, "round_number": 1, "evaluator_id": evaluator_id}
        store_rows(Assignment, {**given, "assigned_at": started, "fit_millionths": 1, "reminders": 0})


def test_a_desk_that_is_full_with_another_seasons_reviews_gets_none(tmp_path: Path) -> None:
    submit_portfolio(tmp_path)
    lay_on_desk("E1", policy_of("2022").review.evaluator_maximum_open_reviews)
    assert route_waiting_rounds.fn("2022", SUBMITTED) == 2
    with reading() as db:
        mine = select(Assignment.evaluator_id).join(Portfolio, Portfolio.portfolio_id == Assignment.portfolio_id)
        assert sorted(db.scalars(mine.where(Portfolio.season == "2022"))) == ["E2", "E3"]


def test_the_forecast_counts_the_weeks_that_another_season_takes(tmp_path: Path) -> None:
    submit_portfolio(tmp_path)
    before = forecast("2022", SUBMITTED).weeks[0]["capacity"]
    lay_on_desk("E1", 2)
    assert forecast("2022", SUBMITTED).weeks[0]["capacity"] == before - 2
    with reading() as db:
        owed = {offer.evaluator_id: offer.owed_weeks for offer in panel_offers(db, policy_of("2022"), SUBMITTED)}
    assert owed == {"E1": (0, 0), "E2": (), "E3": ()}
