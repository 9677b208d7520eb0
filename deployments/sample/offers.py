"""How districts answer to their seats, and ask for more: most take all, some give some back, a few say nothing."""

from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from pathlib import Path

from sqlalchemy import select

from deployments.sample.chance import chance, happens, name_of, pick
from deployments.sample.world import World
from schemas.statuses import OfferAnswer
from schemas.tables import Application, Offer, SeatBlock, SeatRequestRow
from tasks.core.database import reading

Row = Mapping[str, object]
SILENT, DECLINES, GIVES_BACK = 0.03, 0.03, 0.05
WAITS_AND_TAKES_LESS, ASKS_FOR_MORE, NAMES_ANOTHER_LEAD = 0.5, 0.06, 0.03


def answers(world: World, day: date) -> list[Path]:
    """The answers that districts send to the offers that are open on a day."""
    return world.incoming(day, "answers.csv", lambda: _answer_rows(world, day))


def _answer_rows(world: World, day: date) -> Iterable[Row]:
    with reading() as db:
        query = (
            select(Offer, SeatBlock)
            .join(SeatBlock, (SeatBlock.season == Offer.season) & (SeatBlock.lea_id == Offer.lea_id)
                  & (SeatBlock.component == Offer.component))
            .where(Offer.season == world.policy.season, Offer.answer == OfferAnswer.NONE, SeatBlock.is_closed.is_(False))
            .order_by(Offer.lea_id, Offer.component, Offer.offer_id)
        )  # fmt: skip
        waits = select(SeatRequestRow.lea_id, SeatRequestRow.component).where(
            SeatRequestRow.season == world.policy.season, SeatRequestRow.seats_waitlisted > 0
        )
        waiting = set(db.execute(waits).tuples())
        for offer, block in db.execute(query):
            if not is_silent(world, offer.lea_id, offer.component):
                filled = max(0, block.seats_filled - (block.seats_confirmed - offer.seats_held))
                is_partial = (offer.lea_id, offer.component) in waiting
                yield _answer(world, offer, filled, day - timedelta(days=1), is_partial=is_partial)


def _answer(world: World, offer: Offer, filled: int, answered_on: date, *, is_partial: bool) -> Row:
    draw = chance(world.seed, "answers", offer.lea_id, offer.component, offer.seats_held).random()
    seats = offer.seats_held
    if draw < DECLINES or (is_partial and draw < WAITS_AND_TAKES_LESS):
        seats = filled
    elif draw < DECLINES + GIVES_BACK:
        seats = max(filled, seats - max(seats // 5, 1))
    who = {"lea_id": offer.lea_id, "component": offer.component, "offer": offer.offer_id}
    return {**who, "seats": seats, "answered_on": answered_on}


def is_silent(world: World, lea_id: str, component: str) -> bool:
    """Whether a district neither answers for its seats nor fills them."""
    return happens(SILENT, world.seed, "silent", lea_id, component)


def seat_requests(world: World, day: date, number: int) -> list[Path]:
    """What districts ask for in summer on top of what they have, as the file that an operator makes of their messages."""
    return world.incoming(day, "seat_requests.csv", lambda: _requests(world, day, number))


def _requests(world: World, day: date, number: int) -> list[Row]:
    lea_ids = _applicants(world)
    asking = [lea_id for lea_id in lea_ids if happens(ASKS_FOR_MORE, world.seed, "asks for more", lea_id, number)]
    return [
        {
            "lea_id": lea_id,
            "component": pick(("certification", "academy", "academy", "exfrl"), world.seed, "more of", lea_id, number),
            "seats": chance(world.seed, "how many more", lea_id, number).randint(1, 8),
            "requested_on": day - timedelta(days=1),
        }
        for lea_id in asking or lea_ids[:1]
    ]


def one_more_request(world: World) -> Mapping[str, object]:
    """A district that asks on the phone."""
    with reading() as db:
        query = select(Offer.lea_id).where(Offer.season == world.policy.season, Offer.component == "certification")
        lea_id = min(db.scalars(query), default="")
    if not lea_id:
        return {"skip": True}
    return {"district": lea_id, "component": "certification", "seats": 2, "requested_by": "district lead"}


def _applicants(world: World) -> list[str]:
    with reading() as db:
        query = select(Application.lea_id).where(
            Application.season == world.policy.season, Application.is_information_request.is_(False)
        )
        return sorted(db.scalars(query))


def new_leads(world: World, day: date) -> list[Path]:
    """The districts whose lead changes in summer, as the file that an operator makes of the superintendents' messages."""
    return world.incoming(day, "lead.csv", lambda: [_new_lead(world, lea_id, day) for lea_id in _with_new_lead(world)])


def _with_new_lead(world: World) -> list[str]:
    first, *others = _applicants(world)
    return [first, *(lea_id for lea_id in others if happens(NAMES_ANOTHER_LEAD, world.seed, "another lead", lea_id))]


def _new_lead(world: World, lea_id: str, day: date) -> Row:
    name = " ".join(name_of(world.seed, "new lead", lea_id))
    who = {"lea_id": lea_id, "lead_name": name, "lead_email": f"new.lead@lea{lea_id}.example"}
    return {**who, "named_on": day - timedelta(days=1)}
