"""Seats that go back to the waitlist: given back, never answered for, or not filled by the deadline; and who gets them."""

from datetime import datetime
from functools import partial

from sqlalchemy import select
from sqlalchemy.orm import Session

from rules.enrollment import lapse_unsigned
from rules.seats import allocation as rules
from rules.seats.offers import (
    OfferFacts,
    answer_on_record,
    enroll_released_seats_by,
    seats_given_back,
    settle_answer,
    settle_silence,
)
from schemas.kinds import InputKind, SubjectKind
from schemas.records import COMPONENT_NAMES, Ruling
from schemas.statuses import EnrollmentStatus, OfferAnswer, Outcome
from schemas.tables import Application, Capacity, Enrollment, IntakeRow, SeatBlock, SeatRequestRow
from tasks.core.step import step
from tasks.intake.cell_values import day
from tasks.intake.settle import accept, quarantine, settle_rows, staged_rows
from tasks.ledger.unit_of_work import Work, unit_of_work
from tasks.letters.write import write_letter
from tasks.seats.rounds import Offer, give_seats, holders, record_of, seats_left, tell_districts


@step
def settle_offers(season: str, as_of: datetime) -> int:
    """Take the districts' answers to their seats, settle the offers that nobody answered in time, and give what comes back to
    the waitlist; the seats that came back.
    """
    with unit_of_work(season, as_of) as work:
        rows = staged_rows(work.db, season, InputKind.ANSWER, as_of)
        back = sum(settle_rows(work, rows, lambda: partial(_settle, work)))
        work.db.flush()
        back += sum([_lapse(work, block) for block in _silent(work)])
        if back:
            _offer_to_waitlist(work, "answers")
    return back


def _silent(work: Work) -> list[SeatBlock]:
    query = select(SeatBlock).where(
        SeatBlock.season == work.season,
        SeatBlock.answer == OfferAnswer.NONE,
        SeatBlock.is_closed.is_(False),
        SeatBlock.answer_by < work.today,
    )
    return list(work.db.scalars(query.order_by(SeatBlock.lea_id, SeatBlock.component)))


def _settle(work: Work, row: IntakeRow) -> int:
    """The seats that an answer gives back."""
    content = row.content
    block = work.db.get(SeatBlock, (work.season, content["lea_id"], content["component"]))
    wanted = int(content["seats"])
    try:
        answered_on = day(content["answered_on"])
    except ValueError as error:
        quarantine(work.db, row, "AN-006", f"answered_on: {error}; correct the date")
        return 0
    offer = _facts(content["component"], block)
    ruling = settle_answer(offer, wanted, answered_on)
    key = f"{content['lea_id']}/{content['component']}"
    work.decide(SubjectKind.SEAT_BLOCK, key, ruling, seats_wanted=wanted, answered_on=answered_on.isoformat())
    if ruling.outcome == Outcome.REJECTED or block is None:
        quarantine(work.db, row, ruling.rule, ruling.reason)
        return 0
    accept(row, ruling.reason)
    return _answered(work, block, ruling, seats_given_back(offer, ruling, wanted))


def _facts(component: str, block: SeatBlock | None) -> OfferFacts:
    name = COMPONENT_NAMES[component]
    if block is None:
        return OfferFacts(name, 0, 0, is_closed=False, answer=OfferAnswer.NONE, answer_by=None)
    return OfferFacts(name, block.seats_confirmed, block.seats_filled, block.is_closed, block.answer, block.answer_by)


def _answered(work: Work, block: SeatBlock, ruling: Ruling, back: int) -> int:
    block.answer = answer_on_record(ruling)
    if back:
        _give_back(work, block, back, ruling)
    return back


def _lapse(work: Work, block: SeatBlock) -> int:
    offer = _facts(block.component, block)
    ruling = settle_silence(offer, work.today)
    if ruling is None:
        return 0
    work.decide(SubjectKind.SEAT_BLOCK, f"{block.lea_id}/{block.component}", ruling)
    return _answered(work, block, ruling, seats_given_back(offer, ruling))


@step
def release_unfilled_seats(season: str, as_of: datetime) -> int:
    """Close the seat blocks whose deadline has passed, and give what they did not fill to the waitlist; the seats released."""
    with unit_of_work(season, as_of) as work:
        query = select(SeatBlock).where(
            SeatBlock.season == season, SeatBlock.is_closed.is_(False), SeatBlock.enroll_by < work.today
        )
        blocks = list(work.db.scalars(query.order_by(SeatBlock.lea_id, SeatBlock.component)))
        for block in blocks:
            _lapse_unsigned(work, block)
        released = sum(_release(work, block) for block in blocks)
        if released:
            _offer_to_waitlist(work, "release")
    return released


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


def _release(work: Work, block: SeatBlock) -> int:
    unfilled = rules.unfilled_seats(block.seats_confirmed, block.seats_filled)
    ruling = rules.release_unfilled(unfilled, block.enroll_by)
    block.is_closed = True
    if ruling:
        work.decide(SubjectKind.SEAT_BLOCK, f"{block.lea_id}/{block.component}", ruling, seats_released=unfilled)
        _give_back(work, block, unfilled, ruling)
    return unfilled


def _give_back(work: Work, block: SeatBlock, seats: int, ruling: Ruling) -> None:
    """Take seats off the district's block, its requests and the component's count, and tell its lead why."""
    work.db.flush()
    block.seats_confirmed -= seats
    work.db.get_one(Capacity, (block.season, block.component)).seats_confirmed -= seats
    _take_from_requests(work.db, block, seats)
    lead = work.db.get_one(Application, (block.season, block.lea_id))
    context = {"application": lead, "name": COMPONENT_NAMES[block.component], "seats": seats, "ruling": ruling}
    key = f"released/{block.lea_id}/{block.component}/{work.cause}"
    days = {"answer_by": block.answer_by, "enroll_by": block.enroll_by}
    write_letter(work, key, "seats_released", lead.lead_email, **context, **days, block=block)


def _take_from_requests(db: Session, block: SeatBlock, seats: int) -> None:
    """Take seats off the district's requests."""
    query = select(SeatRequestRow).where(
        SeatRequestRow.season == block.season,
        SeatRequestRow.lea_id == block.lea_id,
        SeatRequestRow.component == block.component,
    )
    requests = list(db.scalars(query.order_by(SeatRequestRow.request_number.desc())))
    taken = rules.take_back([request.seats_confirmed for request in requests], seats)
    for request, number in zip(requests, taken, strict=True):
        request.seats_confirmed -= number
        request.seats_released += number


def _offer_to_waitlist(work: Work, why: str) -> None:
    """Give released seats to waiting requests in order, while there is time to fill them."""
    db, policy = work.db, work.policy
    enroll_by = enroll_released_seats_by(work.today, policy)
    if enroll_by is None:
        return
    db.flush()
    waiting = list(
        db.scalars(
            select(SeatRequestRow).where(SeatRequestRow.season == work.season, SeatRequestRow.seats_waitlisted > 0)
        )
    )
    for row in waiting:
        row.seats_undecided, row.seats_waitlisted = row.seats_waitlisted, 0
    db.flush()
    requests = [record_of(row) for row in waiting]
    decisions = rules.allocate(requests, seats_left(db, work.season), holders(db, work.season), policy)
    occasion = f"{why}-{work.as_of:%Y-%m-%dT%H%M%S}"
    give_seats(work, Offer(occasion, enroll_by, decisions))
    served = [decision for decision in decisions if decision.seats_confirmed]
    tell_districts(work, Offer(occasion, enroll_by, served))
