"""Districts' answers to their offers, and the offers that nobody answered in time."""

from collections.abc import Sequence
from datetime import datetime
from functools import partial

from rules.seats.offers import OfferFacts, find_offer, seats_given_back, settle_answer
from schemas.kinds import InputKind, SubjectKind
from schemas.records import COMPONENT_NAMES, Component, Ruling
from schemas.statuses import Outcome
from schemas.tables import IntakeRow, Offer
from tasks.core.step import step
from tasks.intake.cell_values import day
from tasks.intake.settle import accept, quarantine, settle_rows, staged_rows
from tasks.ledger.unit_of_work import Work, unit_of_work
from tasks.seats.offers import facts_of, offers_of
from tasks.seats.release import lapse_silent_offers, record_answer
from tasks.seats.waitlist import offer_to_waitlist


@step
def settle_offers(season: str, as_of: datetime) -> int:
    """Take the districts' answers to their offers, settle the offers that nobody answered in time, and give what comes back to
    the waitlist; the seats that came back.
    """
    with unit_of_work(season, as_of) as work:
        rows = staged_rows(work.db, season, InputKind.ANSWER, as_of)
        back = sum(settle_rows(work, rows, lambda: partial(_settle, work)))
        work.db.flush()
        back += lapse_silent_offers(work)
        offer_to_waitlist(work, "answers")
    return back


def _settle(work: Work, row: IntakeRow) -> int:
    """The seats that an answer gives back."""
    content = row.content
    try:
        answered_on = day(content["answered_on"])
    except ValueError as error:
        quarantine(work.db, row, "AN-006", f"answered_on: {error}; correct the date")
        return 0
    offers = offers_of(work.db, work.season, content["lea_id"], content["component"])
    name = COMPONENT_NAMES[Component(content["component"])]
    found = find_offer(facts_of(work, offers), name, content["offer"], answered_on)
    wanted = int(content["seats"])
    ruling = found if isinstance(found, Ruling) else settle_answer(found, wanted, answered_on)
    offer_id = "" if isinstance(found, Ruling) else found.offer_id
    key = "/".join(filter(None, (content["lea_id"], content["component"], offer_id)))
    work.decide(
        SubjectKind.OFFER, key, ruling, seats_wanted=wanted, answered_on=answered_on.isoformat(), named=content["offer"]
    )
    if isinstance(found, Ruling) or ruling.outcome == Outcome.REJECTED:
        quarantine(work.db, row, ruling.rule, ruling.reason)
        return 0
    accept(row, ruling.reason)
    offer = _named(offers, found)
    offer.answered_on = answered_on
    return record_answer(work, offer, ruling, seats_given_back(found, ruling, wanted))


def _named(offers: Sequence[Offer], facts: OfferFacts) -> Offer:
    return next(offer for offer in offers if offer.offer_id == facts.offer_id)
