"""The waitlist in the database: nobody overtaken, who takes less leaves it, late requests join its end, and it ends."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from schemas.kinds import InputKind
from schemas.statuses import Disposition, SeatRoundStatus
from schemas.tables import IntakeRow, SeatRound
from tasks.core.database import reading
from tasks.ledger.unit_of_work import OperatorError
from tasks.season.control_totals import tally
from tasks.seats.answers import settle_offers
from tasks.seats.closing import close_waitlist
from tasks.seats.more_seats import request_seats, settle_seat_requests
from tasks.seats.release import release_unfilled_seats
from tasks.seats.rounds import RoundNotApplicableError, apply_approved_rounds, propose_seats
from tests.factories.letters.written import bodies
from tests.factories.season import LEA_IDS, csv_file, set_clock, stage_rows
from tests.factories.seats import (
    JUNE_15,
    JUNE_20,
    answer_offer,
    apply_for_seats,
    approve_rounds,
    confirm_seats,
    confirmed_and_waitlisted,
    offers_of,
    request_of,
    set_capacity,
)
from tests.factories.surveys import import_survey_files, survey_row

pytestmark = pytest.mark.usefixtures("database")
JUNE_25 = datetime(2022, 6, 25, 13, 0, tzinfo=UTC)
JULY_5 = datetime(2022, 7, 5, 13, 0, tzinfo=UTC)
JULY_20 = datetime(2022, 7, 20, 13, 0, tzinfo=UTC)
JULY_31 = datetime(2022, 7, 31, 23, 0, tzinfo=UTC)
AUGUST_3 = datetime(2022, 8, 3, 13, 0, tzinfo=UTC)
FIRST, SECOND, THIRD, FOURTH = LEA_IDS


def test_the_request_at_the_boundary_is_offered_what_is_left_and_keeps_its_place_for_the_rest(tmp_path: Path) -> None:
    confirm_seats(tmp_path, 20, 27, 5, capacity=30)
    assert confirmed_and_waitlisted() == {FIRST: (20, 0), SECOND: (10, 17), THIRD: (0, 5)}
    answer_offer(tmp_path, 12, offer="O-2022-0001")
    assert settle_offers.fn("2022", JUNE_20) == 8
    assert confirmed_and_waitlisted() == {FIRST: (12, 0), SECOND: (18, 9), THIRD: (0, 5)}
    assert [request_of(lea_id).waitlist_position for lea_id in (SECOND, THIRD)] == [1, 2]


def test_who_takes_only_part_of_an_offer_does_not_wait_for_more_and_is_told(tmp_path: Path) -> None:
    confirm_seats(tmp_path, 20, 27, 5, capacity=30)
    answer_offer(tmp_path, 6, SECOND, offer="O-2022-0002")
    assert settle_offers.fn("2022", JUNE_20) == 4
    assert confirmed_and_waitlisted() == {FIRST: (20, 0), SECOND: (6, 0), THIRD: (4, 1)}
    request = request_of(SECOND)
    assert (request.seats_declined, request.seats_released, request.waitlist_position) == (17, 4, None)
    assert "17 seats in ISTE Certification for Educators leave the waitlist" in bodies("seats_released")[0]
    assert request_of(THIRD).waitlist_position == 1
    assert tally("2022", "seats").holds


def test_a_round_serves_the_waitlist_before_newer_requests_also_where_only_the_grant_has_grown(tmp_path: Path) -> None:
    confirm_seats(tmp_path, 30, 25)
    assert propose_seats.fn("2022", JUNE_20) is None
    set_capacity(40)
    newer = survey_row(3, THIRD, submitted_at="2022-06-09 10:00:00", certification_seats="8")
    import_survey_files(csv_file(tmp_path / "more.csv", [newer]), as_of=JUNE_20)
    assert propose_seats.fn("2022", JUNE_20) == 2
    approve_rounds(at=JUNE_20)
    apply_approved_rounds.fn("2022", JUNE_20)
    assert confirmed_and_waitlisted() == {FIRST: (30, 0), SECOND: (10, 15), THIRD: (0, 8)}
    set_capacity(41)
    assert propose_seats.fn("2022", JUNE_25) == 3
    approve_rounds(at=JUNE_25)
    apply_approved_rounds.fn("2022", JUNE_25)
    assert confirmed_and_waitlisted() == {FIRST: (30, 0), SECOND: (11, 14), THIRD: (0, 8)}


def test_what_the_agency_adds_to_its_grant_on_a_day_is_in_the_next_round(tmp_path: Path) -> None:
    confirm_seats(tmp_path, 30, 25)
    assert propose_seats.fn("2022", JULY_5) == 2
    approve_rounds(at=JULY_5)
    apply_approved_rounds.fn("2022", JULY_5)
    assert confirmed_and_waitlisted() == {FIRST: (30, 0), SECOND: (25, 0)}


def test_seats_released_while_a_round_is_open_reach_who_is_in_it_once_it_is_applied(tmp_path: Path) -> None:
    confirm_seats(tmp_path, 30, 25, 6)
    set_capacity(35)
    assert propose_seats.fn("2022", JUNE_20) == 2  # 5 seats for the second district
    answer_offer(tmp_path, 20, offer="O-2022-0001")
    assert settle_offers.fn("2022", JUNE_20) == 10
    assert confirmed_and_waitlisted() == {FIRST: (20, 0), SECOND: (0, 25), THIRD: (0, 6)}
    approve_rounds(at=JUNE_25)
    apply_approved_rounds.fn("2022", JUNE_25)
    assert confirmed_and_waitlisted() == {FIRST: (20, 0), SECOND: (15, 10), THIRD: (0, 6)}


def test_an_approved_round_that_would_pass_an_earlier_request_over_is_void(tmp_path: Path) -> None:
    apply_for_seats(tmp_path, 30)
    set_capacity(30)
    propose_seats.fn("2022", JUNE_15)
    approve_rounds()
    earlier = survey_row(7, SECOND, submitted_at="2022-04-20 10:00:00", certification_seats="12")
    import_survey_files(csv_file(tmp_path / "late.csv", [earlier]), as_of=JUNE_15)
    with pytest.raises(RoundNotApplicableError, match="that an earlier request is waiting for"):
        apply_approved_rounds.fn("2022", JUNE_15)
    with reading() as db:
        assert db.get_one(SeatRound, ("2022", 1)).status == SeatRoundStatus.VOID
    propose_seats.fn("2022", JUNE_15)
    approve_rounds()
    apply_approved_rounds.fn("2022", JUNE_15)
    assert confirmed_and_waitlisted() == {SECOND: (12, 0), FIRST: (18, 12)}


def test_seats_that_a_run_releases_weeks_late_are_offered_with_all_days_to_answer_and_to_enroll(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    confirm_seats(tmp_path, 20, 27, 5, capacity=30)
    answer_offer(tmp_path, 0, offer="O-2022-0001")
    set_clock(monkeypatch, JULY_20)
    assert settle_offers.fn("2022", JUNE_20) == 20  # the run of June 20, which an operator retries
    offers = {lea_id: offers_of(lea_id)[-1] for lea_id in (SECOND, THIRD)}
    assert {(offer.offered_at, offer.answer_by.isoformat()) for offer in offers.values()} == {(JULY_20, "2022-08-03")}
    assert "By Wednesday, August 3, 2022, tell us" in bodies("seats")[-1]
    set_clock(monkeypatch, JULY_20 + timedelta(days=1))
    assert settle_offers.fn("2022", JULY_20 + timedelta(days=1)) == 10  # what June 15 offered, and nobody answered
    assert confirmed_and_waitlisted() == {FIRST: (0, 0), SECOND: (17, 0), THIRD: (5, 0)}


def test_seats_that_a_run_releases_after_the_last_release_day_are_offered_to_nobody(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    confirm_seats(tmp_path, 20, 27, capacity=30)
    answer_offer(tmp_path, 0, offer="O-2022-0001")
    set_clock(monkeypatch, AUGUST_3)
    assert settle_offers.fn("2022", JUNE_20) == 20
    assert (len(offers_of(SECOND)), confirmed_and_waitlisted()[SECOND]) == (1, (10, 17))
    assert close_waitlist.fn("2022", AUGUST_3) == 1


def test_more_seats_are_offered_at_once_while_seats_are_free_and_nobody_waits(tmp_path: Path) -> None:
    confirm_seats(tmp_path, 20, 4, capacity=30)
    stage_rows(tmp_path, InputKind.SEAT_REQUEST, JULY_5, seat_request_row(FIRST, 5), seat_request_row(SECOND, 2))
    assert settle_seat_requests.fn("2022", JULY_5) == 2
    request_seats.fn("2022", SECOND, "certification", 1, requested_by="lead", as_of=JULY_20)
    late = [request_of(FIRST, 2), request_of(SECOND, 2), request_of(SECOND, 3)]
    assert [(row.seats_confirmed, row.seats_waitlisted) for row in late] == [(5, 0), (1, 1), (0, 1)]
    first, second, third = bodies("more_seats")
    assert "Nobody waits before you, and seats are free: the offer is in a letter of its own." in first
    assert "1 seat is free already" in second
    assert "Your position is 2. You do not need to do anything." in third


def test_two_requests_of_one_district_at_one_moment_are_two_offers_with_a_letter_each(tmp_path: Path) -> None:
    confirm_seats(tmp_path, 20, capacity=30)
    stage_rows(tmp_path, InputKind.SEAT_REQUEST, JULY_5, seat_request_row(FIRST, 5))
    settle_seat_requests.fn("2022", JULY_5)
    for _ in range(2):
        request_seats.fn("2022", FIRST, "certification", 3, requested_by="lead", as_of=JULY_5)
    assert [offer.seats_offered for offer in offers_of(FIRST)] == [20, 5, 3]
    told = [text for text in bodies("seats") if "O-2022-0002" in text or "O-2022-0003" in text]
    assert len(told) == 2


def test_a_request_keeps_its_place_while_seats_of_another_request_go_back(tmp_path: Path) -> None:
    confirm_seats(tmp_path, 20, 4, capacity=28)
    for lea_id, seats, moment in ((FIRST, 9, JUNE_20), (SECOND, 3, JUNE_25)):
        request_seats.fn("2022", lea_id, "certification", seats, requested_by="lead", as_of=moment)
    assert [request_of(*who).seats_waitlisted for who in ((FIRST, 2), (SECOND, 2))] == [5, 3]
    answer_offer(tmp_path, 18, offer="O-2022-0001")
    answer_offer(tmp_path, 4, offer="O-2022-0003")
    assert settle_offers.fn("2022", JUNE_25) == 2
    first, second = request_of(FIRST), request_of(FIRST, 2)
    assert (first.seats_confirmed, first.seats_released) == (18, 2)
    assert (second.seats_confirmed, second.seats_waitlisted) == (6, 3), "its place is its own"
    assert "leave" not in bodies("seats_released")[0]


def test_a_request_that_was_never_offered_a_seat_keeps_its_place_when_another_goes_unfilled(tmp_path: Path) -> None:
    confirm_seats(tmp_path, 20, 3, capacity=20)
    request_seats.fn("2022", FIRST, "certification", 9, requested_by="lead", as_of=JUNE_25)
    assert release_unfilled_seats.fn("2022", JULY_31) == 20
    assert [request_of(*who).seats_confirmed for who in ((SECOND, 1), (FIRST, 2))] == [3, 9]


def seat_request_row(lea_id: str, seats: int, component: str = "certification") -> dict[str, object]:
    return {"lea_id": lea_id, "component": component, "seats": seats, "requested_on": "2022-07-04"}


def test_more_seats_join_the_end_of_the_waitlist_once_with_a_letter_and_are_served_in_order(tmp_path: Path) -> None:
    confirm_seats(tmp_path, 30, 25)
    stage_rows(tmp_path, InputKind.SEAT_REQUEST, JULY_5, seat_request_row(FIRST, 4), seat_request_row(SECOND, 2))
    assert [settle_seat_requests.fn("2022", JULY_5) for _ in range(2)] == [2, 0]
    positions = [request_of(*who).waitlist_position for who in ((SECOND, 1), (FIRST, 2), (SECOND, 2))]
    assert positions == [1, 2, 3]
    assert any("4 more seats" in text and "Your position is 2." in text for text in bodies("more_seats"))
    answer_offer(tmp_path, 29, offer="O-2022-0001")
    settle_offers.fn("2022", JULY_5)
    assert (request_of(SECOND).seats_confirmed, request_of(FIRST, 2).seats_confirmed) == (1, 0)
    assert request_of(FIRST, 2).seats_waitlisted == 4, "what was requested after the offer stays on the waitlist"


def test_a_request_after_the_last_release_day_is_rejected_with_the_reason_and_the_lead_is_told(tmp_path: Path) -> None:
    confirm_seats(tmp_path, 30)
    stage_rows(
        tmp_path, InputKind.SEAT_REQUEST, AUGUST_3, seat_request_row(FIRST, 4), seat_request_row(FOURTH, 4),
        seat_request_row(FIRST, 4, "academy"),
    )  # fmt: skip
    assert settle_seat_requests.fn("2022", AUGUST_3) == 0
    with reading() as db:
        rows = list(db.scalars(select(IntakeRow).where(IntakeRow.kind == InputKind.SEAT_REQUEST)))
    assert {row.disposition for row in rows} == {Disposition.QUARANTINED}
    assert "The waitlist has ended" in rows[0].reason
    assert len(bodies("more_seats")) == 2
    with pytest.raises(OperatorError, match="until 2022-07-31"):
        request_seats.fn("2022", FIRST, "certification", 4, requested_by="lead", as_of=AUGUST_3)


def test_an_operator_asks_for_a_district_once_and_a_later_resubmission_takes_nothing_away(tmp_path: Path) -> None:
    apply_for_seats(tmp_path, 30)
    june_12 = datetime(2022, 6, 12, 13, 0, tzinfo=UTC)
    for _ in range(2):
        request_seats.fn("2022", FIRST, "certification", 4, requested_by="lead", as_of=june_12)
    again = survey_row(8, FIRST, submitted_at="2022-06-09 10:00:00", certification_seats="30")
    import_survey_files(csv_file(tmp_path / "again.csv", [again]), as_of=JUNE_15)
    assert (request_of(FIRST, 2).seats_undecided, request_of(FIRST).seats_undecided) == (4, 30)
    (letter,) = bodies("more_seats")
    assert "The state agency confirms seats in mid-June" in letter


def test_the_letter_in_june_names_every_line_and_goes_also_to_who_gets_nothing(tmp_path: Path) -> None:
    apply_for_seats(tmp_path, 30)
    rows = [
        survey_row(
            5, SECOND, option="2", certification_seats="", academy_seats="9", exfrl_seats="1", certified_librarians="0"
        ),
        survey_row(6, THIRD, option="2", certification_seats="4", certified_librarians=""),
        survey_row(4, FOURTH, option="1", certification_seats="2", librarian_seats="5", certified_librarians="1"),
    ]
    import_survey_files(csv_file(tmp_path / "more.csv", rows), as_of=JUNE_15)
    propose_seats.fn("2022", JUNE_15)
    approve_rounds()
    apply_approved_rounds.fn("2022", JUNE_15)
    letters = bodies("seats")
    assert len(letters) == 4
    (second,) = [text for text in letters if "All 9 seats in the Summer Learning Academy are confirmed." in text]
    assert "- Declined: Option 2 does not include Exploring Future Ready Librarianship" in second
    (third,) = [text for text in letters if "cannot be given:" in text]
    assert "- Declined: Option 2 does not include ISTE Certification for Educators" in third
    (fourth,) = [text for text in letters if "All 3 seats in ISTE Certification for Librarians are confirmed." in text]
    assert "2 seats in ISTE Certification for Librarians cannot be given" in fourth
