"""A district's seats of one component: its requests and offers as they are on record, and what decisions did to them, in order.

Which seats an answer or a release takes from which request is decided by the same rules as in the requests themselves.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import groupby
from typing import Any, NamedTuple

from rules.rule_ids import RuleId
from rules.seats.allocation import SeatsOnHand, share_in_order, take_back
from schemas.kinds import SeatEventKind, SubjectKind
from schemas.records import DecidedSeats
from schemas.statuses import Outcome
from schemas.tables import Offer, SeatRequestRow

ANSWERS = {
    Outcome.ACCEPTED: SeatEventKind.ACCEPTED,
    Outcome.PARTLY_ACCEPTED: SeatEventKind.DECLINED,
    Outcome.DECLINED: SeatEventKind.DECLINED,
    Outcome.LAPSED: SeatEventKind.LAPSED,
}


class Decided(NamedTuple):
    """A decision about seats as it is on record."""

    subject_kind: str
    subject_key: str
    rule: str
    outcome: str
    inputs: Mapping[str, Any]
    decided_at: datetime
    cause: str


class SeatEvent(NamedTuple):
    """What happened to seats of a request, and by which offer."""

    request_id: str
    at: datetime
    kind: SeatEventKind
    seats: int
    offer: Offer | None = None


@dataclass(slots=True)
class _Request:
    """A request so far: the seats that it holds, and those that wait. ``excess`` could not be requested at all."""

    request_id: str
    row: SeatRequestRow
    excess: int
    held: int = 0
    waits: int = 0
    was_waitlisted: bool = False


@dataclass(slots=True)
class _Offered:
    """An offer so far: the seats that it gave to each request, and how many of them are held by it."""

    row: Offer
    given: list[int]
    held: int = 0
    is_answered: bool = False

    @property
    def seats_by_request(self) -> Sequence[int]:
        """The seats of each request that are held by it."""
        return share_in_order(self.given, self.held)


@dataclass(slots=True)
class SeatBook:
    """The requests of a district for a component, and its offers, each oldest first."""

    requests: Sequence[SeatRequestRow]
    offers: Sequence[Offer]
    _requests: dict[str, _Request] = field(default_factory=dict)
    _offers: dict[str, _Offered] = field(default_factory=dict)

    def events(self, decisions: Sequence[Decided]) -> Iterator[SeatEvent]:
        """What happened to each request by decisions, which are given in their order."""
        settled = [[*group] for _, group in groupby(decisions, key=lambda item: (*item[:2], *item[5:]))]
        self._begin(settled)
        for request in self._requests.values():
            yield from _told(request, request.row.placed_at, SeatEventKind.DECLINED, request.excess)
        for same in settled:
            yield from self._happened(same)

    def _begin(self, settled: Iterable[Sequence[Decided]]) -> None:
        declined: dict[str, int] = {}
        for same in settled:
            if same[0].subject_kind == SubjectKind.SEAT_REQUEST:
                key = same[0].subject_key
                declined[key] = declined.get(key, 0) + _seats_of(same).seats_declined
        for row in self.requests:
            request_id = f"{row.lea_id}/{row.component}/{row.request_number}"
            excess = row.seats_declined - declined.get(request_id, 0)
            self._requests[request_id] = _Request(request_id, row, excess)
        self._offers = {row.offer_id: _Offered(row, [0] * len(self.requests)) for row in self.offers}

    def _happened(self, same: Sequence[Decided]) -> Iterator[SeatEvent]:
        """What decisions did that were made at one moment, for one cause, about one subject."""
        first = same[0]
        last_part = first.subject_key.rpartition("/")[2]
        if first.subject_kind == SubjectKind.SEAT_REQUEST and first.subject_key in self._requests:
            yield from self._settled(self._requests[first.subject_key], same)
        elif first.subject_kind == SubjectKind.OFFER and last_part in self._offers:
            for decision in same:
                if decision.outcome in ANSWERS:
                    yield from self._answered(self._offers[last_part], decision)
        elif first.subject_kind == SubjectKind.SEAT_BLOCK and first.outcome == Outcome.RELEASED:
            yield from self._released(first)

    def _settled(self, request: _Request, same: Sequence[Decided]) -> Iterator[SeatEvent]:
        """What is put on the waitlist, declined, closed, and given of a request."""
        at, seats = same[0].decided_at, _seats_of(same)
        if same[0].rule == RuleId.MORE_SEATS_REQUESTED:
            request.waits = request.row.seats_requested - request.excess
            yield from _waits(request, at)
            return
        request.waits = seats.seats_waitlisted
        yield from _waits(request, at)
        if seats.seats_confirmed:
            offer = self._offer_made(at)
            offer.given[[*self._requests].index(request.request_id)] += seats.seats_confirmed
            offer.held += seats.seats_confirmed
            request.held += seats.seats_confirmed
            yield from _told(request, at, SeatEventKind.OFFERED, seats.seats_confirmed, offer)
        yield from _told(request, at, SeatEventKind.DECLINED, seats.seats_declined - seats.seats_closed)
        yield from _told(request, at, SeatEventKind.CLOSED, seats.seats_closed)

    def _offer_made(self, at: datetime) -> _Offered:
        """The first offer of a moment that has seats which no request was given yet."""
        made = (offer for offer in self._offers.values() if offer.row.offered_at == at)
        return next(offer for offer in made if sum(offer.given) < offer.row.seats_offered)

    def _answered(self, offer: _Offered, decision: Decided) -> Iterator[SeatEvent]:
        """What an answer takes of its offer and gives back, or what silence gives back.

        Only the first answer accepts; what is given back by a later one had been accepted.
        """
        outcome, before = Outcome(decision.outcome), offer.seats_by_request
        wanted = {Outcome.ACCEPTED: offer.held, Outcome.PARTLY_ACCEPTED: decision.inputs.get("seats_wanted", 0)}
        back = offer.held - wanted.get(outcome, 0)
        lost = self._take_back(back, before)
        kind = SeatEventKind.RELEASED if offer.is_answered else ANSWERS[outcome]
        for request, seats in zip(self._requests.values(), lost, strict=True):
            yield from _told(request, decision.decided_at, kind, seats, offer)
        if not offer.is_answered:
            for request, mine, seats in zip(self._requests.values(), before, lost, strict=True):
                yield from _told(request, decision.decided_at, SeatEventKind.ACCEPTED, mine - seats, offer)
        offer.is_answered = True
        offer.held -= back

    def _released(self, decision: Decided) -> Iterator[SeatEvent]:
        """What was not filled by its deadline, of whichever offers."""
        seats = decision.inputs["seats_released"]
        lost = self._take_back(seats)
        for request, number in zip(self._requests.values(), lost, strict=True):
            yield from _told(request, decision.decided_at, SeatEventKind.RELEASED, number)
        newest = [*self._offers.values()][::-1]
        for offer, number in zip(newest, share_in_order([offer.held for offer in newest], seats), strict=True):
            offer.held -= number

    def _take_back(self, seats: int, by_offer: Sequence[int] = ()) -> Sequence[int]:
        on_hand = [SeatsOnHand(request.held, request.waits > 0) for request in self._requests.values()]
        lost = take_back(on_hand, seats, by_offer)
        for request, number in zip(self._requests.values(), lost, strict=True):
            request.held -= number
        return lost


def _seats_of(same: Sequence[Decided]) -> DecidedSeats:
    return DecidedSeats.on_record(
        same[0].inputs if same[0].rule != RuleId.MORE_SEATS_REQUESTED else {},
        is_closed=any(decision.outcome == Outcome.CLOSED for decision in same),
    )


def _waits(request: _Request, at: datetime) -> Iterator[SeatEvent]:
    """Seats that are on the waitlist for the first time."""
    if request.waits and not request.was_waitlisted:
        request.was_waitlisted = True
        yield from _told(request, at, SeatEventKind.WAITLISTED, request.waits)


def _told(
    request: _Request, at: datetime, kind: SeatEventKind, seats: int, offer: _Offered | None = None
) -> Iterator[SeatEvent]:
    if seats:
        yield SeatEvent(request.request_id, at, kind, seats, offer.row if offer else None)
