"""What happened to each seat request, from the requests, the offers, and the decisions about them and about unfilled seats."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from rules.seats.allocation import waitlist_order
from schemas.kinds import SubjectKind
from schemas.tables import Decision, Offer, SeatRequestRow
from tasks.season.export.contract import Scope
from tasks.season.export.seat_book import Decided, SeatBook
from tasks.seats.offers import number_of, record_of

ABOUT_SEATS = (SubjectKind.SEAT_REQUEST, SubjectKind.OFFER, SubjectKind.SEAT_BLOCK)
AT_ONCE = 5_000
District = tuple[str, str]  # its LEA id, and the component


def seat_events(db: Session, scope: Scope) -> Iterator[Mapping[str, Any]]:
    """Every event of the seasons' requests."""
    for season in scope.seasons:
        decisions = _decisions(db, season)
        for district, book in _books(db, season):
            numbers: Counter[str] = Counter()
            for event in book.events(decisions.get(district, ())):
                numbers[event.request_id] += 1
                yield {
                    "season": season,
                    "event_id": f"{event.request_id}/{numbers[event.request_id]:03d}",
                    "request_id": event.request_id,
                    "at": event.at,
                    "event": event.kind.value,
                    "seats": event.seats,
                    "round_number": event.offer.round_number if event.offer else None,
                    "offer_id": event.offer.offer_id if event.offer else None,
                }


def _decisions(db: Session, season: str) -> Mapping[District, Sequence[Decided]]:
    """The decisions about seats, in the order in which they took effect: one transaction after the other writes in a season."""
    columns = [getattr(Decision, name) for name in Decided._fields]
    query = select(*columns).where(Decision.season == season, Decision.subject_kind.in_(ABOUT_SEATS))
    found: dict[District, list[Decided]] = defaultdict(list)
    for row in db.execute(query.order_by(Decision.decision_id).execution_options(yield_per=AT_ONCE)):
        lea_id, component, *_ = row.subject_key.split("/")
        found[lea_id, component].append(Decided(*row))
    return found


def _books(db: Session, season: str) -> Iterator[tuple[District, SeatBook]]:
    """The requests of each district and component, in the order of their places, with its offers."""
    offers: dict[District, list[Offer]] = defaultdict(list)
    for offer in db.scalars(select(Offer).where(Offer.season == season)):
        offers[offer.lea_id, offer.component].append(offer)
    requests: dict[District, list[SeatRequestRow]] = defaultdict(list)
    for request in db.scalars(select(SeatRequestRow).where(SeatRequestRow.season == season)):
        requests[request.lea_id, request.component].append(request)
    for district, found in requests.items():
        found.sort(key=lambda row: waitlist_order(record_of(row)))
        yield district, SeatBook(found, sorted(offers[district], key=number_of))
