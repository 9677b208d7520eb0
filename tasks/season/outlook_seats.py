"""Where a district's seats stand, what comes next and by when, and why some were not given: for ``cadre explain``."""

from collections.abc import Iterator
from datetime import date

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from rules.rule_ids import RuleId
from rules.seats.waitlist import is_waitlist_over
from rules.wording import count
from schemas.kinds import SubjectKind
from schemas.policy import Policy
from schemas.records import COMPONENT_NAMES, Component
from schemas.statuses import OfferAnswer, Outcome
from schemas.tables import Application, Decision, Offer, SeatBlock, SeatRequestRow
from tasks.season.history_events import rows_of


def seats_of_district(db: Session, policy: Policy, lea_id: str, component: Component, today: date) -> Iterator[str]:
    """A district's seats of a component: confirmed and filled, offered, on the waitlist, or not given, with the reasons."""
    name, mine = COMPONENT_NAMES[component], (policy.season, lea_id, component.value)
    block = db.get(SeatBlock, mine)
    if block and block.seats_confirmed:
        yield _filled(block, name, today)
    answer = Offer.season == policy.season, Offer.lea_id == lea_id, Offer.component == component
    for offer in db.scalars(rows_of(Offer, *answer, Offer.answer == OfferAnswer.NONE)):
        if today <= offer.answer_by:
            seats = count(offer.seats_offered, "seat is", "seats are")
            yield f"{seats} offered in {name}. Answer offer {offer.offer_id} by {offer.answer_by}; a roster is an answer too."
    requests = SeatRequestRow.season == policy.season, SeatRequestRow.lea_id == lea_id
    for request in db.scalars(rows_of(SeatRequestRow, *requests, SeatRequestRow.component == component)):
        yield from _requested(db, policy, request, today)


def _filled(block: SeatBlock, name: str, today: date) -> str:
    seats = count(block.seats_confirmed, "seat")
    told = f"The district holds {seats} in {name}; {block.seats_filled:,} of them have a participant."
    if block.seats_filled >= block.seats_confirmed:
        return told
    if block.is_closed or today > block.enroll_by:
        return f"{told} The day to fill the others was {block.enroll_by}."
    return f"{told} Name people for the others by {block.enroll_by}; seats that stay empty go to the waitlist."


def _requested(db: Session, policy: Policy, request: SeatRequestRow, today: date) -> Iterator[str]:
    name = COMPONENT_NAMES[Component(request.component)]
    if request.seats_undecided:
        seats = count(request.seats_undecided, "seat")
        yield f"The request for {seats} in {name} is to be decided; letters go out from {policy.seats.confirmed_on} on."
    if request.seats_declined:
        yield _not_given(db, policy, request, today)
    if not request.seats_waitlisted:
        return
    seats, last = count(request.seats_waitlisted, "seat"), policy.enrollment.last_release_on
    if today > last:
        yield f"{seats} in {name} stayed on the waitlist until it ended on {last}. Nothing is coming from it any more."
        return
    ahead = count(requests_ahead(db, request), "request is", "requests are")
    yield f"{seats} in {name} on the waitlist; {ahead} ahead. Seats that become free are offered in this order until {last}."


def _not_given(db: Session, policy: Policy, request: SeatRequestRow, today: date) -> str:
    """Why seats of a request were not given, as it was decided, each with its day; and whether they can be requested again."""
    seats = count(request.seats_declined, "requested seat was", "requested seats were")
    found, name = _why_not_given(db, request), COMPONENT_NAMES[Component(request.component)]
    told = [f"{seats} not given in {name}."]
    told += [f"On {policy.local_day(item.decided_at)}: {item.reason}" for item in found]
    is_final = any(item.subject_kind == SubjectKind.APPLICATION for item in found)
    if not is_final and is_waitlist_over(today, policy):
        told.append("That is over for this season; seats can be requested again in the survey of the next one.")
    return " ".join(told)


def _why_not_given(db: Session, request: SeatRequestRow) -> list[Decision]:
    """The decisions that turned seats of a request down: on the request itself, or on the line of the current submission."""
    mine = f"{request.lea_id}/{request.component}"
    application = db.get(Application, (request.season, request.lea_id))
    response_id = application.response_id if application else ""
    kind, outcome, is_declined = Decision.subject_kind, Decision.outcome, Decision.outcome == Outcome.DECLINED
    of_request = (kind == SubjectKind.SEAT_REQUEST) & (Decision.subject_key == f"{mine}/{request.request_number}")
    about = Decision.rule.in_((RuleId.MORE_SEATS_REQUESTED, RuleId.LIBRARIAN_NEEDS_CERTIFICATION))
    turned_down = or_(outcome.in_((Outcome.DECLINED, Outcome.CLOSED)), about)
    of_line = (kind == SubjectKind.APPLICATION) & (Decision.subject_key == mine) & (Decision.cause == response_id)
    found = select(Decision).where(Decision.season == request.season)
    found = found.where(or_(of_request & turned_down, of_line & is_declined))
    return list(db.scalars(found.order_by(Decision.decided_at, Decision.decision_id)))


def requests_ahead(db: Session, request: SeatRequestRow) -> int:
    """How many requests of other districts wait for the same component before this one."""
    is_earlier = or_(
        SeatRequestRow.placed_at < request.placed_at,
        (SeatRequestRow.placed_at == request.placed_at) & (SeatRequestRow.place_key < request.place_key),
    )
    query = select(func.count()).where(
        SeatRequestRow.season == request.season,
        SeatRequestRow.component == request.component,
        SeatRequestRow.lea_id != request.lea_id,
        SeatRequestRow.seats_waitlisted > 0,
        is_earlier,
    )
    return db.scalar(query) or 0
