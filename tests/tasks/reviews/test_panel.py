"""A member leaves the panel: the open reviews go to others."""

from pathlib import Path
from typing import Any

import pytest

from flows.reviews import release_evaluator
from schemas.statuses import RoundStatus
from tasks.ledger.unit_of_work import OperatorError
from tasks.reviews.panel import release_from_panel
from tasks.reviews.routing import route_waiting_rounds
from tasks.reviews.sla import hold_round, resume_round
from tasks.season.control_totals import tally
from tests.factories.letters.written import letters_written
from tests.factories.portfolios import SUBMITTED
from tests.factories.reviews import DAY, assign_portfolio, assigned_evaluators, first_round, replace_panel
from tests.factories.seats import open_season_with_seats
from tests.signed_in import signed_in

pytestmark = pytest.mark.usefixtures("database")


def test_when_an_evaluator_leaves_the_open_review_goes_to_somebody_else_and_the_other_one_stays(tmp_path: Path) -> None:
    portfolio_id = assign_portfolio(tmp_path)
    leaver, other = assigned_evaluators(portfolio_id)
    later = SUBMITTED + 3 * DAY
    changes = release_from_panel.fn("2022", leaver, "has moved away", later)
    (third,) = {"E1", "E2", "E3"} - {leaver, other}
    assert changes == [{"portfolio": portfolio_id, "from": leaver, "to": third}]
    assert assigned_evaluators(portfolio_id) == sorted([other, third])
    assert first_round(portfolio_id).status == RoundStatus.ASSIGNED
    assert release_from_panel.fn("2022", leaver, "has moved away", later) == []
    (letter,) = letters_written("evaluator_silent")
    assert letter["to"] == f"{leaver.lower()}@panel.example"
    assert [told["to"] for told in letters_written("reviews_assigned")].count(f"{third.lower()}@panel.example") == 1
    changes = release_from_panel.fn("2022", third, "is ill", later + DAY)
    assert changes == [{"portfolio": portfolio_id, "from": third, "to": "nobody"}]
    assert assigned_evaluators(portfolio_id) == [other]
    assert first_round(portfolio_id).status == RoundStatus.WAITING
    assert route_waiting_rounds.fn("2022", later + 2 * DAY) == 0  # who was asked once is not asked again
    assert tally("2022", "reviews").holds


def test_a_review_on_hold_is_taken_back_from_who_leaves_and_given_out_when_it_goes_on(tmp_path: Path) -> None:
    portfolio_id = assign_portfolio(tmp_path)
    leaver, other = assigned_evaluators(portfolio_id)
    hold_round.fn("2022", portfolio_id, "the participant is ill", SUBMITTED + DAY)
    changes = release_from_panel.fn("2022", leaver, "has moved away", SUBMITTED + 2 * DAY)
    assert changes == [{"portfolio": portfolio_id, "from": leaver, "to": "nobody"}]
    assert assigned_evaluators(portfolio_id) == [other]
    resume_round.fn("2022", portfolio_id, SUBMITTED + 9 * DAY)
    assert route_waiting_rounds.fn("2022", SUBMITTED + 9 * DAY) == 1
    assert leaver not in assigned_evaluators(portfolio_id)


@pytest.mark.parametrize(
    ("evaluator", "reason", "problem"), [("E9", "gone", "There is no evaluator E9"), ("E1", " ", "needs a reason")]
)
def test_to_release_nobody_or_without_a_reason_is_rejected(evaluator: str, reason: str, problem: str) -> None:
    open_season_with_seats()
    replace_panel("E1")
    with pytest.raises(OperatorError, match=problem):
        release_from_panel.fn("2022", evaluator, reason, SUBMITTED)


def test_the_run_shows_who_gave_up_which_review_to_whom(tmp_path: Path, server: Any) -> None:
    portfolio_id = assign_portfolio(tmp_path)
    leaver = assigned_evaluators(portfolio_id)[0]
    tallies = release_evaluator("2022", leaver, "is ill", as_of=SUBMITTED + DAY)
    assert isinstance(tallies, list)
    assert tallies[0].holds
    with signed_in(server.api_url, server.auth) as http:
        found = http.post("/artifacts/filter", json={"sort": "CREATED_DESC", "limit": 5}).json()
    table = next(item["data"] for item in found if item["key"] == f"panel-2022-{leaver.lower()}")
    assert portfolio_id in str(table)
    assert leaver in str(table)
