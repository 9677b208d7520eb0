"""What happened to each seat request, read from the decisions about it, about offers, and about seats that were not filled.

An offer holds the seats of all of a district's requests for a component; seats that come back are taken off the newest request
first, as they are in the requests themselves.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from rules.rule_ids import RuleId
from rules.seats.allocation import share_in_order
from schemas.kinds import SeatEventKind, SubjectKind
from schemas.statuses import Outcome
from schemas.tables import Decision, Offer
from tasks.season.export.contract import Scope

ABOUT_SEATS = (SubjectKind.SEAT_REQUEST, SubjectKind.OFFER, SubjectKind.SEAT_BLOCK)
GIVEN_BACK = {Outcome.DECLINED: SeatEventKind.DECLINED, Outcome.PARTLY_ACCEPTED: SeatEventKind.DECLINED}
GIVEN_BACK |= {Outcome.LAPSED: SeatEventKind.LAPSED}


@dataclass(frozen=True, slots=True)
class Happened:
    """What happened when: the season, the moment, and by which offer."""

    season: str
    at: datetime
    offer: Offer | None = None


@dataclass(slots=True)
class _Seats:
    """A district's seats of one component so far: by request, and by offer."""

    by_request: dict[str, int] = field(default_factory=dict)
    by_offer: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    was_waitlisted: set[str] = field(default_factory=set)
    given: set[tuple[str, datetime]] = field(default_factory=set)
    events: dict[str, int] = field(default_factory=lambda: defaultdict(int))


def seat_events(db: Session, scope: Scope) -> Iterator[Mapping[str, Any]]:
    """Every event of the seasons' requests."""
    for season in scope.seasons:
        offers = {offer.offer_id: offer for offer in db.scalars(select(Offer).where(Offer.season == season))}
        made = {(offer.lea_id, offer.component, offer.offered_at): offer for offer in offers.values()}
        query = select(Decision).where(Decision.season == season, Decision.subject_kind.in_(ABOUT_SEATS))
        books: dict[tuple[str, str], _Seats] = defaultdict(_Seats)
        ordered = query.order_by(Decision.decided_at, Decision.decision_id).execution_options(yield_per=5_000)
        for decision in db.scalars(ordered):
            lea_id, component, *rest = decision.subject_key.split("/")
            book, key = books[lea_id, component], decision.subject_key
            if decision.subject_kind == SubjectKind.SEAT_REQUEST and rest:  # without a number it was rejected
                offer = made.get((lea_id, component, decision.decided_at))
                yield from _decided(book, key, decision, Happened(season, decision.decided_at, offer))
            elif decision.subject_kind == SubjectKind.OFFER and rest:
                yield from _answered(book, decision, Happened(season, decision.decided_at, offers.get(rest[0])))
            elif decision.outcome == Outcome.RELEASED:
                seats = decision.inputs["seats_released"]
                happened = Happened(season, decision.decided_at)
                yield from _taken_off(book, SeatEventKind.RELEASED, seats, happened)


def _event(book: _Seats, request_id: str, kind: SeatEventKind, seats: int, happened: Happened) -> Mapping[str, Any]:
    book.events[request_id] += 1
    return {
        "season": happened.season,
        "event_id": f"{request_id}/{book.events[request_id]:03d}",
        "request_id": request_id,
        "at": happened.at,
        "event": kind.value,
        "seats": seats,
        "round_number": happened.offer.round_number if happened.offer else None,
        "offer_id": happened.offer.offer_id if happened.offer else None,
    }


def _decided(book: _Seats, request_id: str, decision: Decision, happened: Happened) -> Iterator[Mapping[str, Any]]:
    """What a decision about a request says: more seats, an end of the waitlist, or what a round or a release gives."""
    told, plain = decision.inputs, Happened(happened.season, happened.at)
    if decision.outcome == Outcome.CLOSED:
        yield _event(book, request_id, SeatEventKind.CLOSED, told["seats"], plain)
    elif decision.outcome == Outcome.REQUESTED:
        yield from _waits(book, request_id, told["seats"], plain)
    elif decision.rule == RuleId.TAKES_LESS_THAN_OFFERED:
        yield _event(book, request_id, SeatEventKind.DECLINED, told["seats"], plain)
    elif (
        "seats_confirmed" in told and (request_id, decision.decided_at) not in book.given
    ):  # seats in excess: a second decision
        book.given.add((request_id, decision.decided_at))
        yield from _waits(book, request_id, told["seats_waitlisted"], plain)
        if told.get("seats_declined"):
            yield _event(book, request_id, SeatEventKind.DECLINED, told["seats_declined"], plain)
        yield from _given(book, request_id, told["seats_confirmed"], happened)


def _waits(book: _Seats, request_id: str, seats: int, happened: Happened) -> Iterator[Mapping[str, Any]]:
    """Seats that are on the waitlist for the first time."""
    if seats and request_id not in book.was_waitlisted:
        book.was_waitlisted.add(request_id)
        yield _event(book, request_id, SeatEventKind.WAITLISTED, seats, happened)


def _given(book: _Seats, request_id: str, seats: int, happened: Happened) -> Iterator[Mapping[str, Any]]:
    book.by_request[request_id] = book.by_request.get(request_id, 0) + seats
    if seats:
        if happened.offer:
            book.by_offer[happened.offer.offer_id] += seats
        yield _event(book, request_id, SeatEventKind.OFFERED, seats, happened)


def _answered(book: _Seats, decision: Decision, happened: Happened) -> Iterator[Mapping[str, Any]]:
    """What an answer takes and gives back, or what silence gives back."""
    if happened.offer is None or decision.outcome not in {Outcome.ACCEPTED, *GIVEN_BACK}:
        return
    held = book.by_offer[happened.offer.offer_id]
    outcome = Outcome(decision.outcome)
    wanted = {Outcome.ACCEPTED: held, Outcome.PARTLY_ACCEPTED: decision.inputs.get("seats_wanted", 0)}.get(outcome, 0)
    book.by_offer[happened.offer.offer_id] = wanted
    if outcome in GIVEN_BACK:
        yield from _taken_off(book, GIVEN_BACK[outcome], held - wanted, happened)
    oldest = sorted(book.by_request, key=_number)
    taken = share_in_order([book.by_request[request_id] for request_id in oldest], wanted)
    for request_id, seats in zip(oldest, taken, strict=True):
        if seats:
            yield _event(book, request_id, SeatEventKind.ACCEPTED, seats, happened)


def _number(request_id: str) -> int:
    return int(request_id.rpartition("/")[2])


def _taken_off(book: _Seats, kind: SeatEventKind, seats: int, happened: Happened) -> Iterator[Mapping[str, Any]]:
    newest = sorted(book.by_request, key=_number, reverse=True)
    shares = share_in_order([book.by_request[request_id] for request_id in newest], seats)
    for request_id, number in zip(newest, shares, strict=True):
        book.by_request[request_id] -= number
        if number:
            yield _event(book, request_id, kind, number, happened)
