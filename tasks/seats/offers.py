"""Seats given to requests and offered to districts: what is left, each new offer, and the letter that makes it."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from rules.seats.allocation import share_in_order
from rules.seats.offers import OfferFacts, answer_by
from schemas.kinds import SubjectKind
from schemas.records import COMPONENT_NAMES, Component, Holder, OfferedSeats, SeatDecision, SeatRequest
from schemas.tables import Application, Capacity, Offer, SeatBlock, SeatRequestRow
from tasks.core.database import insert
from tasks.core.districts import districts_by_id
from tasks.ledger.unit_of_work import Work
from tasks.letters.write import write_letter


@dataclass(frozen=True, slots=True)
class Occasion:
    """What seats are given by: its name, the last day to fill them, and the approved round where it is one."""

    name: str
    enroll_by: date
    round_number: int | None = None


def record_of(row: SeatRequestRow) -> SeatRequest:
    """The request as the rules take it."""
    return SeatRequest(
        row.lea_id,
        Component(row.component),
        row.request_number,
        row.seats_requested,
        row.placed_at,
        row.place_key,
        row.seats_confirmed + row.seats_released,
        row.seats_declined,
    )


def seats_left(db: Session, season: str) -> Mapping[Component, int]:
    """What of the agency's grant is not given yet; the rows are held until the transaction ends."""
    rows = db.scalars(select(Capacity).where(Capacity.season == season).with_for_update())
    return {Component(row.component): row.capacity_seats - row.seats_confirmed for row in rows}


def holders(db: Session, season: str) -> frozenset[Holder]:
    """The districts that hold seats of a component."""
    query = select(SeatBlock).where(SeatBlock.season == season, SeatBlock.seats_confirmed > 0)
    return frozenset(Holder(block.lea_id, Component(block.component)) for block in db.scalars(query))


def offers_of(db: Session, season: str, lea_id: str, component: str) -> list[Offer]:
    """A district's offers of one component, oldest first."""
    query = select(Offer).where(Offer.season == season, Offer.lea_id == lea_id, Offer.component == component)
    return sorted(db.scalars(query), key=_number)


def _number(offer: Offer) -> int:
    return int(offer.offer_id.rpartition("-")[2])


def facts_of(work: Work, offers: Sequence[Offer]) -> list[OfferFacts]:
    """A district's offers of one component, oldest first, as the rules take them."""
    if not offers:
        return []
    block = work.db.get_one(SeatBlock, (work.season, offers[0].lea_id, offers[0].component))
    filled = share_in_order([offer.seats_held for offer in offers], block.seats_filled)
    return [
        OfferFacts(
            offer_id=offer.offer_id,
            name=COMPONENT_NAMES[Component(offer.component)],
            seats_held=offer.seats_held,
            seats_filled=number,
            is_closed=block.is_closed,
            answer=offer.answer,
            offered_on=work.policy.local_day(offer.offered_at),
            answer_by=offer.answer_by,
            answered_on=offer.answered_on,
        )
        for offer, number in zip(offers, filled, strict=True)
    ]


def give_seats(work: Work, occasion: Occasion, decisions: Sequence[SeatDecision]) -> list[Offer]:
    """Write what every decision gives and leaves waiting into its request, and offer each district its new seats."""
    seats: Counter[tuple[str, Component]] = Counter()
    for decision in decisions:
        request = decision.request
        row = work.db.get(
            SeatRequestRow, (work.season, request.lea_id, request.component.value, request.request_number)
        )
        if row is not None:
            _write_request(row, decision)
        seats[request.lea_id, request.component] += decision.seats_confirmed
        work.decide(SubjectKind.SEAT_REQUEST, request.key, decision.ruling, **_inputs(decision))
    return _make_offers(work, occasion, {key: number for key, number in sorted(seats.items()) if number})


def _write_request(row: SeatRequestRow, decision: SeatDecision) -> None:
    """What is neither given nor waits stays undecided."""
    still_open = record_of(row).seats_open
    row.seats_confirmed += decision.seats_confirmed
    row.seats_waitlisted = decision.seats_waitlisted
    row.seats_undecided = still_open - decision.seats_confirmed - decision.seats_waitlisted
    row.waitlist_position = decision.waitlist_position


def _inputs(decision: SeatDecision) -> dict[str, Any]:
    return {
        "seats_open": decision.request.seats_open,
        "placed_at": decision.request.placed_at.isoformat(),
        "seats_confirmed": decision.seats_confirmed,
        "seats_waitlisted": decision.seats_waitlisted,
    }


def _make_offers(work: Work, occasion: Occasion, seats: Mapping[tuple[str, Component], int]) -> list[Offer]:
    first = 1 + (work.db.scalar(select(func.count()).select_from(Offer).where(Offer.season == work.season)) or 0)
    same = {
        "season": work.season,
        "round_number": occasion.round_number,
        "offered_at": work.as_of,
        "answer_by": answer_by(work.today, occasion.enroll_by, work.policy),
    }
    rows = []
    for number, ((lea_id, component), offered) in enumerate(seats.items(), start=first):
        _grow_block(work, lea_id, component, offered, occasion.enroll_by)
        offer_id = f"O-{work.season}-{number:04d}"
        told = {"lea_id": lea_id, "component": component.value, "seats_offered": offered, "seats_held": offered}
        rows.append({**same, "offer_id": offer_id, **told})
    insert(work.db, Offer, rows)
    return [work.db.get_one(Offer, (work.season, row["offer_id"])) for row in rows]


def _grow_block(work: Work, lea_id: str, component: Component, seats: int, enroll_by: date) -> None:
    """Add the seats to the district's block and to the component's count, whose check forbids overselling."""
    work.db.get_one(Capacity, (work.season, component.value)).seats_confirmed += seats
    block = work.db.get(SeatBlock, (work.season, lea_id, component.value))
    if block is None:
        block = SeatBlock(season=work.season, lea_id=lea_id, component=component.value, seats_confirmed=0)
        block.seats_filled, block.enroll_by, block.is_closed = 0, enroll_by, False
        work.db.add(block)
    block.seats_confirmed += seats
    block.enroll_by, block.is_closed = max(block.enroll_by, enroll_by), False


def tell_districts(work: Work, occasion: Occasion, decisions: Iterable[SeatDecision], offers: Iterable[Offer]) -> None:
    """Write to the lead of every district that was decided about, with the offers that the letter makes."""
    by_district: dict[str, list[SeatDecision]] = defaultdict(list)
    for decision in decisions:
        by_district[decision.request.lea_id].append(decision)
    offered: dict[str, list[OfferedSeats]] = defaultdict(list)
    for offer in offers:
        name = COMPONENT_NAMES[Component(offer.component)]
        offered[offer.lea_id].append(OfferedSeats(offer.offer_id, name, offer.seats_offered))
    districts = districts_by_id(work.db)
    for lea_id, mine in sorted(by_district.items()):
        application = work.db.get_one(Application, (work.season, lea_id))
        context = {
            "application": application,
            "district": districts[lea_id].name,
            "decisions": mine,
            "offers": offered[lea_id],
            "enroll_by": occasion.enroll_by,
            "answer_by": answer_by(work.today, occasion.enroll_by, work.policy),
        }
        write_letter(work, f"seats/{occasion.name}/{lea_id}", "seats", application.lead_email, **context)
