"""How districts answer to their seats: most take all, some give some back, a few say nothing."""

from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from pathlib import Path

from sqlalchemy import select

from deployments.sample.chance import chance, happens
from deployments.sample.world import World
from schemas.statuses import OfferAnswer
from schemas.tables import Application, Offer, SeatBlock
from tasks.core.database import reading

Row = Mapping[str, object]
SILENT, DECLINES, GIVES_BACK = 0.03, 0.03, 0.05


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
        for offer, block in db.execute(query):
            if not is_silent(world, offer.lea_id, offer.component):
                filled = max(0, block.seats_filled - (block.seats_confirmed - offer.seats_held))
                yield _answer(world, offer, filled, day - timedelta(days=1))


def _answer(world: World, offer: Offer, filled: int, answered_on: date) -> Row:
    draw = chance(world.seed, "answers", offer.lea_id, offer.component, offer.seats_held).random()
    seats = offer.seats_held
    if draw < DECLINES:
        seats = filled
    elif draw < DECLINES + GIVES_BACK:
        seats = max(filled, seats - max(seats // 5, 1))
    who = {"lea_id": offer.lea_id, "component": offer.component, "offer": offer.offer_id}
    return {**who, "seats": seats, "answered_on": answered_on}


def is_silent(world: World, lea_id: str, component: str) -> bool:
    """Whether a district neither answers for its seats nor fills them."""
    return happens(SILENT, world.seed, "silent", lea_id, component)


def new_lead(world: World, day: date) -> list[Path]:
    """A district whose lead changes in summer, as the file that an operator makes of the superintendent's message."""
    return world.incoming(day, "lead.csv", lambda: [_new_lead(world, day)])


def _new_lead(world: World, day: date) -> Row:
    with reading() as db:
        query = select(Application.lea_id).where(
            Application.season == world.policy.season, Application.is_information_request.is_(False)
        )
        lea_id = min(db.scalars(query))
    who = {"lea_id": lea_id, "lead_name": "Vera Holmland", "lead_email": f"new.lead@lea{lea_id}.example"}
    return {**who, "named_on": day - timedelta(days=1)}
