"""Seat requests and offers as rules take them, and seats applied for, proposed, and confirmed in the database."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from rules.seats.offers import OfferFacts
from schemas.kinds import InputKind
from schemas.records import Component, SeatRequest
from schemas.statuses import OfferAnswer, SeatRoundStatus
from tests.factories.season import LEA_IDS, csv_file, open_season, stage_rows, store_rows
from tests.factories.surveys import FIRST_SUBMITTED, import_survey_files, survey_row

if TYPE_CHECKING:
    from schemas.tables import Offer, SeatRequestRow

JUNE_15 = datetime(2022, 6, 15, 13, 0, tzinfo=UTC)
JUNE_20 = datetime(2022, 6, 20, 13, 0, tzinfo=UTC)
OFFERED, ANSWER_BY = date(2022, 6, 15), date(2022, 7, 6)


def seat_request(
    seats: int, minute: int, lea_id: str | None = None, component: Component = Component.CERTIFICATION, **more: Any
) -> SeatRequest:
    return SeatRequest(
        lea_id=lea_id or f"09{minute:05d}",
        component=component,
        request_number=more.pop("request_number", 1),
        seats_requested=seats,
        placed_at=FIRST_SUBMITTED + timedelta(minutes=minute),
        place_key=f"R{minute:05d}",
        **more,
    )


def offer_facts(**changes: Any) -> OfferFacts:
    """Twenty seats offered and held, and nothing answered yet."""
    facts: dict[str, Any] = {"offer_id": "O-2022-0017", "name": "the academy", "seats_held": 20, "seats_filled": 0}
    facts |= {"is_closed": False, "answer": OfferAnswer.NONE, "offered_on": OFFERED, "answer_by": ANSWER_BY}
    return OfferFacts(**{**facts, **changes})


def apply_for_seats(folder: Path, *seats: int) -> None:
    """Open the season, and let the first districts apply for so many seats of the certification, one after the other."""
    open_season()
    rows = [
        survey_row(number, LEA_IDS[number - 1], certification_seats=str(count))
        for number, count in enumerate(seats, start=1)
    ]
    import_survey_files(csv_file(folder / "s.csv", rows), as_of=JUNE_15)


def set_capacity(seats: int) -> None:
    """Let the agency have so many seats of the certification."""
    from schemas.tables import Capacity
    from tasks.core.database import transaction

    with transaction() as db:
        db.get_one(Capacity, ("2022", "certification")).capacity_seats = seats


def approve_rounds(decision: Literal["approve", "reject"] = "approve", at: datetime = JUNE_15) -> None:
    """The agency's answer to the round that is proposed."""
    from sqlalchemy import select

    from schemas.tables import SeatRound
    from tasks.core.database import reading
    from tasks.seats.approval import SeatApproval, keep_answer

    with reading() as db:
        is_open = db.scalars(select(SeatRound).where(SeatRound.status == SeatRoundStatus.PROPOSED)).one()
    keep_answer(is_open, SeatApproval(decision=decision, approved_by="agency"), at)


def confirm_seats(folder: Path, *seats: int, capacity: int = 30) -> None:
    """Applications of the first districts, decided by the first round as far as the capacity goes."""
    from tasks.seats.rounds import apply_approved_rounds, propose_seats

    apply_for_seats(folder, *seats)
    set_capacity(capacity)
    propose_seats.fn("2022", JUNE_15)
    approve_rounds()
    apply_approved_rounds.fn("2022", JUNE_15)


def confirmed_and_waitlisted() -> dict[str, tuple[int, int]]:
    """The seats of each district that are confirmed, and those that wait."""
    from sqlalchemy import select

    from schemas.tables import SeatRequestRow
    from tasks.core.database import reading

    with reading() as db:
        return {
            request.lea_id: (request.seats_confirmed, request.seats_waitlisted)
            for request in db.scalars(select(SeatRequestRow))
        }


def open_season_with_seats(component: Component = Component.CERTIFICATION) -> None:
    """Open the season, with sixty seats of a component that the first district has accepted and filled."""
    from schemas.tables import Application, Offer, SeatBlock

    open_season()
    district = {"season": "2022", "lea_id": LEA_IDS[0]}
    lead = {"superintendent_name": "", "lead_name": "Ada", "lead_email": "lead@lea.example"}
    facts = {"response_id": "R1", "submitted_at": FIRST_SUBMITTED, "is_information_request": False, "option": 3}
    store_rows(Application, {**district, **lead, **facts, "slots": []})
    seats = {"component": component.value, "seats_confirmed": 60, "seats_filled": 60, "enroll_by": date(2022, 7, 22)}
    store_rows(SeatBlock, {**district, **seats, "is_closed": True})
    offer = {
        "offer_id": "O-1",
        "component": component.value,
        "seats_offered": 60,
        "seats_held": 60,
        "offered_at": JUNE_15,
    }
    answer = {"answer_by": date(2022, 7, 6), Offer.answer.key: OfferAnswer.ACCEPTED, "answered_on": date(2022, 6, 20)}
    store_rows(Offer, {**district, **offer, **answer})


def answer_offer(
    folder: Path, seats: int | str, lea_id: str = LEA_IDS[0], day: str = "2022-06-20", **changes: str
) -> None:
    """A district's answer to an offer of seats in the certification, as a file that came on June 20."""
    row = {"lea_id": lea_id, "component": "certification", "seats": seats, "answered_on": day, **changes}
    stage_rows(folder, InputKind.ANSWER, JUNE_20, row)


def offers_of(lea_id: str = LEA_IDS[0]) -> "list[Offer]":
    """The offers of a district, in the order in which they were made."""
    from sqlalchemy import select

    from schemas.tables import Offer
    from tasks.core.database import reading

    with reading() as db:
        return list(db.scalars(select(Offer).where(Offer.lea_id == lea_id).order_by(Offer.offer_id)))


def request_of(lea_id: str, number: int = 1) -> "SeatRequestRow":
    """A district's request for seats of the certification, as it is on record."""
    from schemas.tables import SeatRequestRow
    from tasks.core.database import reading

    with reading() as db:
        return db.get_one(SeatRequestRow, ("2022", lea_id, "certification", number))
