"""Late results: the participant hears before the promised day, and a breach is on record whoever watched."""

from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import delete, select

from rules.rule_ids import RuleId
from schemas.statuses import ClockState, Outcome
from schemas.tables import Decision, Outbox
from tasks.core.database import reading, transaction
from tasks.reviews.late_results import tell_late_results
from tasks.reviews.results import open_re_review
from tasks.reviews.routing import route_waiting_rounds
from tasks.reviews.sla import hold_round, watch_rounds
from tasks.season.audit import audit
from tests.factories.letters.written import letters_written
from tests.factories.reviews import DAY, assign_portfolio, assigned_evaluators, first_round, score_portfolio
from tests.factories.season import policy

pytestmark = pytest.mark.usefixtures("database")
CHECKS = (
    "late-results-count-as-breached",
    "only-late-results-count-as-breached",
    "late-results-are-told-before-the-target",
    "outstanding-results-are-told",
    "late-results-say-so",
)


def broken(as_of: datetime | None = None) -> dict[str, tuple[str, ...]]:
    found = audit("2022", as_of)
    return {item.check.name: item.ids for item in found if item.violations and item.check.name in CHECKS}


def test_a_result_after_its_limit_is_a_breach_although_nobody_watched_for_weeks(tmp_path: Path) -> None:
    portfolio_id = assign_portfolio(tmp_path)
    first, second = assigned_evaluators(portfolio_id)
    after = first_round(portfolio_id).breach_at + 3 * DAY
    score_portfolio(tmp_path, portfolio_id, first, "85", after)
    assert score_portfolio(tmp_path, portfolio_id, second, "85", after) == 1
    assert first_round(portfolio_id).clock_state == ClockState.BREACHED
    with reading() as db:
        query = select(Decision.outcome).where(Decision.rule == RuleId.SLA_BREACHED)
        assert list(db.scalars(query)) == [Outcome.BREACHED]
    (result,) = letters_written("result")
    assert "This result comes later than Monday, February 20, 2023, the day that we promised." in str(result["body"])
    told = {str(letter["to"]): str(letter["body"]) for letter in letters_written("sla_report")}
    assert told.keys() == {"operators@cadre.example", "agency@cadre.example"}
    assert all("result sent on Thursday, March 9, 2023" in body for body in told.values())
    assert all("have been reminded" not in body for body in told.values())
    assert broken() == {}


def test_a_result_on_the_last_moment_is_in_time_and_says_nothing_of_a_delay(tmp_path: Path) -> None:
    portfolio_id = assign_portfolio(tmp_path)
    due_at = first_round(portfolio_id).due_at
    for name in assigned_evaluators(portfolio_id):
        score_portfolio(tmp_path, portfolio_id, name, "85", due_at)
    assert first_round(portfolio_id).clock_state == ClockState.ON_TIME
    (result,) = letters_written("result")
    assert "sorry" not in str(result["body"])
    assert letters_written("sla_report") == []


def test_the_participant_hears_once_before_the_promised_day_that_the_result_will_be_late(tmp_path: Path) -> None:
    portfolio_id = assign_portfolio(tmp_path)
    due_at = first_round(portfolio_id).due_at
    told = [tell_late_results.fn("2022", at) for at in (due_at - 3 * DAY, due_at - 2 * DAY, due_at, due_at + 9 * DAY)]
    assert told == [0, 1, 0, 0]
    (letter,) = letters_written("result_late")
    assert letter["to"] == "c1-00@lea.example"
    assert "by Monday, February 20, 2023. It will probably be later than that" in str(letter["body"])
    for name in assigned_evaluators(portfolio_id):
        score_portfolio(tmp_path, portfolio_id, name, "85", due_at + 10 * DAY)
    assert broken() == {}


def test_who_will_have_no_result_before_the_next_run_is_told_now_and_with_the_promised_day(tmp_path: Path) -> None:
    portfolio_id = assign_portfolio(tmp_path)
    due_at = first_round(portfolio_id).due_at
    weeks_before, after = due_at - 15 * DAY, due_at + 6 * DAY
    assert tell_late_results.fn("2022", weeks_before) == 0
    assert tell_late_results.fn("2022", weeks_before, after.date()) == 1
    assert tell_late_results.fn("2022", after) == 0
    (letter,) = letters_written("result_late")
    assert "by Monday, February 20, 2023. It will probably be later than that" in str(letter["body"])
    for name in assigned_evaluators(portfolio_id):
        score_portfolio(tmp_path, portfolio_id, name, "85", after)
    assert broken() == {}


def test_the_auditor_notices_who_was_not_told_although_the_reviews_were_looked_at_in_time(tmp_path: Path) -> None:
    portfolio_id = assign_portfolio(tmp_path)
    due_at = first_round(portfolio_id).due_at
    for at, next_run_on in ((due_at - 15 * DAY, (due_at + 6 * DAY).date()), (due_at + 6 * DAY, None)):
        route_waiting_rounds.fn("2022", at, next_run_on)
    later = due_at + 7 * DAY
    assert broken(later) == {}
    with transaction() as db:
        db.execute(delete(Outbox).where(Outbox.message_key.contains("/late-result/")))
    assert broken(later) == {name: (f"{portfolio_id}/1",) for name in CHECKS if "told" in name}
    for name in assigned_evaluators(portfolio_id):
        score_portfolio(tmp_path, portfolio_id, name, "85", later)
    assert broken(later).keys() == {"late-results-are-told-before-the-target"}


def test_a_result_after_the_limit_says_so_and_one_of_the_promised_day_says_nothing_of_a_delay(tmp_path: Path) -> None:
    portfolio_id = assign_portfolio(tmp_path, ("E1", "E2", "E3", "E4"))
    round_ = first_round(portfolio_id)
    same_day = round_.due_at + timedelta(hours=5)
    assert policy().local_day(same_day) == policy().local_day(round_.due_at)
    for name in assigned_evaluators(portfolio_id):
        score_portfolio(tmp_path, portfolio_id, name, "85", same_day)
    open_re_review.fn("2022", portfolio_id, "a second look", "operator", same_day)
    route_waiting_rounds.fn("2022", same_day)
    after = same_day + timedelta(weeks=9)
    for name in assigned_evaluators(portfolio_id, 2):
        score_portfolio(tmp_path, portfolio_id, name, "85", after, number=2)
    in_time, late = (str(letter["body"]) for letter in letters_written("result"))
    assert "sorry" not in in_time
    assert "It also comes later than Monday, April 17, 2023, the latest day that the program allows." in late
    assert broken() == {}


def test_where_the_watch_stood_still_for_weeks_the_participant_is_told_at_once(tmp_path: Path) -> None:
    portfolio_id = assign_portfolio(tmp_path)
    after = first_round(portfolio_id).breach_at + DAY
    assert watch_rounds.fn("2022", after) == 1
    assert tell_late_results.fn("2022", after) == 1
    (letter,) = letters_written("result_late")
    assert "You should have had the result" in str(letter["body"])
    assert "has passed too" in str(letter["body"])
    assert broken() == {}


def test_while_the_participant_is_waited_for_nothing_is_late_and_a_result_ends_the_pause(tmp_path: Path) -> None:
    portfolio_id = assign_portfolio(tmp_path)
    before = first_round(portfolio_id)
    hold_round.fn("2022", portfolio_id, "a file cannot be opened", before.due_at - 5 * DAY)
    assert tell_late_results.fn("2022", before.breach_at + DAY) == 0
    for name in assigned_evaluators(portfolio_id):
        score_portfolio(tmp_path, portfolio_id, name, "85", before.breach_at + 2 * DAY)
    after = first_round(portfolio_id)
    assert (after.clock_state, after.held_since) == (ClockState.ON_TIME, None)
    assert after.due_at > before.breach_at
    assert broken() == {}
