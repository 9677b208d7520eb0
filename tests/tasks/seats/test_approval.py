"""What the agency approves is what happens: late, twice, by two workers, and while requests change."""

import threading
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Literal

import pytest
from sqlalchemy import select, update

from schemas.statuses import SeatRoundStatus
from schemas.tables import Capacity, Decision, Offer, Outbox, SeatBlock, SeatRound
from tasks.core.database import reading, transaction
from tasks.ledger.unit_of_work import OperatorError
from tasks.season.control_totals import tally
from tasks.seats.answers import settle_offers
from tasks.seats.approval import SeatApproval, keep_answer
from tasks.seats.release import release_unfilled_seats
from tasks.seats.rounds import RoundNotApplicableError, apply_approved_rounds, propose_seats
from tasks.surveys.import_surveys import import_responses
from tests.factories.letters.written import letters_written
from tests.factories.season import LEA_IDS, csv_file, policy, set_clock
from tests.factories.seats import (
    JUNE_15,
    apply_for_seats,
    approve_rounds,
    confirmed_and_waitlisted,
    offers_of,
    set_capacity,
)
from tests.factories.surveys import survey_row

pytestmark = pytest.mark.usefixtures("database")
JULY_20 = datetime(2022, 7, 20, 18, 0, tzinfo=UTC)
JULY_25 = datetime(2022, 7, 25, 14, 0, tzinfo=UTC)
DAY = timedelta(days=1)


def late_export(tmp_path: Path, number: int, lea_id: str, seats: int | str) -> None:
    row = survey_row(number, lea_id, submitted_at="2022-06-01 10:00:00", certification_seats=str(seats))
    import_responses.fn("2022", JUNE_15, [csv_file(tmp_path / f"late{number}.csv", [row])])


def status(number: int = 1) -> str:
    with reading() as db:
        return db.get_one(SeatRound, ("2022", number)).status


def keys_of_letters() -> list[str]:
    with reading() as db:
        return sorted(key for key in db.scalars(select(Outbox.message_key)) if "/seats/" in key)


def test_an_approval_five_weeks_late_leaves_districts_all_days_and_nothing_is_taken_back_the_next_morning(
    tmp_path: Path,
) -> None:
    apply_for_seats(tmp_path, 30)
    propose_seats.fn("2022", JUNE_15)
    approve_rounds(at=JULY_20)
    assert apply_approved_rounds.fn("2022", JUNE_15) == 1
    last_day = date(2022, 7, 20) + timedelta(days=policy().seats.answer_days)
    with reading() as db:
        offer = db.scalars(select(Offer)).one()
        block = db.scalars(select(SeatBlock)).one()
        body = db.scalars(select(Outbox).where(Outbox.message_key == keys_of_letters()[0])).one().payload["body"]
    assert (offer.offered_at, offer.answer_by) == (JULY_20, last_day)
    assert block.enroll_by == last_day
    assert "By Wednesday, August 10, 2022, tell us" in body
    for morning in (JULY_20 + DAY, datetime(2022, 8, 10, 12, 0, tzinfo=UTC)):
        assert settle_offers.fn("2022", morning) == 0
        assert release_unfilled_seats.fn("2022", morning) == 0
    assert confirmed_and_waitlisted() == {LEA_IDS[0]: (30, 0)}


def test_an_approval_that_is_applied_weeks_later_leaves_all_days_to_answer(tmp_path: Path) -> None:
    apply_for_seats(tmp_path, 30)
    propose_seats.fn("2022", JUNE_15)
    approve_rounds(at=JUNE_15)  # and the process is killed, and nobody starts it for five weeks
    later = JUNE_15 + timedelta(days=35)
    assert apply_approved_rounds.fn("2022", later) == 1
    with reading() as db:
        offer = db.scalars(select(Offer)).one()
    assert offer.answer_by >= policy().local_day(later) + timedelta(days=1)
    assert settle_offers.fn("2022", later + timedelta(days=1)) == 0
    assert confirmed_and_waitlisted() == {LEA_IDS[0]: (30, 0)}


def test_a_run_that_is_retried_weeks_after_the_approval_leaves_all_days_to_answer_and_nothing_is_taken_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The process dies once the approval is on record; an operator retries the run of June 15, which decides for June 15."""
    apply_for_seats(tmp_path, 30)
    propose_seats.fn("2022", JUNE_15)
    approve_rounds(at=JUNE_15 + 5 * DAY)
    set_clock(monkeypatch, JULY_25)
    assert apply_approved_rounds.fn("2022", JUNE_15) == 1
    assert "By Monday, August 15, 2022, tell us" in letters_written("seats")[0]["body"]
    morning = JULY_25 + DAY
    assert (settle_offers.fn("2022", morning), release_unfilled_seats.fn("2022", morning)) == (0, 0)
    set_clock(monkeypatch, morning)
    assert apply_approved_rounds.fn("2022", JUNE_15) == 0
    assert [offer.offered_at for offer in offers_of()] == [JULY_25]
    assert confirmed_and_waitlisted() == {LEA_IDS[0]: (30, 0)}


def test_a_late_export_changes_nothing_of_what_was_approved_and_waits_for_the_next_round(tmp_path: Path) -> None:
    apply_for_seats(tmp_path, 30, 25)
    set_capacity(100)
    assert propose_seats.fn("2022", JUNE_15) == 1
    late_export(tmp_path, 3, LEA_IDS[2], 20)
    assert propose_seats.fn("2022", JUNE_15) == 1  # as a resumed run does
    approve_rounds()
    assert apply_approved_rounds.fn("2022", JUNE_15) == 2
    assert status() == SeatRoundStatus.APPLIED
    assert confirmed_and_waitlisted() == {LEA_IDS[0]: (30, 0), LEA_IDS[1]: (25, 0), LEA_IDS[2]: (0, 0)}
    assert propose_seats.fn("2022", JUNE_15) == 2
    approve_rounds()
    assert apply_approved_rounds.fn("2022", JUNE_15) == 1
    assert confirmed_and_waitlisted()[LEA_IDS[2]] == (20, 0)
    assert keys_of_letters() == sorted(f"2022/seats/round-{n}/{LEA_IDS[i]}" for n, i in ((1, 0), (1, 1), (2, 2)))


def test_a_request_that_was_reduced_meanwhile_gets_what_it_still_asks_for_and_the_others_what_was_approved(
    tmp_path: Path,
) -> None:
    apply_for_seats(tmp_path, 30, 25, 40)
    set_capacity(60)
    propose_seats.fn("2022", JUNE_15)
    late_export(tmp_path, 4, LEA_IDS[0], 22)
    late_export(tmp_path, 5, LEA_IDS[2], 0)
    approve_rounds()
    assert apply_approved_rounds.fn("2022", JUNE_15) == 3
    assert confirmed_and_waitlisted() == {LEA_IDS[0]: (22, 0), LEA_IDS[1]: (25, 0)}
    with reading() as db:
        told = {d.subject_key: d.reason for d in db.scalars(select(Decision).where(Decision.rule == "approved-round"))}
        assert db.get_one(Capacity, ("2022", "certification")).seats_confirmed == 47
    assert "reduced to 22 before the approval" in told[f"{LEA_IDS[0]}/certification/1"]
    assert "was withdrawn before the approval" in told[f"{LEA_IDS[2]}/certification/1"]
    assert keys_of_letters() == [f"2022/seats/round-1/{lea_id}" for lea_id in LEA_IDS[:2]]
    assert tally("2022", "seats").holds


def test_a_round_for_which_there_is_no_room_fails_says_why_and_the_next_run_proposes_anew(tmp_path: Path) -> None:
    apply_for_seats(tmp_path, 30, 25)
    set_capacity(55)
    propose_seats.fn("2022", JUNE_15)
    approve_rounds()
    set_capacity(40)
    with pytest.raises(RoundNotApplicableError, match=f"{LEA_IDS[0]}/certification/1, {LEA_IDS[1]}/certification/1"):
        apply_approved_rounds.fn("2022", JUNE_15)
    assert (status(), keys_of_letters(), set(confirmed_and_waitlisted().values())) == (
        SeatRoundStatus.VOID,
        [],
        {(0, 0)},
    )
    assert propose_seats.fn("2022", JUNE_15) == 2


def test_a_proposal_that_is_not_the_one_that_was_approved_is_not_applied(tmp_path: Path) -> None:
    apply_for_seats(tmp_path, 30)
    propose_seats.fn("2022", JUNE_15)
    approve_rounds()
    with transaction() as db:
        round_ = db.get_one(SeatRound, ("2022", 1))
        round_.proposal = [{**line, "seats_confirmed": 29, "seats_waitlisted": 1} for line in round_.proposal]
    with pytest.raises(RoundNotApplicableError, match="is not the one that was approved"):
        apply_approved_rounds.fn("2022", JUNE_15)
    assert confirmed_and_waitlisted() == {LEA_IDS[0]: (0, 0)}


def test_an_approval_that_is_pressed_twice_counts_once_and_another_answer_is_not_lost_in_silence(
    tmp_path: Path,
) -> None:
    apply_for_seats(tmp_path, 30)
    propose_seats.fn("2022", JUNE_15)
    with reading() as db:
        asked = db.get_one(SeatRound, ("2022", 1))
    for name, moment in (("first", JUNE_15), ("second", JULY_20)):
        keep_answer(asked, SeatApproval(decision="approve", approved_by=name), moment)
    with pytest.raises(OperatorError, match="has the answer of first already"):
        keep_answer(asked, SeatApproval(decision="reject", approved_by="third"), JULY_20)
    with reading() as db:
        kept = db.get_one(SeatRound, ("2022", 1))
    assert (kept.approved_by, kept.approved_at) == ("first", JUNE_15)


@pytest.mark.parametrize("decision", ["approve", "reject"])
def test_an_answer_to_another_proposal_is_not_taken_for_this_one(
    tmp_path: Path, decision: Literal["approve", "reject"]
) -> None:
    apply_for_seats(tmp_path, 30)
    propose_seats.fn("2022", JUNE_15)
    with reading() as db:
        asked = db.get_one(SeatRound, ("2022", 1))
    with transaction() as db:
        db.execute(update(SeatRound).values(proposal_hash="another"))
    with pytest.raises(OperatorError, match="is another proposal than the one that agency was shown"):
        keep_answer(asked, SeatApproval(decision=decision, approved_by="agency"), JUNE_15)
    assert status() == SeatRoundStatus.PROPOSED


def at_once(count: int) -> list[int | str]:
    """Several workers resume the same run at the same moment: each keeps the answer and applies."""
    gate, results = threading.Barrier(count), list[int | str]()
    with reading() as db:
        asked = db.get_one(SeatRound, ("2022", 1))

    def resume(number: int) -> None:
        gate.wait()
        try:
            propose_seats.fn("2022", JUNE_15)
            keep_answer(asked, SeatApproval(decision="approve", approved_by=f"worker {number}"), JUNE_15)
            results.append(apply_approved_rounds.fn("2022", JUNE_15))
        except Exception as error:  # noqa: BLE001 - what another thread raised is shown by the assertion below
            results.append(repr(error))

    threads = [threading.Thread(target=resume, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


def test_two_workers_that_resume_one_run_apply_the_round_once(tmp_path: Path) -> None:
    apply_for_seats(tmp_path, 30, 25)
    set_capacity(55)
    propose_seats.fn("2022", JUNE_15)
    assert sorted(map(str, at_once(4))) == ["0", "0", "0", "2"]
    assert confirmed_and_waitlisted() == {LEA_IDS[0]: (30, 0), LEA_IDS[1]: (25, 0)}
    assert len(keys_of_letters()) == 2
    with reading() as db:
        assert [offer.offer_id for offer in db.scalars(select(Offer))] == ["O-2022-0001", "O-2022-0002"]
