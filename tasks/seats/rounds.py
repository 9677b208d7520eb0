"""Seat rounds: propose to the agency, apply what it approved, and tell every district."""

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from rules.seats import allocation as rules
from rules.seats.offers import answer_by
from schemas.kinds import SubjectKind
from schemas.records import COMPONENT_NAMES, Component, Holder, SeatDecision, SeatRequest
from schemas.statuses import OfferAnswer, SeatRoundStatus
from schemas.tables import Application, Capacity, SeatBlock, SeatRequestRow, SeatRound
from tasks.core.database import transaction
from tasks.core.districts import districts_by_id
from tasks.core.policies import policy_of
from tasks.core.step import step
from tasks.ledger.unit_of_work import Work, take_turn, unit_of_work
from tasks.letters.write import write_letter


@step
def propose_seats(season: str, as_of: datetime) -> int | None:
    """Propose seats for the requests without a decision; the round's number, or none where nothing is to be decided.

    The same requests make the same round, so that a repeated run asks the agency about the same proposal.
    """
    policy = policy_of(season)
    with transaction() as db:
        take_turn(db, season)
        requests = _undecided(db, season, as_of)
        if not requests:
            return None
        requests_hash = _hash(db, season, requests)
        known = db.scalar(select(SeatRound).where(SeatRound.season == season, SeatRound.requests_hash == requests_hash))
        if known:
            return known.round_number
        decisions = rules.allocate(requests, seats_left(db, season), holders(db, season), policy)
        number = (db.scalar(select(func.max(SeatRound.round_number)).where(SeatRound.season == season)) or 0) + 1
        round_ = SeatRound(season=season, round_number=number, requests_hash=requests_hash)
        round_.status, round_.summary, round_.proposed_at = SeatRoundStatus.PROPOSED, _summary(decisions), as_of
        db.add(round_)
        return number


def _undecided(db: Session, season: str, as_of: datetime) -> list[SeatRequest]:
    query = select(SeatRequestRow).where(
        SeatRequestRow.season == season, SeatRequestRow.seats_undecided > 0, SeatRequestRow.placed_at <= as_of
    )
    return [record_of(row) for row in db.scalars(query)]


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


def _hash(db: Session, season: str, requests: Iterable[SeatRequest]) -> str:
    """What the agency is asked about: the requests, the grant, and how often it has rejected a proposal."""
    grant = sorted(seats_left(db, season).items())
    rejected = select(func.count()).select_from(SeatRound).where(SeatRound.season == season)
    rejections = db.scalar(rejected.where(SeatRound.status == SeatRoundStatus.REJECTED))
    text = "\n".join(
        f"{request.key} {request.seats_open} {request.placed_at.isoformat()}"
        for request in sorted(requests, key=_by_key)
    )
    return hashlib.sha256(f"{text}\n{grant} {rejections}".encode()).hexdigest()


def _by_key(request: SeatRequest) -> str:
    return request.key


def seats_left(db: Session, season: str) -> Mapping[Component, int]:
    """What of the agency's grant is not given yet; the rows are held until the transaction ends."""
    rows = db.scalars(select(Capacity).where(Capacity.season == season).with_for_update())
    return {Component(row.component): row.capacity_seats - row.seats_confirmed for row in rows}


def holders(db: Session, season: str) -> frozenset[Holder]:
    """The districts that hold seats of a component."""
    query = select(SeatBlock).where(SeatBlock.season == season, SeatBlock.seats_confirmed > 0)
    return frozenset(Holder(block.lea_id, Component(block.component)) for block in db.scalars(query))


def _summary(decisions: Sequence[SeatDecision]) -> dict[str, Any]:
    """For each component what is asked, proposed and would wait: the page that the agency approves."""
    table: dict[str, Any] = {}
    for component in Component:
        mine = [decision for decision in decisions if decision.request.component is component]
        table[component.value] = {
            "districts": len({decision.request.lea_id for decision in mine}),
            "seats_requested": sum(decision.request.seats_open for decision in mine),
            "seats_confirmed": sum(decision.seats_confirmed for decision in mine),
            "seats_waitlisted": sum(decision.seats_waitlisted for decision in mine),
        }
    return table


@step
def apply_approved_rounds(season: str, as_of: datetime) -> int:
    """Give the seats of every approved round, tell each district, and keep each decision; the requests decided.

    The decision is taken again on the requests as they are now, which are those that the agency saw: the round is found by
    their hash.
    """
    with unit_of_work(season, as_of) as work:
        db = work.db
        requests = _undecided(db, season, as_of)
        query = select(SeatRound).where(
            SeatRound.season == season, SeatRound.requests_hash == _hash(db, season, requests)
        )
        round_ = db.scalar(query.with_for_update())
        if round_ is None or round_.status != SeatRoundStatus.APPROVED:
            return 0
        decisions = rules.allocate(requests, seats_left(db, season), holders(db, season), work.policy)
        offer = Offer(f"round-{round_.round_number}", work.policy.enrollment.deadline_on, decisions)
        give_seats(work, offer)
        tell_districts(work, offer)
        round_.status = SeatRoundStatus.APPLIED
    return len(decisions)


@dataclass(frozen=True, slots=True)
class Offer:
    """Seats given on one occasion, and the last day to fill them."""

    occasion: str
    enroll_by: date
    decisions: Sequence[SeatDecision]


def give_seats(work: Work, offer: Offer) -> None:
    """Write the seats of every decision into its request and its district's block."""
    for decision in offer.decisions:
        request = decision.request
        row = work.db.get_one(
            SeatRequestRow, (work.season, request.lea_id, request.component.value, request.request_number)
        )
        row.seats_confirmed += decision.seats_confirmed
        row.seats_waitlisted, row.seats_undecided = decision.seats_waitlisted, 0
        row.waitlist_position = decision.waitlist_position
        _grow_block(work, decision, offer.enroll_by)
        work.decide(SubjectKind.SEAT_REQUEST, request.key, decision.ruling, **_inputs(decision))


def _inputs(decision: SeatDecision) -> dict[str, Any]:
    return {
        "seats_open": decision.request.seats_open,
        "placed_at": decision.request.placed_at.isoformat(),
        "seats_confirmed": decision.seats_confirmed,
        "seats_waitlisted": decision.seats_waitlisted,
    }


def _grow_block(work: Work, decision: SeatDecision, enroll_by: date) -> None:
    """Add the seats to the district's block and to the component's count, whose check forbids overselling."""
    if not decision.seats_confirmed:
        return
    request = decision.request
    work.db.get_one(Capacity, (work.season, request.component.value)).seats_confirmed += decision.seats_confirmed
    block = work.db.get(SeatBlock, (work.season, request.lea_id, request.component.value))
    if block is None:
        block = SeatBlock(
            season=work.season, lea_id=request.lea_id, component=request.component.value, seats_confirmed=0
        )
        block.seats_filled, block.enroll_by, block.is_closed = 0, enroll_by, False
        work.db.add(block)
    block.seats_confirmed += decision.seats_confirmed
    block.enroll_by, block.is_closed = max(block.enroll_by, enroll_by), False
    block.answer, block.answer_by = OfferAnswer.NONE, answer_by(work.today, block.enroll_by, work.policy)


def tell_districts(work: Work, offer: Offer) -> None:
    """Write to the lead of every district that was decided about."""
    by_district: dict[str, list[SeatDecision]] = defaultdict(list)
    for decision in offer.decisions:
        by_district[decision.request.lea_id].append(decision)
    districts = districts_by_id(work.db)
    for lea_id, mine in sorted(by_district.items()):
        application = work.db.get_one(Application, (work.season, lea_id))
        context = {
            "application": application,
            "district": districts[lea_id].name,
            "decisions": mine,
            "names": COMPONENT_NAMES,
            "enroll_by": offer.enroll_by,
            "answer_by": answer_by(work.today, offer.enroll_by, work.policy),
            "has_seats": any(decision.seats_confirmed for decision in mine),
        }
        write_letter(work, f"seats/{offer.occasion}/{lea_id}", "seats", application.lead_email, **context)
