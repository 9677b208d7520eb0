"""What a receiver learns of seats: an answer is about its offer, what came back was there, and grants grow on their day."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from rules.rule_ids import RuleId
from schemas.kinds import SubjectKind
from schemas.records import DecidedSeats
from schemas.statuses import Outcome
from schemas.tables import Offer, SeatRequestRow
from tasks.season.export.seat_book import Decided, SeatBook
from tasks.season.export.write import export_seasons
from tasks.seats.answers import settle_offers
from tasks.seats.closing import close_waitlist
from tasks.seats.more_seats import request_seats
from tasks.seats.release import release_unfilled_seats
from tests.factories.enrollment import enroll_by_roster, roster_row, sign_form
from tests.factories.season import LEA_IDS, csv_file, open_season
from tests.factories.seats import JUNE_15, JUNE_20, answer_offer, confirm_seats
from tests.factories.surveys import import_survey_files, survey_row
from tests.tasks.season.export.packages import export_to, rows_of
from tests.tasks.season.export.receiver import faults_of_seats

pytestmark = pytest.mark.usefixtures("database")
JUNE_25 = datetime(2022, 6, 25, 13, 0, tzinfo=UTC)
JULY_23 = datetime(2022, 7, 23, 13, 0, tzinfo=UTC)
JULY_31 = datetime(2022, 7, 31, 23, 0, tzinfo=UTC)
FIRST, SECOND, THIRD, _ = LEA_IDS


def told(found: dict[str, Any], lea_id: str, number: int = 1) -> list[tuple[str, int, str]]:
    """What the export tells of a request of seats in the certification: the event, the seats, and the offer."""
    request_id = f"{lea_id}/certification/{number}"
    mine = [row for row in found["seat_events"] if row["request_id"] == request_id]
    return [(row["event"], int(row["seats"]), row["offer_id"]) for row in mine]


def two_offers(folder: Path) -> None:
    """The first district has an offer of 10 seats from June 15, and one of the 6 that it asked for later."""
    confirm_seats(folder, 10, capacity=1500)
    request_seats.fn("2022", FIRST, "certification", 6, requested_by="lead", as_of=JUNE_20)


def answer(folder: Path, seats: int, offer: int, day: str = "2022-06-24", at: datetime = JUNE_25) -> None:
    answer_offer(folder, seats, day=day, offer=f"O-2022-000{offer}")
    settle_offers.fn("2022", at)


def test_a_request_that_was_confirmed_in_part_at_the_end_of_the_waitlist_has_its_rest_closed(tmp_path: Path) -> None:
    confirm_seats(tmp_path, 30, 25, 6)
    close_waitlist.fn("2022", JULY_31)
    found = export_to(tmp_path / "out")
    assert told(found, THIRD) == [("waitlisted", 6, ""), ("offered", 5, "O-2022-0003"), ("closed", 1, "")]
    assert faults_of_seats(found) == []


EARLY = {"seats_open": 19, "seats_confirmed": 18, "seats_waitlisted": 0, "seats_declined": 1, "placed_at": "2022-05-29"}


@pytest.mark.parametrize("closed", [{}, {"seats_closed": 1}])
def test_a_closing_reads_the_same_as_early_seasons_have_it_on_record(closed: dict[str, int]) -> None:
    request = SeatRequestRow(lea_id=FIRST, component="certification", request_number=1, seats_requested=21)
    request.placed_at, request.place_key, request.seats_declined = JUNE_15, "R1", 3
    request.seats_confirmed = request.seats_released = 0
    offer = Offer(offer_id="O-2022-0352", seats_offered=18, offered_at=JULY_31)
    by, key = SubjectKind.SEAT_REQUEST, f"{FIRST}/certification/1"
    decisions = [
        Decided(by, key, RuleId.APPROVED_ROUND, Outcome.PARTLY_CONFIRMED, EARLY | closed, JULY_31, "close"),
        Decided(by, key, RuleId.WAITLIST_CLOSED, Outcome.CLOSED, EARLY | closed, JULY_31, "close"),
    ]
    found = SeatBook([request], [offer]).events(decisions)
    assert [(event.kind, event.seats) for event in found] == [("declined", 2), ("offered", 18), ("closed", 1)]


@pytest.mark.parametrize("told", [{"seats": 9}, DecidedSeats(9, 0, 0, 9, 9, "").as_inputs()])
def test_the_end_of_a_request_that_only_waits_reads_the_same_as_early_seasons_have_it(told: dict[str, Any]) -> None:
    assert DecidedSeats.on_record(told, is_closed=True).seats_closed == 9
    assert DecidedSeats.on_record(told, is_closed=True).seats_declined == 9


def test_an_answer_to_one_of_two_offers_says_nothing_about_the_other(tmp_path: Path) -> None:
    two_offers(tmp_path)
    answer(tmp_path, 6, offer=2)
    found = export_to(tmp_path / "out")
    assert told(found, FIRST) == [("offered", 10, "O-2022-0001")]
    assert told(found, FIRST, 2) == [(what, 6, offer) for what, offer in (
        ("waitlisted", ""), ("offered", "O-2022-0002"), ("accepted", "O-2022-0002"))]  # fmt: skip
    answer(tmp_path, 7, offer=1)
    found = export_to(tmp_path / "out")
    assert told(found, FIRST)[1:] == [("declined", 3, "O-2022-0001"), ("accepted", 7, "O-2022-0001")]
    assert len(told(found, FIRST, 2)) == 3
    assert faults_of_seats(found) == []


def test_what_is_given_back_after_it_was_accepted_is_released_and_not_accepted_again(tmp_path: Path) -> None:
    two_offers(tmp_path)
    answer(tmp_path, 10, offer=1)
    answer(tmp_path, 10, offer=1, day="2022-06-25", at=datetime(2022, 6, 26, 13, 0, tzinfo=UTC))
    answer(tmp_path, 8, offer=1, day="2022-06-27", at=datetime(2022, 6, 28, 13, 0, tzinfo=UTC))
    found = export_to(tmp_path / "out")
    assert [(what, seats) for what, seats, _ in told(found, FIRST)] == [
        ("offered", 10), ("accepted", 10), ("released", 2)
    ]  # fmt: skip
    assert told(found, FIRST)[2][2] == "O-2022-0001"
    assert faults_of_seats(found) == []


def test_an_offer_for_two_requests_takes_back_only_its_own_seats_of_each(tmp_path: Path) -> None:
    confirm_seats(tmp_path, 30, 12, capacity=35)
    request_seats.fn("2022", SECOND, "certification", 6, requested_by="lead", as_of=JUNE_20)
    answer_offer(tmp_path, 21, offer="O-2022-0001")
    settle_offers.fn(
        "2022", JUNE_20
    )  # nine seats: seven for what waits of the second district, two for what it asked later
    answer_offer(tmp_path, 6, SECOND, day="2022-06-24", offer="O-2022-0003")
    settle_offers.fn("2022", JUNE_25)
    found = export_to(tmp_path / "out")
    assert told(found, SECOND)[:3] == [
        ("waitlisted", 7, ""),
        ("offered", 5, "O-2022-0002"),
        ("offered", 7, "O-2022-0003"),
    ]
    assert told(found, SECOND)[3:] == [("declined", 1, "O-2022-0003"), ("accepted", 6, "O-2022-0003")]
    assert told(found, SECOND, 2)[1:3] == [("offered", 2, "O-2022-0003"), ("declined", 2, "O-2022-0003")]
    assert faults_of_seats(found) == []


@pytest.mark.parametrize("file_format", ["csv", "parquet"])
@pytest.mark.parametrize("season", ["2022", None])
def test_a_receiver_finds_nothing_wrong_with_the_seats_of_an_export(
    tmp_path: Path, file_format: Any, season: str | None
) -> None:
    two_offers(tmp_path)
    answer(tmp_path, 5, offer=2)
    enroll_by_roster(tmp_path, [roster_row("ada"), roster_row("bo")])
    sign_form(tmp_path, "ada@lea.example")
    release_unfilled_seats.fn("2022", JULY_23)
    for with_personal_data in (True, False):
        export_seasons(tmp_path / "out", season, file_format=file_format, with_personal_data=with_personal_data)
        found = rows_of(tmp_path / "out")
        assert {row["event"] for row in found["seat_events"]} >= {"offered", "accepted", "declined", "released"}
        assert faults_of_seats(found) == []


@pytest.mark.parametrize(
    ("file", "number", "column", "value", "fault"),
    [
        ("seat_events", 0, "seats", "11", "seats_confirmed is what was offered"),
        ("seat_events", 1, "seats", "9", "is answered for others"),
        ("seat_events", 1, "offer_id", "", "an answer names its offer"),
        ("seat_events", 1, "offer_id", "O-2022-0002", "more than there was"),
        ("seat_events", 1, "at", "2022-06-01T13:00:00Z", "happened before"),
        ("seat_events", 2, "event", "closed", "seats_released is what came back"),
        ("seat_requests", 0, "seats_requested", "9", "nowhere"),
        ("seat_requests", 0, "closed_at", "2022-07-31T13:00:00Z", "no event says so"),
        ("grants", 1, "seats", "9", "seats out at"),
    ],
)
def test_a_receiver_notices_what_is_wrong(
    tmp_path: Path, file: str, number: int, column: str, value: str, fault: str
) -> None:
    confirm_seats(tmp_path, 10, capacity=1500)
    answer(tmp_path, 10, offer=1)
    answer(tmp_path, 8, offer=1, day="2022-06-27", at=datetime(2022, 6, 28, 13, 0, tzinfo=UTC))
    found = export_to(tmp_path / "out")
    assert faults_of_seats(found) == []
    found[file][number][column] = value
    assert fault in "\n".join(faults_of_seats(found))


def test_seats_that_cannot_be_requested_are_declined_from_the_beginning(tmp_path: Path) -> None:
    open_season()
    rows = [survey_row(1, exfrl_seats="8")]
    import_survey_files(csv_file(tmp_path / "s.csv", rows), as_of=JUNE_20)
    found = export_to(tmp_path / "out")
    (event,) = [row for row in found["seat_events"] if row["request_id"].split("/")[1] == "exfrl"]
    assert (event["event"], event["seats"], event["at"]) == ("declined", "3", event["at"])
    assert faults_of_seats(found) == []
