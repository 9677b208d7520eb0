"""Reviews on both databases: the third evaluator, silence, holds, the ladder; office hours, reminders and more time."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from prefect import flow
from sqlalchemy import select

from flows.reviews import release_evaluator
from schemas.records import Track
from schemas.tables import (
    Assignment,
    Certificate,
    Decision,
    Evaluator,
    Extension,
    OfficeHour,
    Outbox,
    Portfolio,
    ReviewRound,
    Submission,
)
from tasks.core.database import reading, transaction
from tasks.intake.pipeline import stage_files
from tasks.ledger.unit_of_work import OperatorError
from tasks.portfolios.care import change_office_hour_by_hand, extend_by_hand, offer_office_hours, remind_participants
from tasks.portfolios.submissions import settle_portfolios
from tasks.reviews.forecast import forecast
from tasks.reviews.panel import release_from_panel
from tasks.reviews.results import route_waiting_rounds, settle_scores
from tasks.reviews.sla import follow_evaluators, hold_round, resume_round, watch_rounds
from tasks.season.control_totals import tally
from tasks.season.report import report_path, write_report
from tests.builders import policy
from tests.season_books import LEA_IDS, write_rows
from tests.tasks.cohorts.test_changes import books, cohort, letters, methods, rows

pytestmark = pytest.mark.usefixtures("database")
LEA = LEA_IDS[0]
SUBMITTED = datetime(2023, 1, 9, 15, 0, tzinfo=UTC)
DAY = timedelta(days=1)


def panel(*ids: str) -> None:
    with transaction() as db:
        for person in db.scalars(select(Evaluator)):
            db.delete(person)
    facts = {"lea_id": None, "tracks": ["educator"], "grade_bands": ["middle"], "conflicts": []}
    rows(Evaluator, *({**facts, "evaluator_id": i, "name": i, "email": f"{i.lower()}@panel.example"} for i in ids))


def hand_in(tmp_path: Path, kind: str, as_of: datetime, *found: Mapping[str, object]) -> None:
    stage_files.fn("2022", kind, as_of, [write_rows(tmp_path / f"{len(list(tmp_path.iterdir()))}.csv", found)])


def submitted(tmp_path: Path, evaluators: tuple[str, ...] = ("E1", "E2", "E3")) -> str:
    """A portfolio that is with the panel; its id."""
    books()
    email = cohort(1, 15)[0]
    panel(*evaluators)
    artifacts = "; ".join(policy().portfolio.artifacts["educator"])
    row = {"email": email, "track": "educator", "submitted_at": SUBMITTED.isoformat(), "artifacts": artifacts}
    hand_in(tmp_path, "portfolio", SUBMITTED, row)
    assert settle_portfolios.fn("2022", SUBMITTED) == 1
    assert route_waiting_rounds.fn("2022", SUBMITTED) == 2
    with reading() as db:
        return db.scalars(select(Portfolio.portfolio_id)).one()


def assigned(portfolio_id: str) -> list[str]:
    with reading() as db:
        query = select(Assignment.evaluator_id).where(Assignment.portfolio_id == portfolio_id)
        return sorted(db.scalars(query.where(Assignment.withdrawn_at.is_(None))))


def score(tmp_path: Path, portfolio_id: str, evaluator: str, percent: str, as_of: datetime) -> int:
    row = {"portfolio_id": portfolio_id, "round_number": 1, "evaluator_id": evaluator, "score_percent": percent}
    hand_in(tmp_path, "score", as_of, {**row, "feedback": f"From {evaluator}.", "scored_at": as_of.isoformat()})
    return int(settle_scores.fn("2022", as_of))


def round_of(portfolio_id: str) -> ReviewRound:
    with reading() as db:
        return db.get_one(ReviewRound, (portfolio_id, 1))


def test_scores_far_apart_go_to_a_third_evaluator_and_the_two_closest_count(tmp_path: Path) -> None:
    portfolio_id = submitted(tmp_path)
    first, second = assigned(portfolio_id)
    later = SUBMITTED + 5 * DAY
    assert score(tmp_path, portfolio_id, first, "90", later) == 0
    assert score(tmp_path, portfolio_id, second, "60", later) == 0
    assert round_of(portfolio_id).status == "waiting"
    assert route_waiting_rounds.fn("2022", later) == 1
    (third,) = set(assigned(portfolio_id)) - {first, second}
    assert score(tmp_path, portfolio_id, third, "86", later + DAY) == 1
    assert (round_of(portfolio_id).status, round_of(portfolio_id).score_hundredths) == ("certified", 8800)
    (letter,) = letters("result")
    assert all(f"From {name}." in str(letter["body"]) for name in (first, second, third))
    assert all(name not in str(told["body"]) for told in letters("reviews_assigned") for name in ("90", "60"))  # blind
    assert tally("2022", "reviews").holds


def test_an_evaluator_is_reminded_and_after_long_silence_somebody_unseen_gets_the_review(tmp_path: Path) -> None:
    portfolio_id = submitted(tmp_path)
    silent, other = assigned(portfolio_id)
    score(tmp_path, portfolio_id, other, "85", SUBMITTED + DAY)
    withdrawn = [follow_evaluators.fn("2022", SUBMITTED + n * DAY) for n in (13, 14, 14, 21, 30, 30)]
    assert withdrawn == [0, 0, 0, 0, 1, 0]
    assert len(letters("evaluator_silent")) == 3
    assert route_waiting_rounds.fn("2022", SUBMITTED + 30 * DAY) == 1
    assert silent not in assigned(portfolio_id)
    assert score(tmp_path, portfolio_id, silent, "85", SUBMITTED + 31 * DAY) == 0
    (new,) = set(assigned(portfolio_id)) - {other}
    assert score(tmp_path, portfolio_id, new, "83", SUBMITTED + 32 * DAY) == 1
    assert round_of(portfolio_id).status == "certified"


def test_a_third_score_waits_where_nobody_new_is_there_and_nobody_scores_twice(tmp_path: Path) -> None:
    portfolio_id = submitted(tmp_path, ("E1", "E2"))
    later = SUBMITTED + 5 * DAY
    score(tmp_path, portfolio_id, "E1", "90", later)
    score(tmp_path, portfolio_id, "E2", "60", later)
    assert route_waiting_rounds.fn("2022", later) == 0
    assert round_of(portfolio_id).status == "waiting"
    with reading() as db:
        reasons = list(db.scalars(select(Decision.reason).where(Decision.outcome == "waiting")))
    assert "Only 0 evaluators are independent of the district and not yet asked" in reasons[0]


def test_the_ladder_tells_evaluators_then_operators_then_the_agency_each_once(tmp_path: Path) -> None:
    portfolio_id = submitted(tmp_path)
    clock = round_of(portfolio_id)
    moments = (
        clock.due_at - 15 * DAY,
        clock.due_at - 14 * DAY,
        clock.due_at - 5 * DAY,
        clock.due_at + DAY,
        clock.breach_at,
    )
    assert [watch_rounds.fn("2022", at) for at in moments for _ in range(2)] == [0, 0, 1, 0, 1, 0, 1, 0, 1, 0]
    to = [letter["to"] for letter in letters("sla_report")]
    assert sorted(map(str, to)) == ["agency@cadre.example", "operators@cadre.example", "operators@cadre.example"]
    assert len(letters("review_overdue")) == 8


def test_a_held_round_waits_and_its_days_are_later_by_as_long_as_it_was_held(tmp_path: Path) -> None:
    portfolio_id = submitted(tmp_path)
    before = round_of(portfolio_id)
    for _ in range(2):
        hold_round.fn("2022", portfolio_id, "a file cannot be opened", SUBMITTED + 10 * DAY)
    assert watch_rounds.fn("2022", before.breach_at) == 0
    assert follow_evaluators.fn("2022", SUBMITTED + 35 * DAY) == 0
    for _ in range(2):
        resume_round.fn("2022", portfolio_id, SUBMITTED + 20 * DAY)
    after = round_of(portfolio_id)
    local = policy().zone  # the clock changes in between, the time of the day does not
    for first, then in ((before.due_at, after.due_at), (before.breach_at, after.breach_at)):
        assert then.astimezone(local).replace(tzinfo=None) - first.astimezone(local).replace(tzinfo=None) == 10 * DAY
    assert len(letters("review_held")) == 2
    with pytest.raises(OperatorError, match="No round of portfolio P22-X"):
        hold_round.fn("2022", "P22-X", "why", SUBMITTED)


def test_a_hold_without_a_reason_is_refused(tmp_path: Path) -> None:
    portfolio_id = submitted(tmp_path)
    with pytest.raises(OperatorError, match="needs a reason"):
        hold_round.fn("2022", portfolio_id, " ", SUBMITTED)


OPEN = datetime(2022, 12, 19, 14, 0, tzinfo=UTC)


def test_office_hours_are_planned_once_for_a_district_and_follow_their_changes() -> None:
    books()
    emails = cohort(1, 15)
    assert [offer_office_hours.fn("2022", at) for at in (OPEN - 7 * DAY, OPEN, OPEN + DAY)] == [0, 15, 0]
    first = date(2022, 12, 21)
    wanted = datetime(2022, 12, 22, 16, 0)  # noqa: DTZ001 - local, as an operator types it
    assert [change_office_hour_by_hand.fn("2022", (LEA, first), wanted, "a concert", OPEN) for _ in range(2)] == [15, 0]
    assert [change_office_hour_by_hand.fn("2022", (LEA, first), None, "a storm", OPEN + DAY) for _ in range(2)] == [
        15,
        0,
    ]
    found = letters("office_hour_changed")
    assert sorted(method for letter in found for method in methods(letter)) == ["CANCEL"] * 15 + ["PUBLISH"] * 15
    with reading() as db:
        hour = db.scalars(select(OfficeHour).order_by(OfficeHour.planned_at)).first()
    assert hour
    assert (hour.is_cancelled, hour.sequence) == (True, 2)
    with pytest.raises(OperatorError, match="has no office hours to come planned for 2022-12-20; there are"):
        change_office_hour_by_hand.fn("2022", (LEA, date(2022, 12, 20)), None, "", OPEN)
    assert len(emails) == 15


def test_who_has_handed_in_nothing_is_reminded_once_for_each_mark(tmp_path: Path) -> None:
    submitted(tmp_path)
    end = datetime(2023, 6, 12, 13, 0, tzinfo=UTC)
    assert [remind_participants.fn("2022", end - n * DAY) for n in (61, 60, 60, 14, 3)] == [0, 14, 0, 14, 14]


def test_more_time_is_given_once_with_a_reason_and_lets_the_portfolio_in(tmp_path: Path) -> None:
    books()
    email = cohort(1, 15)[0]
    until, june = date(2023, 7, 12), datetime(2023, 6, 1, 13, 0, tzinfo=UTC)
    for _ in range(2):
        extend_by_hand.fn("2022", (email, Track.EDUCATOR), until, "was ill", june)
    with reading() as db:
        assert db.scalars(select(Extension)).one().until == until
        assert [d.rule for d in db.scalars(select(Decision).where(Decision.rule == "portfolio-extension"))] != []
    late = datetime(2023, 7, 10, 13, 0, tzinfo=UTC)
    artifacts = "; ".join(policy().portfolio.artifacts["educator"])
    row = {"email": email, "track": "educator", "submitted_at": late.isoformat(), "artifacts": artifacts}
    hand_in(tmp_path, "portfolio", late, row)
    assert settle_portfolios.fn("2022", late) == 1
    for who, why in ((email, "at most"), ("x@y.example", "in no cohort")):
        with pytest.raises(OperatorError, match=why):
            extend_by_hand.fn("2022", (who, Track.EDUCATOR), date(2023, 12, 1), "was ill", june + DAY)


def test_an_incomplete_portfolio_is_told_what_is_missing_and_goes_to_nobody(tmp_path: Path) -> None:
    books()
    email = cohort(1, 15)[0]
    row = {"email": email, "track": "educator", "submitted_at": SUBMITTED.isoformat(), "artifacts": "learner-profile"}
    hand_in(tmp_path, "portfolio", SUBMITTED, row)
    assert settle_portfolios.fn("2022", SUBMITTED) == 0
    with reading() as db:
        assert "equity-plan" in db.scalars(select(Submission)).one().missing
        assert db.scalars(select(ReviewRound)).all() == []
        assert db.scalars(select(Certificate)).all() == []
        assert [p["template"] for p in db.scalars(select(Outbox.payload))] == ["portfolio_incomplete"]


def test_when_an_evaluator_leaves_the_open_review_goes_to_somebody_else_and_the_other_one_stays(tmp_path: Path) -> None:
    portfolio_id = submitted(tmp_path)
    leaver, other = assigned(portfolio_id)
    later = SUBMITTED + 3 * DAY
    changes = release_from_panel.fn("2022", leaver, "has moved away", later)
    (third,) = {"E1", "E2", "E3"} - {leaver, other}
    assert changes == [{"portfolio": portfolio_id, "from": leaver, "to": third}]
    assert assigned(portfolio_id) == sorted([other, third])
    assert round_of(portfolio_id).status == "assigned"
    assert release_from_panel.fn("2022", leaver, "has moved away", later) == []
    (letter,) = letters("evaluator_silent")
    assert letter["to"] == f"{leaver.lower()}@panel.example"
    assert [told["to"] for told in letters("reviews_assigned")].count(f"{third.lower()}@panel.example") == 1
    changes = release_from_panel.fn("2022", third, "is ill", later + DAY)
    assert changes == [{"portfolio": portfolio_id, "from": third, "to": "nobody"}]
    assert assigned(portfolio_id) == [other]
    assert round_of(portfolio_id).status == "waiting"
    assert route_waiting_rounds.fn("2022", later + 2 * DAY) == 0  # who was asked once is not asked again
    assert tally("2022", "reviews").holds


def test_a_review_on_hold_is_taken_back_from_who_leaves_and_given_out_when_it_goes_on(tmp_path: Path) -> None:
    portfolio_id = submitted(tmp_path)
    leaver, other = assigned(portfolio_id)
    hold_round.fn("2022", portfolio_id, "the participant is ill", SUBMITTED + DAY)
    changes = release_from_panel.fn("2022", leaver, "has moved away", SUBMITTED + 2 * DAY)
    assert changes == [{"portfolio": portfolio_id, "from": leaver, "to": "nobody"}]
    assert assigned(portfolio_id) == [other]
    resume_round.fn("2022", portfolio_id, SUBMITTED + 9 * DAY)
    assert route_waiting_rounds.fn("2022", SUBMITTED + 9 * DAY) == 1
    assert leaver not in assigned(portfolio_id)


@pytest.mark.parametrize(
    ("evaluator", "reason", "problem"), [("E9", "gone", "There is no evaluator E9"), ("E1", " ", "needs a reason")]
)
def test_to_release_nobody_or_without_a_reason_is_refused(evaluator: str, reason: str, problem: str) -> None:
    books()
    panel("E1")
    with pytest.raises(OperatorError, match=problem):
        release_from_panel.fn("2022", evaluator, reason, SUBMITTED)


@pytest.mark.usefixtures("server")
def test_the_season_page_says_what_the_panel_has_to_write_by_when(tmp_path: Path) -> None:
    submitted(tmp_path)
    facts = forecast("2022", SUBMITTED + DAY)
    page = season_page(SUBMITTED + DAY)
    assert "2 reviews are to be written" in page
    assert facts.bottleneck in page
    assert all(f"<td>{week['week_of']}</td>" in page for week in facts.weeks)
    assert "are to be written" not in season_page(SUBMITTED - DAY)


def season_page(as_of: datetime) -> str:
    flow(write_report.fn)("2022", as_of)
    return report_path("2022").read_text(encoding="utf-8")


def test_the_run_shows_who_gave_up_which_review_to_whom(tmp_path: Path, server: Any) -> None:
    portfolio_id = submitted(tmp_path)
    leaver = assigned(portfolio_id)[0]
    tallies = release_evaluator("2022", leaver, "is ill", as_of=SUBMITTED + DAY)
    assert isinstance(tallies, list)
    assert tallies[0].holds
    found = httpx.post(f"{server.api_url}/artifacts/filter", json={"sort": "CREATED_DESC", "limit": 5}).json()
    table = next(item["data"] for item in found if item["key"] == f"panel-2022-{leaver.lower()}")
    assert portfolio_id in str(table)
    assert leaver in str(table)
