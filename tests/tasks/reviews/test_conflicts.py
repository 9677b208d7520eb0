"""A conflict that is declared late ends the open reviews that it concerns, by whatever way it comes."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from flows.reviews import declare_conflict, route_reviews
from schemas.statuses import RoundStatus
from schemas.tables import Assignment, Decision, Evaluator, Portfolio
from tasks.core.database import reading, transaction
from tasks.ledger.unit_of_work import OperatorError
from tasks.reviews.conflicts import put_conflict_on_record, withdraw_conflicted_reviews
from tasks.reviews.results import open_re_review
from tasks.reviews.routing import route_waiting_rounds
from tasks.season.audit import audit
from tasks.season.control_totals import tally
from tests.factories.letters.written import letters_written
from tests.factories.portfolios import SUBMITTED
from tests.factories.reviews import assign_portfolio, assigned_evaluators, first_round, replace_panel, score_portfolio
from tests.factories.season import csv_file, load_panel
from tests.factories.seats import open_season_with_seats

pytestmark = pytest.mark.usefixtures("database")
DAY = timedelta(days=1)
LATER = SUBMITTED + 3 * DAY


def district_of(portfolio_id: str) -> str:
    with reading() as db:
        return db.get_one(Portfolio, portfolio_id).lea_id


def lists(tmp_path: Path, **changed: dict[str, str]) -> tuple[Path, Path]:
    """The lists of facilitators (one) and of the panel, some rows changed."""
    facilitator = {"facilitator_id": "F999", "name": "F", "email": "f@p.example", "slots": "", "maximum_cohorts": "1"}
    rows = []
    for name in ("E1", "E2", "E3"):
        row = {"evaluator_id": name, "name": name, "email": f"{name.lower()}@panel.example", "lea_id": ""}
        row |= {"tracks": "educator", "grade_bands": "middle", "conflicts": ""}
        rows.append(row | changed.get(name, {}))
    return csv_file(tmp_path / "facilitators.csv", [facilitator]), csv_file(tmp_path / "panel.csv", rows)


CHECKS = (
    "conflicted-results-are-reported",
    "nobody-reviews-against-a-conflict",
    "nobody-reviews-their-own-district",
    "enough-reviews",
)


def broken() -> dict[str, tuple[str, ...]]:
    return {item.check.name: item.ids for item in audit("2022") if item.violations and item.check.name in CHECKS}


def decided() -> list[str]:
    with reading() as db:
        query = select(Decision.reason).where(Decision.rule == "conflict-declared")
        return list(db.scalars(query.order_by(Decision.subject_kind)))


@pytest.mark.parametrize("field", ["conflicts", "lea_id"])
def test_a_newer_list_ends_the_open_review_of_who_is_no_longer_independent(tmp_path: Path, field: str) -> None:
    portfolio_id = assign_portfolio(tmp_path)
    concerned, other = assigned_evaluators(portfolio_id)
    (third,) = {"E1", "E2", "E3"} - {concerned, other}
    for _ in range(2):
        load_panel("2022", *lists(tmp_path, **{concerned: {field: district_of(portfolio_id)}}), LATER)
    assert assigned_evaluators(portfolio_id) == [other]
    assert first_round(portfolio_id).status == RoundStatus.WAITING
    (letter,) = letters_written("evaluator_silent")
    assert letter["to"] == f"{concerned.lower()}@panel.example"
    assert "You are not independent of the participant's district" in str(letter["body"])
    told = decided()
    assert len(told) == 2
    assert told[0].startswith("By the newer list ")
    assert route_waiting_rounds.fn("2022", LATER + DAY) == 1
    assert assigned_evaluators(portfolio_id) == sorted([other, third])
    assert tally("2022", "reviews").holds


def test_a_newer_list_changes_addresses_and_never_takes_a_conflict_back(tmp_path: Path) -> None:
    open_season_with_seats()
    replace_panel("E1", "E2", "E3")
    load_panel("2022", *lists(tmp_path, E1={"conflicts": "0900002"}), SUBMITTED)
    load_panel("2022", *lists(tmp_path, E1={"email": "new@panel.example"}), LATER)
    with reading() as db:
        person = db.get_one(Evaluator, "E1")
    assert (person.email, person.conflicts) == ("new@panel.example", ["0900002"])


def test_a_declared_conflict_ends_the_open_review_and_somebody_else_is_asked_at_once(
    tmp_path: Path, server: Any
) -> None:
    assert server
    portfolio_id = assign_portfolio(tmp_path)
    concerned, other = assigned_evaluators(portfolio_id)
    for _ in range(2):
        tallies = declare_conflict("2022", concerned, district_of(portfolio_id), "a relative works there", as_of=LATER)
        assert isinstance(tallies, list)
    assert len(letters_written("evaluator_silent")) == 1
    (told,) = letters_written("reviews_withdrawn")
    assert told["to"] == "operators@cadre.example"
    assert f"- {portfolio_id}, evaluator {concerned}" in str(told["body"])
    assert "A conflict with district" in decided()[0]
    assert other in assigned_evaluators(portfolio_id)
    route_reviews("2022", as_of=LATER + DAY)
    assert concerned not in assigned_evaluators(portfolio_id)
    assert len(assigned_evaluators(portfolio_id)) == 2


def test_a_conflict_that_was_declared_in_another_seasons_name_is_found_by_the_routing(tmp_path: Path) -> None:
    portfolio_id = assign_portfolio(tmp_path)
    concerned, other = assigned_evaluators(portfolio_id)
    with transaction() as db:
        db.get_one(Evaluator, concerned).conflicts = [district_of(portfolio_id)]
    assert withdraw_conflicted_reviews.fn("2022", LATER) == 1
    assert withdraw_conflicted_reviews.fn("2022", LATER) == 0
    assert assigned_evaluators(portfolio_id) == [other]


def test_a_score_does_not_count_in_an_open_round_once_its_evaluator_has_a_conflict(tmp_path: Path) -> None:
    portfolio_id = assign_portfolio(tmp_path)
    concerned, other = assigned_evaluators(portfolio_id)
    (third,) = {"E1", "E2", "E3"} - {concerned, other}
    score_portfolio(tmp_path, portfolio_id, concerned, "60", LATER)
    withdrawn = put_conflict_on_record.fn("2022", concerned, district_of(portfolio_id), "came up later", LATER + DAY)
    assert [row["from"] for row in withdrawn] == [concerned]
    (letter,) = letters_written("evaluator_silent")
    assert letter["to"] == f"{concerned.lower()}@panel.example"
    assert "your score stays on record and does not count" in str(letter["body"])
    assert route_waiting_rounds.fn("2022", LATER + DAY) == 1
    assert score_portfolio(tmp_path, portfolio_id, other, "90", LATER + 2 * DAY) == 0
    assert score_portfolio(tmp_path, portfolio_id, third, "90", LATER + 2 * DAY) == 1
    round_ = first_round(portfolio_id)
    assert (round_.status, round_.score_hundredths) == (RoundStatus.CERTIFIED, 9000)
    with reading() as db:
        assert db.get_one(Assignment, (portfolio_id, 1, concerned)).score_hundredths == 6000
    assert letters_written("conflicted_results") == []
    assert broken() == {}


def test_operators_read_once_which_results_rest_on_a_score_of_who_declared_a_conflict_later(tmp_path: Path) -> None:
    portfolio_id = assign_portfolio(tmp_path, ("E1", "E2", "E3", "E4"))
    concerned, other = assigned_evaluators(portfolio_id)
    for name in (concerned, other):
        score_portfolio(tmp_path, portfolio_id, name, "90", LATER)
    for n in range(2):
        at = LATER + (2 + n) * DAY
        assert put_conflict_on_record.fn("2022", concerned, district_of(portfolio_id), "came up later", at) == []
        assert withdraw_conflicted_reviews.fn("2022", at) == 0
    (letter,) = letters_written("conflicted_results")
    assert letter["to"] == "operators@cadre.example"
    body = str(letter["body"])
    assert f"- {portfolio_id}, round 1, evaluator {concerned}: the score of 90.00%" in body
    assert f'cadre review again {portfolio_id} --reason "conflict of {concerned} declared later"' in body
    assert first_round(portfolio_id).status == RoundStatus.CERTIFIED
    assert assigned_evaluators(portfolio_id) == sorted([concerned, other])
    assert broken() == {}
    open_re_review.fn("2022", portfolio_id, "conflict declared later", "operator", LATER + 4 * DAY)
    assert route_waiting_rounds.fn("2022", LATER + 4 * DAY) == 2
    assert concerned not in assigned_evaluators(portfolio_id, 2)


def test_where_a_newer_review_is_open_or_has_a_result_operators_need_not_start_one(tmp_path: Path) -> None:
    portfolio_id = assign_portfolio(tmp_path, ("E1", "E2", "E3", "E4"))
    concerned, other = assigned_evaluators(portfolio_id)
    for name in (concerned, other):
        score_portfolio(tmp_path, portfolio_id, name, "70", LATER)
    open_re_review.fn("2022", portfolio_id, "a second look", "operator", LATER + DAY)
    put_conflict_on_record.fn("2022", concerned, district_of(portfolio_id), "came up later", LATER + 2 * DAY)
    (letter,) = letters_written("conflicted_results")
    assert "The portfolio is being reviewed again already" in str(letter["body"])
    assert "cadre review again" not in str(letter["body"])
    assert broken() == {}


def test_the_auditor_notices_a_result_on_a_score_against_a_conflict_that_nobody_was_told_of(tmp_path: Path) -> None:
    portfolio_id = assign_portfolio(tmp_path)
    concerned, other = assigned_evaluators(portfolio_id)
    for name in (concerned, other):
        score_portfolio(tmp_path, portfolio_id, name, "90", LATER)
    with transaction() as db:
        db.get_one(Evaluator, concerned).conflicts = [district_of(portfolio_id)]
    assert broken() == {"conflicted-results-are-reported": (f"{portfolio_id}/1/{concerned}",)}
    assert withdraw_conflicted_reviews.fn("2022", LATER + DAY) == 0
    assert broken() == {}


@pytest.mark.parametrize(
    ("evaluator", "lea_id", "reason", "problem"),
    [
        ("E9", "0900002", "kin", "no evaluator E9"),
        ("E1", "0000000", "kin", "no district 0000000"),
        ("E1", "0900002", " ", "needs a reason"),
    ],
)
def test_a_conflict_of_nobody_with_nobody_or_without_a_reason_is_rejected(
    evaluator: str, lea_id: str, reason: str, problem: str
) -> None:
    open_season_with_seats()
    replace_panel("E1")
    with pytest.raises(OperatorError, match=problem):
        put_conflict_on_record.fn("2022", evaluator, lea_id, reason, LATER)
