"""Reviews on both databases: the third evaluator, silence, holds, the ladder."""

from datetime import datetime
from pathlib import Path

import pytest
from prefect import flow
from sqlalchemy import select

from schemas.statuses import Outcome, RoundStatus
from schemas.tables import Decision
from tasks.core.database import reading
from tasks.ledger.unit_of_work import OperatorError
from tasks.reviews.forecast import forecast
from tasks.reviews.routing import route_waiting_rounds
from tasks.reviews.sla import follow_evaluators, hold_round, resume_round, watch_rounds
from tasks.season.control_totals import tally
from tasks.season.report import report_path, write_report
from tests.factories.letters.written import letters_written
from tests.factories.portfolios import SUBMITTED
from tests.factories.reviews import DAY, assign_portfolio, assigned_evaluators, first_round, score_portfolio
from tests.factories.season import policy

pytestmark = pytest.mark.usefixtures("database")


def test_scores_far_apart_go_to_a_third_evaluator_and_the_two_closest_count(tmp_path: Path) -> None:
    portfolio_id = assign_portfolio(tmp_path)
    first, second = assigned_evaluators(portfolio_id)
    later = SUBMITTED + 5 * DAY
    assert score_portfolio(tmp_path, portfolio_id, first, "90", later) == 0
    assert score_portfolio(tmp_path, portfolio_id, second, "60", later) == 0
    assert first_round(portfolio_id).status == RoundStatus.WAITING
    assert route_waiting_rounds.fn("2022", later) == 1
    (third,) = set(assigned_evaluators(portfolio_id)) - {first, second}
    assert score_portfolio(tmp_path, portfolio_id, third, "86", later + DAY) == 1
    assert (first_round(portfolio_id).status, first_round(portfolio_id).score_hundredths) == (
        RoundStatus.CERTIFIED,
        8800,
    )
    (letter,) = letters_written("result")
    assert all(f"From {name}." in str(letter["body"]) for name in (first, second, third))
    assert all(
        name not in str(told["body"]) for told in letters_written("reviews_assigned") for name in ("90", "60")
    )  # blind
    assert tally("2022", "reviews").holds


def test_an_evaluator_is_reminded_and_after_long_silence_somebody_unseen_gets_the_review(tmp_path: Path) -> None:
    portfolio_id = assign_portfolio(tmp_path)
    silent, other = assigned_evaluators(portfolio_id)
    score_portfolio(tmp_path, portfolio_id, other, "85", SUBMITTED + DAY)
    withdrawn = [follow_evaluators.fn("2022", SUBMITTED + n * DAY) for n in (13, 14, 14, 21, 30, 30)]
    assert withdrawn == [0, 0, 0, 0, 1, 0]
    assert len(letters_written("evaluator_silent")) == 3
    assert route_waiting_rounds.fn("2022", SUBMITTED + 30 * DAY) == 1
    assert silent not in assigned_evaluators(portfolio_id)
    assert score_portfolio(tmp_path, portfolio_id, silent, "85", SUBMITTED + 31 * DAY) == 0
    (new,) = set(assigned_evaluators(portfolio_id)) - {other}
    assert score_portfolio(tmp_path, portfolio_id, new, "83", SUBMITTED + 32 * DAY) == 1
    assert first_round(portfolio_id).status == RoundStatus.CERTIFIED


def test_an_evaluator_whose_reminders_were_missed_gets_one_also_where_the_run_is_repeated(tmp_path: Path) -> None:
    assign_portfolio(tmp_path)
    for _ in range(3):  # the first run of the watch for 22 days, killed and run again
        follow_evaluators.fn("2022", SUBMITTED + 22 * DAY)
    told = [letter["to"] for letter in letters_written("evaluator_silent")]
    assert len(told) == len(set(told)) == 2


def test_a_third_score_waits_where_nobody_new_is_there_and_nobody_scores_twice(tmp_path: Path) -> None:
    portfolio_id = assign_portfolio(tmp_path, ("E1", "E2"))
    later = SUBMITTED + 5 * DAY
    score_portfolio(tmp_path, portfolio_id, "E1", "90", later)
    score_portfolio(tmp_path, portfolio_id, "E2", "60", later)
    assert route_waiting_rounds.fn("2022", later) == 0
    assert first_round(portfolio_id).status == RoundStatus.WAITING
    with reading() as db:
        reasons = list(db.scalars(select(Decision.reason).where(Decision.outcome == Outcome.WAITING)))
    assert "no evaluators are independent of the district and not asked yet" in reasons[0]


def test_the_ladder_tells_evaluators_then_operators_then_the_agency_each_once(tmp_path: Path) -> None:
    portfolio_id = assign_portfolio(tmp_path)
    clock = first_round(portfolio_id)
    moments = (
        clock.due_at - 15 * DAY,
        clock.due_at - 14 * DAY,
        clock.due_at - 5 * DAY,
        clock.due_at + DAY,
        clock.breach_at,
    )
    assert [watch_rounds.fn("2022", at) for at in moments for _ in range(2)] == [0, 0, 1, 0, 1, 0, 1, 0, 1, 0]
    to = [letter["to"] for letter in letters_written("sla_report")]
    assert sorted(map(str, to)) == ["agency@cadre.example", "operators@cadre.example", "operators@cadre.example"]
    assert len(letters_written("review_overdue")) == 8


def test_a_held_round_waits_and_its_days_are_later_by_as_long_as_it_was_held(tmp_path: Path) -> None:
    portfolio_id = assign_portfolio(tmp_path)
    before = first_round(portfolio_id)
    for _ in range(2):
        hold_round.fn("2022", portfolio_id, "a file cannot be opened", SUBMITTED + 10 * DAY)
    assert watch_rounds.fn("2022", before.breach_at) == 0
    assert follow_evaluators.fn("2022", SUBMITTED + 35 * DAY) == 0
    for _ in range(2):
        resume_round.fn("2022", portfolio_id, SUBMITTED + 20 * DAY)
    after = first_round(portfolio_id)
    local = policy().zone  # the clock changes in between, the time of the day does not
    for first, then in ((before.due_at, after.due_at), (before.breach_at, after.breach_at)):
        assert then.astimezone(local).replace(tzinfo=None) - first.astimezone(local).replace(tzinfo=None) == 10 * DAY
    assert len(letters_written("review_held")) == 2
    with pytest.raises(OperatorError, match="No round of portfolio P22-X"):
        hold_round.fn("2022", "P22-X", "why", SUBMITTED)


def test_a_hold_without_a_reason_is_rejected(tmp_path: Path) -> None:
    portfolio_id = assign_portfolio(tmp_path)
    with pytest.raises(OperatorError, match="needs a reason"):
        hold_round.fn("2022", portfolio_id, " ", SUBMITTED)


@pytest.mark.usefixtures("server")
def test_the_season_page_says_what_the_panel_has_to_write_by_when(tmp_path: Path) -> None:
    assign_portfolio(tmp_path)
    facts = forecast("2022", SUBMITTED + DAY)
    page = season_page(SUBMITTED + DAY)
    assert "2 reviews are to be written" in page
    assert facts.bottleneck in page
    assert all(f"<td>{week['week_of']}</td>" in page for week in facts.weeks)
    assert "are to be written" not in season_page(SUBMITTED - DAY)


def season_page(as_of: datetime) -> str:
    flow(write_report.fn)("2022", as_of)
    return report_path("2022").read_text(encoding="utf-8")
