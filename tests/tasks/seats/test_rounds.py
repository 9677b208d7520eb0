"""Seat rounds on both databases, and two connections that race for the last block on PostgreSQL."""

import threading
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import select, update
from sqlalchemy.exc import DBAPIError

from schemas.kinds import SubjectKind
from schemas.settings import settings
from schemas.statuses import SeatRoundStatus
from schemas.tables import Capacity, Decision, Outbox, SeatBlock, SeatRound
from tasks.core.database import engine_for, reading
from tasks.ledger.unit_of_work import unit_of_work
from tasks.seats.release import release_unfilled_seats
from tasks.seats.rounds import apply_approved_rounds, propose_seats
from tests.factories.letters.written import letters_written
from tests.factories.season import LEA_IDS
from tests.factories.seats import (
    JUNE_15,
    apply_for_seats,
    approve_rounds,
    confirm_seats,
    confirmed_and_waitlisted,
    set_capacity,
)

JULY_23 = datetime(2022, 7, 23, 13, 0, tzinfo=UTC)


@pytest.mark.usefixtures("database")
def test_nothing_is_given_before_the_agency_approves(tmp_path: Path) -> None:
    apply_for_seats(tmp_path, 30, 25)
    assert propose_seats.fn("2022", JUNE_15) == 1
    assert apply_approved_rounds.fn("2022", JUNE_15) == 0
    assert confirmed_and_waitlisted() == {LEA_IDS[0]: (0, 0), LEA_IDS[1]: (0, 0)}


@pytest.mark.usefixtures("database")
def test_the_same_requests_make_the_same_round_and_a_rejection_makes_the_next(tmp_path: Path) -> None:
    apply_for_seats(tmp_path, 30)
    assert [propose_seats.fn("2022", JUNE_15) for _ in range(2)] == [1, 1]
    approve_rounds("reject")
    assert propose_seats.fn("2022", JUNE_15) == 2


@pytest.mark.usefixtures("database")
def test_an_approved_round_is_applied_once_with_a_letter_and_a_decision_for_each(tmp_path: Path) -> None:
    apply_for_seats(tmp_path, 30, 25)
    set_capacity(40)
    propose_seats.fn("2022", JUNE_15)
    approve_rounds()
    assert apply_approved_rounds.fn("2022", JUNE_15) == 2
    assert apply_approved_rounds.fn("2022", JUNE_15) == 0
    assert propose_seats.fn("2022", JUNE_15) is None
    assert confirmed_and_waitlisted() == {LEA_IDS[0]: (30, 0), LEA_IDS[1]: (10, 15)}
    with reading() as db:
        reasons = list(db.scalars(select(Decision.reason).where(Decision.subject_kind == SubjectKind.SEAT_REQUEST)))
    assert len(letters_written("seats")) == 2
    assert any("All 30 seats" in reason for reason in reasons)
    assert any("position 1 on the waitlist" in reason for reason in reasons)


@pytest.mark.usefixtures("database")
def test_unfilled_seats_go_to_the_waitlist_after_the_deadline_and_everybody_is_told(tmp_path: Path) -> None:
    confirm_seats(tmp_path, 30, 25)
    assert release_unfilled_seats.fn("2022", JUNE_15) == 0
    assert release_unfilled_seats.fn("2022", JULY_23) == 30
    assert release_unfilled_seats.fn("2022", JULY_23) == 0
    assert confirmed_and_waitlisted() == {LEA_IDS[0]: (0, 0), LEA_IDS[1]: (25, 0)}
    with reading() as db:
        assert db.get_one(Capacity, ("2022", "certification")).seats_confirmed == 25
        assert db.get_one(SeatBlock, ("2022", LEA_IDS[1], "certification")).enroll_by.isoformat() == "2022-08-06"
        keys = set(db.scalars(select(Outbox.message_key)))
    assert f"2022/released/{LEA_IDS[0]}/certification/O-2022-0001/0" in keys
    assert f"2022/seats/release-2022-07-23T130000-2/{LEA_IDS[1]}" in keys


def race(count: int) -> list[str]:
    """Let several connections apply the same approved round at the same moment; what each came to."""
    gate = threading.Barrier(count)
    results: list[str] = []

    def apply() -> None:
        gate.wait()
        try:
            results.append(str(apply_approved_rounds.fn("2022", JUNE_15)))
        except DBAPIError as error:
            results.append(type(error).__name__)

    threads = [threading.Thread(target=apply) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
def test_connections_that_race_for_the_last_block_give_it_once(database: str, tmp_path: Path) -> None:
    assert database == "postgresql"
    apply_for_seats(tmp_path, 30, 30)
    set_capacity(30)
    propose_seats.fn("2022", JUNE_15)
    approve_rounds()
    results = race(4)
    assert sorted(results) == ["0", "0", "0", "2"]
    assert sorted(confirmed_and_waitlisted().values()) == [(0, 30), (30, 0)]
    with reading() as db:
        assert db.get_one(Capacity, ("2022", "certification")).seats_confirmed == 30


@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
def test_the_race_is_real_without_the_guard_and_the_check_catches_it(database: str, tmp_path: Path) -> None:
    """Two connections read 30 seats left, and both would give them: without the lock on the round only the check stops it."""
    assert database == "postgresql"
    apply_for_seats(tmp_path, 30)
    set_capacity(30)
    engine = engine_for(settings().database)
    with engine.connect() as first, engine.connect() as second:
        left = [
            c.execute(
                select(Capacity.capacity_seats - Capacity.seats_confirmed).where(Capacity.component == "certification")
            ).scalar()
            for c in (first, second)
        ]
        assert left == [30, 30]
        take = update(Capacity).where(Capacity.component == "certification")
        take = take.values(seats_confirmed=Capacity.seats_confirmed + 30)
        first.execute(take)
        first.commit()
        with pytest.raises(DBAPIError, match="not_oversold"):
            second.execute(take)


@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
def test_a_writer_waits_for_the_seasons_other_writer_and_then_sees_what_it_did(database: str, tmp_path: Path) -> None:
    assert database == "postgresql"
    apply_for_seats(tmp_path, 30)
    propose_seats.fn("2022", JUNE_15)
    results: list[str] = []
    second = threading.Thread(target=lambda: results.append(str(propose_seats.fn("2022", JUNE_15))))
    with unit_of_work("2022", JUNE_15) as work:
        second.start()
        second.join(0.5)
        assert second.is_alive(), "the second writer did not wait"
        work.db.scalars(select(SeatRound)).one().status = SeatRoundStatus.REJECTED
    second.join(10)
    assert results == ["2"]
