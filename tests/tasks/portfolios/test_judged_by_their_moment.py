"""A submission is judged by its own moment, whatever has happened when it is imported; and what is refused stays on record."""

from datetime import datetime
from pathlib import Path

import pytest
from sqlalchemy import select

from deployments.cli.explained import explained
from schemas.statuses import Outcome, RoundKind, RoundStatus
from schemas.tables import Decision, Submission
from tasks.core.database import reading
from tasks.reviews.results import open_re_review
from tasks.reviews.routing import route_waiting_rounds
from tasks.reviews.sla import hold_round
from tasks.season.audit import audit
from tasks.season.control_totals import tally
from tasks.season.history import history_of
from tests.factories.letters.written import bodies, letters_written
from tests.factories.portfolios import SUBMITTED
from tests.factories.reviews import (
    DAY,
    assign_portfolio,
    assigned_evaluators,
    fail_portfolio,
    rounds_of,
    score_portfolio,
    submit_again,
)

pytestmark = pytest.mark.usefixtures("database")
WHO = "c1-00@lea.example"
RESULT = SUBMITTED + 30 * DAY  # Wednesday, February 8, 2023
PANEL = ("E1", "E2", "E3", "E4", "E5", "E6")
CHECKS = (
    "nobody-is-refused-for-a-later-review",
    "refused-submissions-stay-on-record",
    "a-re-review-ends-only-for-an-earlier-submission",
    "one-open-round-for-each-portfolio",
    "rounds-are-counted-without-gaps",
    "resubmissions-follow-not-yet",
    "resubmissions-inside-their-days",
    "complete-submissions-are-reviewed",
    "results-are-told",
    "results-state-the-day-to-submit-again",
)


def broken() -> dict[str, tuple[str, ...]]:
    return {item.check.name: item.ids for item in audit("2022") if item.violations and item.check.name in CHECKS}


def re_reviewed(folder: Path, opened_at: datetime) -> str:
    """A portfolio that does not certify, and whose re-review is with two evaluators."""
    portfolio_id = fail_portfolio(folder, RESULT, PANEL)
    open_re_review.fn("2022", portfolio_id, "a second look", "operator", opened_at)
    assert route_waiting_rounds.fn("2022", opened_at) == 2
    return portfolio_id


def test_who_submitted_before_a_re_review_was_opened_is_reviewed_from_the_day_of_the_submission(tmp_path: Path) -> None:
    portfolio_id = re_reviewed(tmp_path, RESULT + 8 * DAY)
    assert submit_again(tmp_path, WHO, RESULT + 5 * DAY, imported_at=RESULT + 10 * DAY) == 1
    assert letters_written("portfolio_refused") == []
    told = bodies("round_opened")[-1]
    assert "We have your resubmitted educator portfolio." in told
    assert "The result is due by Monday, March 27, 2023" in told  # six weeks after February 13
    assert "had begun to review your earlier submission again on Thursday, February 16, 2023." in told
    assert "Since you submitted this portfolio before that, on Monday, February 13, 2023, that review ends" in told
    first, re_review, again = rounds_of(portfolio_id)
    assert (first.status, re_review.status, again.status) == (
        RoundStatus.NOT_YET,
        RoundStatus.SUPERSEDED,
        RoundStatus.WAITING,
    )
    assert (again.kind, again.started_at) == (RoundKind.RESUBMISSION, RESULT + 5 * DAY)
    assert tally("2022", "reviews").holds
    assert broken() == {}


def test_the_evaluators_and_operators_of_a_re_review_that_ends_hear_why_and_its_scores_stay_on_record(
    tmp_path: Path,
) -> None:
    portfolio_id = re_reviewed(tmp_path, RESULT + 8 * DAY)
    first, second = assigned_evaluators(portfolio_id, 2)
    score_portfolio(tmp_path, portfolio_id, first, "90", RESULT + 9 * DAY, number=2)
    hold_round.fn("2022", portfolio_id, "a file cannot be opened", RESULT + 9 * DAY)
    submit_again(tmp_path, WHO, RESULT + 5 * DAY, imported_at=RESULT + 10 * DAY)
    (silent,) = letters_written("evaluator_silent")
    assert silent["to"] == f"{second.lower()}@panel.example"
    assert "had been submitted again before this review began" in str(silent["body"])
    (operators,) = letters_written("re_review_ended")
    assert operators["to"] == "operators@cadre.example"
    assert f"cadre review again {portfolio_id} --reason" in str(operators["body"])
    later = RESULT + 12 * DAY
    assert score_portfolio(tmp_path, portfolio_id, second, "90", later, number=2) == 0
    assert route_waiting_rounds.fn("2022", later) == 2
    for name in set(PANEL) - {first, second}:
        score_portfolio(tmp_path, portfolio_id, name, "88", later + DAY, number=3)
    assert [round_.status for round_ in rounds_of(portfolio_id)][2] == RoundStatus.CERTIFIED
    assert broken() == {}


def test_who_submits_while_a_re_review_is_open_is_refused_and_what_was_sent_stays_on_record(tmp_path: Path) -> None:
    portfolio_id = re_reviewed(tmp_path, RESULT + 8 * DAY)
    at = RESULT + 9 * DAY
    assert submit_again(tmp_path, WHO, at, imported_at=RESULT + 10 * DAY) == 0
    (told,) = bodies("portfolio_refused")
    assert "The portfolio is being reviewed; wait for its result" in told
    assert "What you sent stays on record" in told
    with reading() as db:
        query = select(Decision.inputs).where(
            Decision.subject_key == portfolio_id, Decision.outcome == Outcome.REJECTED
        )
        kept = db.scalars(query).one()
        assert len(list(db.scalars(select(Submission)))) == 1
    assert (kept["submitted_at"], len(kept["artifacts"])) == (at.isoformat(), 5)
    story = explained(history_of("2022", "portfolio", portfolio_id, RESULT + 11 * DAY), "2022")
    assert "The portfolio is being reviewed; wait for its result" in story
    assert broken() == {}


def test_who_submitted_while_the_first_review_was_open_is_refused_whenever_it_is_imported(tmp_path: Path) -> None:
    fail_portfolio(tmp_path, RESULT)
    assert submit_again(tmp_path, WHO, RESULT - DAY, imported_at=RESULT + DAY) == 0
    (told,) = bodies("portfolio_refused")
    assert "was being reviewed when it was submitted" in told
    assert "submit it again" in told
    assert broken() == {}


def test_what_a_re_review_has_certified_before_the_import_stays_certified(tmp_path: Path) -> None:
    portfolio_id = re_reviewed(tmp_path, RESULT + 8 * DAY)
    for name in PANEL:
        score_portfolio(tmp_path, portfolio_id, name, "88", RESULT + 9 * DAY, number=2)
    assert submit_again(tmp_path, WHO, RESULT + 5 * DAY, imported_at=RESULT + 10 * DAY) == 0
    assert "certified already" in bodies("portfolio_refused")[0]
    assert [round_.status for round_ in rounds_of(portfolio_id)] == [RoundStatus.NOT_YET, RoundStatus.CERTIFIED]
    assert broken() == {}


def test_an_older_submission_that_is_imported_after_a_newer_one_is_kept_and_the_newer_one_counts(
    tmp_path: Path,
) -> None:
    portfolio_id = fail_portfolio(tmp_path, RESULT)
    assert submit_again(tmp_path, WHO, RESULT + 5 * DAY) == 1
    assert submit_again(tmp_path, WHO, RESULT + 3 * DAY, imported_at=RESULT + 6 * DAY) == 0
    (told,) = bodies("portfolio_refused")
    assert "A newer submission of this portfolio, of Monday, February 13, 2023, counts instead" in told
    assert [round_.kind for round_ in rounds_of(portfolio_id)] == [RoundKind.FIRST, RoundKind.RESUBMISSION]
    assert broken() == {}


def test_an_incomplete_portfolio_ends_no_re_review(tmp_path: Path) -> None:
    portfolio_id = re_reviewed(tmp_path, RESULT + 8 * DAY)
    assert submit_again(tmp_path, WHO, RESULT + 5 * DAY, "learner-profile", imported_at=RESULT + 10 * DAY) == 0
    assert len(bodies("portfolio_incomplete")) == 1
    assert [round_.status for round_ in rounds_of(portfolio_id)] == [RoundStatus.NOT_YET, RoundStatus.ASSIGNED]


def test_a_re_review_that_is_opened_first_goes_on(tmp_path: Path) -> None:
    portfolio_id = assign_portfolio(tmp_path, PANEL)
    for name in assigned_evaluators(portfolio_id):
        score_portfolio(tmp_path, portfolio_id, name, "70", RESULT)
    open_re_review.fn("2022", portfolio_id, "a second look", "operator", RESULT + DAY)
    assert submit_again(tmp_path, WHO, RESULT + DAY) == 0
    with reading() as db:
        query = select(Decision.outcome).where(Decision.rule == "one-round-at-a-time")
        assert list(db.scalars(query)) == [Outcome.REJECTED]
    assert rounds_of(portfolio_id)[1].status == RoundStatus.WAITING
