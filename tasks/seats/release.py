"""Seats that are released: given back, never answered for, or not filled by the deadline."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select

from rules.enrollment import lapse_unsigned
from rules.seats import allocation as rules
from rules.seats.offers import answer_on_record, seats_given_back, settle_silence
from schemas.kinds import SubjectKind
from schemas.records import COMPONENT_NAMES, Component, Ruling
from schemas.statuses import EnrollmentStatus, OfferAnswer, Outcome
from schemas.tables import Application, Capacity, Educator, Enrollment, Offer, SeatBlock, SeatRequestRow
from tasks.core.step import step
from tasks.ledger.unit_of_work import Work, unit_of_work
from tasks.letters.write import write_letter
from tasks.seats.librarians import end_with_certification
from tasks.seats.offers import day_of_roster, facts_of, offers_of, requests_of
from tasks.seats.waitlist import is_anybody_waiting, offer_to_waitlist, take_off_waitlist


@step
def release_unfilled_seats(season: str, as_of: datetime) -> int:
    """Release what is due, and offer what is free to the waitlist; the seats released."""
    with unit_of_work(season, as_of) as work:
        released = release_due_seats(work)
        offer_to_waitlist(work, "release")
    return released


def release_due_seats(work: Work) -> int:
    """Close the seat blocks whose deadline has passed, and release what they did not fill; the seats released."""
    query = select(SeatBlock).where(
        SeatBlock.season == work.season, SeatBlock.is_closed.is_(False), SeatBlock.enroll_by < work.today
    )
    blocks = list(work.db.scalars(query.order_by(SeatBlock.lea_id, SeatBlock.component)))
    for block in blocks:
        _lapse_unsigned(work, block)
    return sum([_release(work, block) for block in blocks])


def lapse_silent_offers(work: Work) -> int:
    """Settle the offers whose last day to answer has passed without an answer; the seats that came back."""
    query = select(Offer).where(
        Offer.season == work.season, Offer.answer == OfferAnswer.NONE, Offer.answer_by < work.today
    )
    silent = list(work.db.scalars(query.order_by(Offer.lea_id, Offer.component, Offer.offered_at)))
    return sum([lapse_offer(work, offer) for offer in silent])


def _lapse_unsigned(work: Work, block: SeatBlock) -> None:
    query = select(Enrollment).where(
        Enrollment.season == block.season,
        Enrollment.lea_id == block.lea_id,
        Enrollment.component == block.component,
        Enrollment.status == EnrollmentStatus.AWAITING_FORM,
    )
    ruling = lapse_unsigned(block.enroll_by)
    for enrollment in work.db.scalars(query):
        enrollment.status = EnrollmentStatus.LAPSED
        block.seats_filled -= 1
        work.decide(SubjectKind.ENROLLMENT, f"{enrollment.email}/{enrollment.component}", ruling)
        _tell_person(work, enrollment, block)
        if enrollment.component == Component.CERTIFICATION:
            librarian = end_with_certification(work, enrollment.email, EnrollmentStatus.LAPSED)
            if librarian is not None:
                _tell_person(work, librarian, block)


def _tell_person(work: Work, enrollment: Enrollment, block: SeatBlock) -> None:
    person = work.db.get_one(Educator, (enrollment.season, enrollment.email))
    letter = {"person": person, "name": COMPONENT_NAMES[Component(enrollment.component)], "enroll_by": block.enroll_by}
    key = f"seat-lapsed/{enrollment.email}/{enrollment.component}/{block.enroll_by}"
    write_letter(work, key, "seat_lapsed", enrollment.email, **letter)


def _release(work: Work, block: SeatBlock) -> int:
    lapsed = sum(
        [lapse_offer(work, offer) for offer in offers_of(work.db, block.season, block.lea_id, block.component)]
    )
    unfilled = rules.unfilled_seats(block.seats_confirmed, block.seats_filled)
    ruling = rules.release_unfilled(unfilled, block.enroll_by)
    block.is_closed = True
    if ruling:
        work.decide(SubjectKind.SEAT_BLOCK, f"{block.lea_id}/{block.component}", ruling, seats_released=unfilled)
        offers = offers_of(work.db, block.season, block.lea_id, block.component)[::-1]
        released = rules.share_in_order([offer.seats_held for offer in offers], unfilled)
        for offer, seats in zip(offers, released, strict=True):
            offer.seats_held -= seats
        rest = _take_off(work, block, unfilled)
        occasion = f"{block.lea_id}/{block.component}/{block.enroll_by}"
        _tell_lead(work, occasion, block, seats=unfilled, ruling=ruling, rest=rest)
    return lapsed + unfilled


def lapse_offer(work: Work, offer: Offer) -> int:
    """Settle an offer whose last day to answer has passed without an answer; the seats that came back."""
    offers = offers_of(work.db, work.season, offer.lea_id, offer.component)
    facts = next(found for found in facts_of(work, offers) if found.offer_id == offer.offer_id)
    ruling = settle_silence(facts, work.today)
    if ruling is None:
        return 0
    work.decide(SubjectKind.OFFER, f"{offer.lea_id}/{offer.component}/{offer.offer_id}", ruling)
    if ruling.outcome == Outcome.ACCEPTED:
        offer.answered_on = day_of_roster(work, offer) or offer.answer_by
    return record_answer(work, offer, ruling, seats_given_back(facts, ruling))


def record_answer(work: Work, offer: Offer, ruling: Ruling, back: int) -> int:
    """Keep what was answered, and release the seats that are not wanted; how many."""
    offer.answer = answer_on_record(ruling)
    if back:
        _give_back(work, offer, back, ruling)
    return back


def _give_back(work: Work, offer: Offer, seats: int, ruling: Ruling) -> None:
    """Take seats of an offer off what the district holds, and tell its lead why."""
    block = work.db.get_one(SeatBlock, (offer.season, offer.lea_id, offer.component))
    rest = _take_off(work, block, seats, offer)
    offer.seats_held -= seats
    occasion = f"{offer.lea_id}/{offer.component}/{offer.offer_id}/{offer.seats_held}"  # fewer with every answer
    _tell_lead(work, occasion, block, seats=seats, ruling=ruling, offer=offer, rest=rest)


def _take_off(work: Work, block: SeatBlock, seats: int, offer: Offer | None = None) -> Ruling | None:
    """Take seats off the district's block, its requests, and the component's count; why more of a request waits no longer.

    Seats that an answer gives back are those of its offer; those that went unfilled, of any.
    """
    work.db.flush()
    block.seats_confirmed -= seats
    work.db.get_one(Capacity, (block.season, block.component)).seats_confirmed -= seats
    requests = requests_of(work.db, block.season, block.lea_id, block.component)
    by_offer = _held_by(work, requests, offer) if offer else ()
    on_hand = [rules.SeatsOnHand(row.seats_confirmed, row.seats_waitlisted > 0) for row in requests]
    taken = rules.take_back(on_hand, seats, by_offer)
    for row, number in zip(requests, taken, strict=True):
        row.seats_confirmed -= number
        row.seats_released += number
    return take_off_waitlist(work, [row for row, number in zip(requests, taken, strict=True) if number])


def _held_by(work: Work, requests: Sequence[SeatRequestRow], offer: Offer) -> Sequence[int]:
    offers = offers_of(work.db, offer.season, offer.lea_id, offer.component)
    given = [row.seats_confirmed + row.seats_released for row in requests]
    return rules.seats_of_offer([found.seats_offered for found in offers], given, offers.index(offer), offer.seats_held)


def _tell_lead(
    work: Work,
    occasion: str,
    block: SeatBlock,
    *,
    seats: int,
    ruling: Ruling,
    offer: Offer | None = None,
    rest: Ruling | None = None,
) -> None:
    lead = work.db.get_one(Application, (block.season, block.lea_id))
    context: dict[str, Any] = {
        "application": lead,
        "name": COMPONENT_NAMES[Component(block.component)],
        "seats": seats,
        "block": block,
        "ruling": ruling,
        "rest": rest,
        "offer_id": offer.offer_id if offer else "",
        "answer_by": offer.answer_by if offer else None,
        "enroll_by": block.enroll_by,
        "is_awaited": is_anybody_waiting(work, block.component),
    }
    write_letter(work, f"released/{occasion}", "seats_released", lead.lead_email, **context)
