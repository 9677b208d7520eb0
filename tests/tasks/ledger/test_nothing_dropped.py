"""What is decided and what is written is on record, or the run fails: no second decision and no second letter vanishes."""

import sqlite3
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
from sqlalchemy import func, select

from schemas.kinds import InputKind, SubjectKind
from schemas.records import Ruling
from schemas.statuses import CreditStatus, Outcome
from schemas.tables import CreditRequest, Decision, IntakeRow, Outbox
from tasks.core import records
from tasks.core.database import insert, insert_new, reading, transaction
from tasks.core.records import DroppedRecordError
from tasks.ledger.unit_of_work import unit_of_work
from tasks.letters.write import write_letter
from tasks.seats.answers import settle_offers
from tasks.surveys.import_surveys import import_responses
from tests.factories.season import LEA_IDS, OPENED, csv_file, open_season, stage_rows
from tests.factories.seats import confirm_seats
from tests.factories.surveys import survey_row

pytestmark = pytest.mark.usefixtures("database")
REASONS = ("One seat.", "Another seat.")
JUNE_20 = datetime(2022, 6, 20, 13, 0, tzinfo=UTC)
JULY_8 = datetime(2022, 7, 8, 13, 0, tzinfo=UTC)
CREDITS: dict[str, Any] = {
    "season": "2022",
    "component": "academy",
    "credits": 2,
    "fee_cents": 13000,
    "request_key": "K",
}
CREDITS |= {"status": CreditStatus.PENDING, "requested_at": JULY_8}


def count(table: Any, *conditions: Any) -> int:
    with reading() as db:
        return db.scalar(select(func.count()).select_from(table).where(*conditions)) or 0


def offers_answered() -> int:
    return count(Decision, Decision.rule == "offer-answered")


def released_letters() -> list[str]:
    with reading() as db:
        rows = db.scalars(select(Outbox).where(Outbox.message_key.startswith("2022/released/")))
        return sorted(str(row.payload["body"]) for row in rows)


def two_answers(tmp_path: Path) -> None:
    """A district gives back 8 of its 30 seats, and 4 more a day later; both answers come in one file."""
    confirm_seats(tmp_path, 30)
    seat = {"lea_id": LEA_IDS[0], "component": "certification", "offer": "O-2022-0001"}
    rows = [{**seat, "seats": 22, "answered_on": "2022-06-19"}, {**seat, "seats": 18, "answered_on": "2022-06-20"}]
    stage_rows(tmp_path, InputKind.ANSWER, JUNE_20, *rows)


def test_two_rows_of_one_file_about_the_same_seats_are_two_decisions_with_their_letters(tmp_path: Path) -> None:
    two_answers(tmp_path)
    assert settle_offers.fn("2022", JUNE_20) == 12
    with reading() as db:
        found = list(db.scalars(select(Decision).where(Decision.rule == "offer-answered").order_by(Decision.cause)))
        (file_hash,) = {
            row.source.file_hash[:12] for row in db.scalars(select(IntakeRow).filter_by(kind=InputKind.ANSWER))
        }
    assert [item.inputs["seats_wanted"] for item in found] == [22, 18]
    assert [item.cause for item in found] == [f"{file_hash}/2", f"{file_hash}/3"]  # after the header
    assert len(set(released_letters())) == 2


def test_what_was_decided_is_not_decided_again_by_a_run_of_the_same_moment_nor_by_a_later_one(tmp_path: Path) -> None:
    two_answers(tmp_path)
    for as_of in (JUNE_20, JUNE_20, JUNE_20 + timedelta(hours=1)):
        settle_offers.fn("2022", as_of)
    assert offers_answered() == 2
    assert len(released_letters()) == 2


def test_a_response_that_is_rejected_again_for_something_else_is_told_again(tmp_path: Path) -> None:
    open_season()
    wrong = [survey_row(1, certification_seats="twenty"), survey_row(1, option="9")]
    for number, row in enumerate(wrong):
        path = csv_file(tmp_path / f"s{number}.csv", [row])
        import_responses.fn("2022", JUNE_20 + timedelta(days=number), [path])
    assert count(Outbox, Outbox.message_key.startswith("2022/response_rejected/")) == 2


def decide(*reasons: str, key: str = "0900002/certification") -> None:
    with unit_of_work("2022", OPENED) as work:
        for reason in reasons:
            work.decide(SubjectKind.SEAT_BLOCK, key, Ruling("offer-answered", Outcome.ACCEPTED, reason))


def decide_on(keys: list[str]) -> None:
    with unit_of_work("2022", OPENED) as work:
        for key in keys:
            work.decide(SubjectKind.SEAT_BLOCK, key, Ruling("offer-answered", Outcome.ACCEPTED, "Another seat."))


def write(*names: str, key: str = "recommendation/ada@lea.example") -> None:
    with unit_of_work("2022", OPENED) as work:
        for name in names:
            person = {"first_name": name, "last_name": "Ley"}
            context = {"person": person, "name": "the course", "enroll_by": OPENED.date(), "session": None}
            write_letter(work, key, "commitment", "ada@lea.example", **context)


def test_the_same_decision_and_the_same_letter_are_known_already() -> None:
    open_season()
    for _ in range(2):
        decide("One seat.", "One seat.")
        write("Ada", "Ada")
    assert (offers_answered(), count(Outbox)) == (1, 1)


@pytest.mark.parametrize("before", [(), REASONS[:1]], ids=["in one run", "in the next run"])
def test_another_decision_under_the_same_key_stops_the_run_and_the_message_names_no_address(
    before: tuple[str, ...],
) -> None:
    open_season()
    decide(*before, key="ada@lea.example")
    with pytest.raises(DroppedRecordError, match=r"decision 2022/seat_block/person-.* has another reason") as raised:
        decide(*REASONS, key="ada@lea.example")
    assert "ada@" not in str(raised.value)
    assert offers_answered() == len(before)


@pytest.mark.parametrize("before", [(), ("Ada",)], ids=["in one run", "in the next run"])
def test_another_letter_under_the_same_key_stops_the_run_and_the_message_names_no_address(
    before: tuple[str, ...],
) -> None:
    open_season()
    write(*before)
    with pytest.raises(DroppedRecordError, match="2022/recommendation/person-") as raised:
        write("Bo") if before else write("Ada", "Bo")
    assert "ada@" not in str(raised.value)
    assert count(Outbox) == len(before)


def test_without_the_comparison_the_second_decision_vanishes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(records, "_require_known", lambda *_: None)
    open_season()
    decide(*REASONS)
    assert offers_answered() == 1


def test_many_decisions_of_which_one_differs_are_all_taken_back() -> None:
    open_season()
    decide("One seat.", key="0900002/699")
    with pytest.raises(DroppedRecordError, match="0900002/699"):
        decide_on([f"0900002/{number}" for number in range(700)])
    assert offers_answered() == 1


def test_a_row_that_conflicts_with_another_one_than_its_own_is_an_error_and_not_left_out() -> None:
    """Two requests for credits under one key: the second one was left out, and nobody noticed."""
    open_season()
    first, second = ({**CREDITS, "email": f"{name}@lea.example"} for name in ("ada", "bo"))
    with transaction() as db:
        assert [insert_new(db, CreditRequest, [first]), insert_new(db, CreditRequest, [first])] == [1, 0]
    for write_row in (insert, insert_new):
        with pytest.raises((sqlite3.IntegrityError, psycopg.IntegrityError), match=r"(?i)unique"), transaction() as db:
            write_row(db, CreditRequest, [second])
    assert count(CreditRequest) == 1
