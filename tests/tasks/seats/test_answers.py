"""An answer names its offer: what was said to one offer never changes another."""

from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from sqlalchemy import select

from schemas.kinds import InputKind
from schemas.statuses import Disposition, OfferAnswer
from schemas.tables import IntakeRow, Offer, Outbox, SeatBlock
from tasks.core.database import reading
from tasks.intake.pipeline import stage_files
from tasks.season.control_totals import tally
from tasks.season.history import history_of
from tasks.seats.answers import settle_offers
from tasks.seats.release import release_unfilled_seats
from tasks.seats.rounds import apply_approved_rounds, propose_seats
from tests.factories.enrollment import enroll_by_roster, roster_row, sign_form
from tests.factories.letters.written import letters_written
from tests.factories.season import LEA_IDS, csv_file
from tests.factories.seats import (
    JUNE_20,
    answer_offer,
    approve_rounds,
    confirm_seats,
    confirmed_and_waitlisted,
    offers_of,
    set_capacity,
)

pytestmark = pytest.mark.usefixtures("database")
JUNE_25 = datetime(2022, 6, 25, 13, 0, tzinfo=UTC)
JULY_23 = datetime(2022, 7, 23, 13, 0, tzinfo=UTC)
LEA, OTHER = LEA_IDS[:2]
JULY_8 = datetime(2022, 7, 8, 13, 0, tzinfo=UTC)


def two_offers(tmp_path: Path) -> None:
    """The other district has an offer of 25 seats from June 15 and, since June 20, one of 5 more."""
    confirm_seats(tmp_path, 25, 30, capacity=50)
    answer_offer(tmp_path, 20, offer="O-2022-0001")
    answer_offer(tmp_path, 25, OTHER, offer="O-2022-0002")
    assert settle_offers.fn("2022", JUNE_20) == 5
    assert [(offer.offer_id, offer.seats_held) for offer in offers_of(OTHER)] == [
        ("O-2022-0002", 25),
        ("O-2022-0003", 5),
    ]


def rejected() -> list[str]:
    with reading() as db:
        query = select(IntakeRow.reason).where(IntakeRow.disposition == Disposition.QUARANTINED)
        return list(db.scalars(query.order_by(IntakeRow.reason)))


def body(key: str) -> str:
    with reading() as db:
        text: str = db.scalars(select(Outbox).where(Outbox.message_key == key)).one().payload["body"]
        return text


def test_the_letter_names_the_offer_and_an_answer_that_names_it_is_about_it_alone(tmp_path: Path) -> None:
    two_offers(tmp_path)
    assert "- O-2022-0002: 25 seats in" in body(f"2022/seats/round-1/{OTHER}")
    assert "- O-2022-0003: 5 seats in" in body(f"2022/seats/answers-2022-06-20T130000-3/{OTHER}")
    answer_offer(tmp_path, 0, OTHER, day="2022-06-21", offer="O-2022-0003")
    assert settle_offers.fn("2022", JUNE_25) == 5
    assert confirmed_and_waitlisted()[OTHER] == (25, 0)
    assert [offer.answer for offer in offers_of(OTHER)] == [OfferAnswer.ACCEPTED, OfferAnswer.DECLINED]
    assert "(offer O-2022-0003)" in body(f"2022/released/{OTHER}/certification/O-2022-0003/0")
    assert tally("2022", "seats").holds


def test_an_old_answer_never_declines_a_newer_offer(tmp_path: Path) -> None:
    two_offers(tmp_path)
    answer_offer(tmp_path, 0, OTHER, day="2022-06-18", offer="O-2022-0003")
    answer_offer(tmp_path, 0, OTHER, day="2022-06-18")
    answer_offer(tmp_path, 25, OTHER, day="2022-06-16", offer="O-2022-0002")
    assert settle_offers.fn("2022", JUNE_25) == 0
    assert confirmed_and_waitlisted()[OTHER] == (30, 0)
    assert rejected() == [
        "A newer answer to offer O-2022-0002, of 2022-06-20, is on record.",
        "The answer of 2022-06-18 is from before offer O-2022-0003 of 2022-06-20.",
        "The answer of 2022-06-18 is not later than the offer O-2022-0003 of 2022-06-20. If it is about this offer, name it.",
    ]


def test_an_answer_without_an_offer_is_taken_where_one_offer_waits_and_else_quarantined(tmp_path: Path) -> None:
    two_offers(tmp_path)
    answer_offer(tmp_path, 3, OTHER, day="2022-06-21")
    assert settle_offers.fn("2022", JUNE_25) == 2
    answer_offer(tmp_path, 0, OTHER, day="2022-06-22")
    answer_offer(tmp_path, 0, OTHER, day="2022-06-22", offer="O-2022-0001")
    answer_offer(tmp_path, 0, OTHER, day="2022-06-22", offer="O-2022")
    assert settle_offers.fn("2022", JUNE_25) == 0
    assert confirmed_and_waitlisted()[OTHER] == (28, 0)
    reasons = " ".join(rejected())
    assert "waits for an answer. Name the offer that is meant: O-2022-0002, O-2022-0003." in reasons
    assert "The district has no offer O-2022-0001" in reasons
    assert "write it as it stands in the letter" in reasons


def test_two_answers_to_one_offer_in_one_run_give_back_twice_and_two_letters_say_so(tmp_path: Path) -> None:
    confirm_seats(tmp_path, 30)
    row = {"lea_id": LEA, "component": "certification", "offer": "O-2022-0001"}
    said = [{**row, "seats": seats, "answered_on": f"2022-06-{day}"} for day, seats in ((18, 25), (19, 20))]
    stage_files.fn("2022", InputKind.ANSWER, JUNE_20, [csv_file(tmp_path / "both.csv", said)])
    assert settle_offers.fn("2022", JUNE_20) == 10
    with reading() as db:
        letters = sorted(key for key in db.scalars(select(Outbox.message_key)) if "/released/" in key)
    assert letters == [f"2022/released/{LEA}/certification/O-2022-0001/{held}" for held in (20, 25)]


def test_an_offer_lapses_alone_and_people_sit_in_the_seats_of_the_older_one(tmp_path: Path) -> None:
    two_offers(tmp_path)
    assert enroll_by_roster(tmp_path, [roster_row("ada", lea_id=OTHER)], JUNE_25) == 1
    assert settle_offers.fn("2022", JULY_8) == 0
    assert settle_offers.fn("2022", datetime(2022, 7, 12, 13, 0, tzinfo=UTC)) == 5
    assert [(offer.answer, offer.seats_held) for offer in offers_of(OTHER)] == [
        (OfferAnswer.ACCEPTED, 25),
        (OfferAnswer.LAPSED, 0),
    ]
    assert "by Monday, July 11, 2022" in body(f"2022/released/{OTHER}/certification/O-2022-0003/0")


def test_a_roster_that_counts_as_an_answer_was_given_on_its_own_day(tmp_path: Path) -> None:
    confirm_seats(tmp_path, 25, 30, capacity=60)
    enroll_by_roster(tmp_path, [roster_row("ada", lea_id=LEA)], JUNE_25)
    settle_offers.fn("2022", datetime(2022, 7, 12, 13, 0, tzinfo=UTC))
    (offer, *_) = offers_of(LEA)
    assert (offer.answer, offer.answered_on) == (OfferAnswer.ACCEPTED, date(2022, 6, 25))


def test_unfilled_seats_are_released_from_the_newest_offer_and_a_closed_offer_stays_closed(tmp_path: Path) -> None:
    two_offers(tmp_path)
    answer_offer(tmp_path, 5, OTHER, day="2022-06-21", offer="O-2022-0003")
    settle_offers.fn("2022", JUNE_25)
    people = ["ada", "bo"]
    assert enroll_by_roster(tmp_path, [roster_row(name, lea_id=OTHER) for name in people], JUNE_25) == 2
    for name in people:
        sign_form(tmp_path, f"{name}@lea.example", JUNE_25)
    assert release_unfilled_seats.fn("2022", JULY_23) == 20 + 28
    assert [offer.seats_held for offer in offers_of(OTHER)] == [2, 0]
    with reading() as db:
        held = {offer.lea_id: 0 for offer in db.scalars(select(Offer))}
        for offer in db.scalars(select(Offer)):
            held[offer.lea_id] += offer.seats_held
        assert held == {block.lea_id: block.seats_confirmed for block in db.scalars(select(SeatBlock))}
    answer_offer(tmp_path, 0, OTHER, day="2022-07-24", offer="O-2022-0002")
    assert settle_offers.fn("2022", datetime(2022, 7, 25, 13, 0, tzinfo=UTC)) == 0
    assert "deadline" in rejected()[0]


def test_the_history_of_a_district_tells_what_it_answered_to_which_offer(tmp_path: Path) -> None:
    two_offers(tmp_path)
    events = [event for event in history_of("2022", "district", OTHER).events if event.rule == "offer-answered"]
    assert [event.inputs["named"] for event in events] == ["O-2022-0002"]
    assert offers_of(OTHER)[0].answered_on == date(2022, 6, 20)


def test_a_roster_in_time_is_an_answer_also_where_nobody_on_it_has_signed(tmp_path: Path) -> None:
    confirm_seats(tmp_path, 20)
    enroll_by_roster(tmp_path, [roster_row(name) for name in ("ada", "ben", "cem")])
    assert release_unfilled_seats.fn("2022", JULY_23) == 20
    (offer,) = offers_of()
    assert offer.answer == OfferAnswer.ACCEPTED
    (letter,) = letters_written("seats_released")
    assert "We did not hear from you" not in letter["body"]
    assert "had no participant with a signed commitment form" in letter["body"]
    assert "Your district has no seats" in letter["body"]


def test_a_roster_for_a_later_offer_answers_it_though_people_of_an_earlier_one_never_signed(tmp_path: Path) -> None:
    confirm_seats(tmp_path, 5, 3, capacity=7)
    enroll_by_roster(tmp_path, [roster_row(name) for name in ("ada", "ben", "cem", "dia", "eli")])
    enroll_by_roster(tmp_path, [roster_row(name, lea_id=OTHER) for name in ("flo", "gus")])
    answer_offer(tmp_path, 4, offer="O-2022-0001")
    assert settle_offers.fn("2022", JUNE_20) == 0, "fewer than are on the roster"
    set_capacity(8)
    propose_seats.fn("2022", JUNE_25)
    approve_rounds(at=JUNE_25)
    apply_approved_rounds.fn("2022", JUNE_25)
    enroll_by_roster(tmp_path, [roster_row("hal", lea_id=OTHER)], JULY_8)
    release_unfilled_seats.fn("2022", JULY_23)
    assert [offer.answer for offer in offers_of(OTHER)] == [OfferAnswer.ACCEPTED, OfferAnswer.ACCEPTED]


def test_two_letters_of_one_moment_name_the_same_seats_that_are_left(tmp_path: Path) -> None:
    two_offers(tmp_path)
    enroll_by_roster(tmp_path, [roster_row(name, lea_id=OTHER) for name in ("ada", "ben", "cem")])
    release_unfilled_seats.fn("2022", JULY_23)
    kept = {
        letter["body"].split("Your district ")[1].split(" in ")[0] for letter in letters_written("seats_released")[-2:]
    }
    assert len(kept) == 1
