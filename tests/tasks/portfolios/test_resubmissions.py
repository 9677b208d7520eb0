"""A portfolio that does not certify: until when it may come again, who is told so, and who is told that it may not."""

from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from deployments.cli.explained import explained
from schemas.kinds import InputKind
from schemas.records import Track
from schemas.statuses import EnrollmentStatus, RoundKind
from schemas.tables import Enrollment, Portfolio, ReviewRound
from tasks.core.database import reading, transaction
from tasks.portfolios.care import extend_time
from tasks.portfolios.resubmissions import remind_of_resubmissions
from tasks.portfolios.submissions import settle_portfolios
from tasks.reviews.results import open_re_review
from tasks.reviews.routing import route_waiting_rounds
from tasks.season.history import history_of
from tests.factories.letters.written import bodies, letters_written
from tests.factories.portfolios import SUBMITTED, portfolio_row
from tests.factories.reviews import (
    DAY,
    assign_portfolio,
    assigned_evaluators,
    fail_portfolio,
    score_portfolio,
    submit_again,
)
from tests.factories.season import stage_rows

pytestmark = pytest.mark.usefixtures("database")
WHO = "c1-00@lea.example"
RESULT = SUBMITTED.replace(month=6, day=9)  # the six months end on June 12
LAST = "Thursday, September 7, 2023"


def test_the_result_states_the_day_until_which_it_may_come_again_and_that_day_counts(tmp_path: Path) -> None:
    portfolio_id = fail_portfolio(tmp_path, RESULT)
    (told,) = bodies("result")
    assert f"submit it again through {LAST}." in told
    assert submit_again(tmp_path, WHO, RESULT + timedelta(days=90)) == 1
    with reading() as db:
        assert db.get_one(ReviewRound, (portfolio_id, 2)).kind == RoundKind.RESUBMISSION
    assert letters_written("portfolio_refused") == []


def test_who_comes_after_that_day_reads_why_it_does_not_count(tmp_path: Path) -> None:
    fail_portfolio(tmp_path, RESULT)
    for _ in range(2):
        assert submit_again(tmp_path, WHO, RESULT + timedelta(days=91)) == 0
    (letter,) = letters_written("portfolio_refused")
    assert letter["to"] == WHO
    assert f"The last day to submit this portfolio again was {LAST}" in str(letter["body"])


def test_where_somebody_stands_says_until_when_the_portfolio_may_come_again(tmp_path: Path) -> None:
    portfolio_id = fail_portfolio(tmp_path, RESULT)

    def stands(days: int) -> str:
        return explained(history_of("2022", "portfolio", portfolio_id, RESULT + days * DAY), "2022")

    assert f"It can be submitted again through {LAST}; the letter with the result says what to improve." in stands(90)
    assert f"The last day to submit this portfolio again was {LAST}" in stands(91)


def test_an_operator_can_give_more_days_to_submit_again(tmp_path: Path) -> None:
    fail_portfolio(tmp_path, RESULT)
    until = RESULT.date() + timedelta(days=100)
    extend_time.fn("2022", WHO, Track.EDUCATOR, until, reason="illness", as_of=RESULT + 60 * DAY)
    assert submit_again(tmp_path, WHO, RESULT + timedelta(days=100)) == 1


def test_reminders_come_before_that_day_and_not_to_who_is_reviewed_again(tmp_path: Path) -> None:
    portfolio_id = fail_portfolio(tmp_path, RESULT)
    days = (59, 60, 60, 82, 83, 90, 91)
    assert [remind_of_resubmissions.fn("2022", RESULT + n * DAY) for n in days] == [0, 1, 0, 0, 1, 0, 0]
    assert all(f"submit it again through {LAST}." in body for body in bodies("resubmission_reminder"))
    open_re_review.fn("2022", portfolio_id, "a second look", "operator", RESULT + 62 * DAY)
    with transaction() as db:
        db.get_one(Portfolio, portfolio_id).resubmit_by = (RESULT + 70 * DAY).date()
    assert remind_of_resubmissions.fn("2022", RESULT + 63 * DAY) == 0


def test_whose_participation_ended_is_not_told_to_come_again(tmp_path: Path) -> None:
    portfolio_id = assign_portfolio(tmp_path)
    with transaction() as db:
        seat = db.get_one(Enrollment, ("2022", WHO, "certification"))
        seat.status = EnrollmentStatus.WITHDRAWN
    for name in assigned_evaluators(portfolio_id):
        score_portfolio(tmp_path, portfolio_id, name, "70", RESULT)
    (told,) = bodies("result")
    assert "submit it again" not in told
    assert "The participation has ended, so the portfolio cannot be submitted again." in told
    assert submit_again(tmp_path, WHO, RESULT + 5 * DAY) == 0
    assert len(letters_written("portfolio_refused")) == 1


def test_what_is_incomplete_says_until_when_it_can_be_completed(tmp_path: Path) -> None:
    fail_portfolio(tmp_path, RESULT)
    assert submit_again(tmp_path, WHO, RESULT + 5 * DAY, "learner-profile") == 0
    assert f"submit your portfolio again by {LAST}." in bodies("portfolio_incomplete")[0]


def test_a_first_portfolio_after_its_time_is_refused_with_a_letter(tmp_path: Path) -> None:
    assign_portfolio(tmp_path)
    late = SUBMITTED.replace(month=6, day=14)
    stage_rows(tmp_path, InputKind.PORTFOLIO, late, portfolio_row("c1-01@lea.example", late.isoformat()))
    stage_rows(tmp_path, InputKind.PORTFOLIO, late, portfolio_row("nobody@lea.example", late.isoformat()))
    assert settle_portfolios.fn("2022", late) == 0
    told = {str(letter["to"]): str(letter["body"]) for letter in letters_written("portfolio_refused")}
    assert "The time for this portfolio ended on Monday, June 12, 2023" in told["c1-01@lea.example"]
    assert "Dear colleague," in told["nobody@lea.example"]


def test_a_re_review_that_takes_the_certificate_away_says_so_and_until_when_to_come_again(tmp_path: Path) -> None:
    portfolio_id = assign_portfolio(tmp_path, ("E1", "E2", "E3", "E4"))
    for name in assigned_evaluators(portfolio_id):
        score_portfolio(tmp_path, portfolio_id, name, "85", RESULT)
    again = RESULT + 20 * DAY
    open_re_review.fn("2022", portfolio_id, "a complaint", "operator", again)
    assert route_waiting_rounds.fn("2022", again) == 2
    with reading() as db:
        assert db.scalars(select(Portfolio.resubmit_by)).one() is None
    for name in ("E1", "E2", "E3", "E4"):
        score_portfolio(tmp_path, portfolio_id, name, "70", again + DAY, number=2)
    letter = letters_written("result")[-1]
    assert str(letter["subject"]).startswith("Your certificate is no longer valid")
    assert "CERT-" in str(letter["body"])
    assert "submit it again through Thursday, September 28, 2023" in str(letter["body"])
