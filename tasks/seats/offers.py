"""Seats given to requests and offered to districts: what is left, each new offer, and the letter that makes it."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from rules.seats.allocation import allocate, at_position, librarian_room, share_in_order, waitlist_order
from rules.seats.offers import OfferFacts, answer_by
from schemas.kinds import SubjectKind
from schemas.records import COMPONENT_NAMES, Component, DecidedSeats, OfferedSeats, SeatDecision, SeatRequest
from schemas.statuses import EnrollmentStatus, Outcome
from schemas.tables import Application, Capacity, Decision, Enrollment, Offer, SeatBlock, SeatRequestRow
from tasks.core.database import insert
from tasks.core.districts import districts_by_id
from tasks.ledger.unit_of_work import Work
from tasks.letters.outbox import keys_written
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


def open_requests(db: Session, season: str, as_of: datetime) -> list[SeatRequestRow]:
    """The requests with seats that are undecided, or on the waitlist, in no order."""
    is_new = (SeatRequestRow.seats_undecided > 0) & (SeatRequestRow.placed_at <= as_of)
    query = select(SeatRequestRow).where(SeatRequestRow.season == season)
    return list(db.scalars(query.where(is_new | (SeatRequestRow.seats_waitlisted > 0))))


def requests_of(db: Session, season: str, lea_id: str, component: str) -> list[SeatRequestRow]:
    """A district's requests of one component, oldest first."""
    query = select(SeatRequestRow).filter_by(season=season, lea_id=lea_id, component=component)
    return sorted(db.scalars(query), key=lambda row: waitlist_order(record_of(row)))


def librarian_rooms(db: Session, season: str) -> Mapping[str, int]:
    """For each district how many more librarian seats it can use; below zero where it holds some that nobody can sit in."""
    held: Counter[tuple[str, str]] = Counter()
    for block in db.scalars(select(SeatBlock).where(SeatBlock.season == season)):
        held[block.lea_id, block.component] = block.seats_confirmed
    certified = select(Application.lea_id, Application.certified_librarians).where(Application.season == season)
    return {
        lea_id: librarian_room(held[lea_id, Component.CERTIFICATION], number, held[lea_id, Component.LIBRARIAN])
        for lea_id, number in db.execute(certified)
    }


def seats_in_order(work: Work) -> tuple[SeatDecision, ...]:
    """What every open request gets of the seats that are left now, in strict order; nothing is written."""
    work.db.flush()
    requests = [record_of(row) for row in open_requests(work.db, work.season, work.as_of)]
    return allocate(requests, seats_left(work.db, work.season), librarian_rooms(work.db, work.season))


def seats_first_confirmed(db: Session, season: str) -> Counter[tuple[str, str]]:
    """The seats of each district and component as they were confirmed first, before anything was given back or released.

    How well a district fills its seats is measured against them.
    """
    query = select(Offer.lea_id, Offer.component, func.sum(Offer.seats_offered)).where(Offer.season == season)
    rows = db.execute(query.group_by(Offer.lea_id, Offer.component))
    return Counter({(lea_id, component): int(seats) for lea_id, component, seats in rows})


def offers_of(db: Session, season: str, lea_id: str, component: str) -> list[Offer]:
    """A district's offers of one component, oldest first."""
    query = select(Offer).where(Offer.season == season, Offer.lea_id == lea_id, Offer.component == component)
    return sorted(db.scalars(query), key=number_of)


def number_of(offer: Offer) -> int:
    """The number of an offer in its season: they are numbered as they are made."""
    return int(offer.offer_id.rpartition("-")[2])


def facts_of(work: Work, offers: Sequence[Offer]) -> list[OfferFacts]:
    """A district's offers of one component, oldest first, as the rules take them."""
    if not offers:
        return []
    block = work.db.get_one(SeatBlock, (work.season, offers[0].lea_id, offers[0].component))
    filled = share_in_order([offer.seats_held for offer in offers], block.seats_filled)
    # Who never signed was on the roster all the same.
    came = [at for at, status in _rostered(work, offers[0]) if status != EnrollmentStatus.REPLACED]
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
            has_roster=_is_on_roster(work, offer, came, sum(older.seats_held for older in offers[:index])),
        )
        for index, (offer, number) in enumerate(zip(offers, filled, strict=True))
    ]


def _is_on_roster(work: Work, offer: Offer, came: Sequence[datetime], older_seats: int) -> bool:
    """Whether people came on a roster after the offer, and by its last day, for whom the seats of older offers were too few."""
    before = sum(at < offer.offered_at for at in came)
    in_time = sum(at >= offer.offered_at and work.policy.local_day(at) <= offer.answer_by for at in came)
    return in_time > max(older_seats - before, 0)


def day_of_roster(work: Work, offer: Offer) -> date | None:
    """The local day of the first roster after the offer and by its last day, which counts as the district's answer."""
    came = min((at for at, _ in _rostered(work, offer) if at >= offer.offered_at), default=None)
    day = work.policy.local_day(came) if came else None
    return day if day and day <= offer.answer_by else None


def _rostered(work: Work, offer: Offer) -> list[tuple[datetime, str]]:
    """When everybody came on a roster of the district for the component, and where each stands."""
    query = select(Enrollment.enrolled_at, Enrollment.status).where(
        Enrollment.season == offer.season, Enrollment.lea_id == offer.lea_id, Enrollment.component == offer.component
    )
    return list(work.db.execute(query).tuples())


def give_seats(work: Work, occasion: Occasion, decisions: Sequence[SeatDecision]) -> None:
    """Write what every decision gives, declines, and leaves waiting, offer each district its new seats, and tell it."""
    seats: Counter[tuple[str, Component]] = Counter()
    for decision in decisions:
        _write_request(work, decision)
        seats[decision.request.lea_id, decision.request.component] += decision.seats_confirmed
    positions = renumber_waitlist(work)
    told = [at_position(decision, positions.get(decision.request.key)) for decision in decisions]
    for decision in told:
        seats_decided = DecidedSeats.of(decision).as_inputs()
        for ruling in filter(None, (decision.ruling, decision.excess)):
            work.decide(SubjectKind.SEAT_REQUEST, decision.request.key, ruling, **seats_decided)
    offers = _make_offers(work, occasion, {key: number for key, number in sorted(seats.items()) if number})
    tell_districts(work, occasion, [item for item in told if item.ruling.outcome != Outcome.WITHDRAWN], offers)


def _write_request(work: Work, decision: SeatDecision) -> None:
    """What is neither given, nor declined, nor waits stays undecided."""
    request = decision.request
    row = work.db.get(SeatRequestRow, (work.season, request.lea_id, request.component.value, request.request_number))
    if row is None:
        return
    settled = decision.seats_confirmed + decision.seats_waitlisted + decision.seats_declined
    row.seats_undecided = record_of(row).seats_open - settled
    row.seats_confirmed += decision.seats_confirmed
    row.seats_declined += decision.seats_declined
    row.seats_waitlisted = decision.seats_waitlisted
    row.waitlist_position = decision.waitlist_position
    if Outcome.CLOSED in {ruling.outcome for ruling in (decision.ruling, decision.excess) if ruling}:
        row.closed_at = work.as_of


def renumber_waitlist(work: Work) -> dict[str, int]:
    """Count the positions on the waitlist anew, after somebody joined or left it; each position by its request's key."""
    work.db.flush()
    query = select(SeatRequestRow).where(SeatRequestRow.season == work.season, SeatRequestRow.seats_waitlisted > 0)
    last: Counter[str] = Counter()
    positions: dict[str, int] = {}
    for row in sorted(work.db.scalars(query), key=lambda row: waitlist_order(record_of(row))):
        last[row.component] += 1
        row.waitlist_position = positions[record_of(row).key] = last[row.component]
    return positions


def next_offer_number(work: Work) -> int:
    """The number of the next offer of the season."""
    return 1 + (work.db.scalar(select(func.count()).select_from(Offer).where(Offer.season == work.season)) or 0)


def _make_offers(work: Work, occasion: Occasion, seats: Mapping[tuple[str, Component], int]) -> list[Offer]:
    first = next_offer_number(work)
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
    declined = _declined_lines(work) if occasion.round_number else {}
    districts = districts_by_id(work.db)
    for lea_id in sorted(by_district.keys() | declined.keys()):
        application = work.db.get_one(Application, (work.season, lea_id))
        context = {
            "application": application,
            "district": districts[lea_id].name,
            "decisions": by_district[lea_id],
            "declined": declined.get(lea_id, []),
            "offers": offered[lea_id],
            "enroll_by": occasion.enroll_by,
            "answer_by": answer_by(work.today, occasion.enroll_by, work.policy),
        }
        write_letter(work, f"seats/{occasion.name}/{lea_id}", "seats", application.lead_email, **context)


def _declined_lines(work: Work) -> dict[str, list[str]]:
    """Why lines of current submissions cannot be given at all, for each district that has no letter about its seats yet.

    The letter in mid June names every line, also where nothing is left to decide about it.
    """
    told = {key.rpartition("/")[2] for key in keys_written(work.db, work.season, "seats/round-")}
    query = (
        select(Application.lea_id, Decision.reason)
        .join(Decision, (Decision.season == Application.season) & (Decision.cause == Application.response_id))
        .where(Application.season == work.season, Decision.subject_kind == SubjectKind.APPLICATION)
        .where(Decision.outcome == Outcome.DECLINED)
        .order_by(Application.lea_id, Decision.subject_key, Decision.rule)
    )
    declined: dict[str, list[str]] = defaultdict(list)
    for lea_id, reason in work.db.execute(query):
        if lea_id not in told:
            declined[lea_id].append(reason)
    return declined
