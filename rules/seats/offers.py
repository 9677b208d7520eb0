"""What a district's answer to an offer does, what its silence does, and by when seats are to be answered for and filled.

Source: FAQ I (districts commit to filling the seats that they reserve), and the rulings on offers and on unfilled seats.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from rules.rule_ids import RuleId
from rules.wording import count
from schemas.policy import Policy
from schemas.records import Ruling
from schemas.statuses import OfferAnswer, Outcome

RULE = RuleId.OFFER_ANSWERED


@dataclass(frozen=True, slots=True)
class OfferFacts:
    """An offer: the seats that the district holds by it, how many of them are filled, and what it has answered so far.

    ``is_closed`` says that the last day to fill the seats has passed, ``has_roster`` that a roster came after the offer and by
    its last day, whether its people have signed or not.
    """

    offer_id: str
    name: str
    seats_held: int
    seats_filled: int
    is_closed: bool
    answer: str
    offered_on: date
    answer_by: date
    answered_on: date | None = None
    has_roster: bool = False

    @property
    def is_open(self) -> bool:
        """Whether the offer waits for an answer."""
        return self.answer == OfferAnswer.NONE and not self.is_closed


def find_offer(offers: Sequence[OfferFacts], name: str, offer_id: str, answered_on: date) -> OfferFacts | Ruling:
    """The offer that an answer is about, of a district's offers of one component; or why it is not known.

    An answer names its offer. One that does not is about the one offer that waits for an answer, if that was made on an earlier
    day: an answer from before an offer says nothing about it. Source: ruling on offers.
    """
    if offer_id:
        return next((offer for offer in offers if offer.offer_id == offer_id), None) or _unknown(offers, name, offer_id)
    is_open = [offer for offer in offers if offer.is_open]
    if len(is_open) == 1 and is_open[0].offered_on < answered_on:
        return is_open[0]
    return Ruling(RULE, Outcome.REJECTED, _unclear(offers, is_open, name, answered_on))


def _unknown(offers: Sequence[OfferFacts], name: str, offer_id: str) -> Ruling:
    known = f"; its offers are {_listed(offers)}" if offers else ""
    return Ruling(RULE, Outcome.REJECTED, f"The district has no offer {offer_id} in {name}{known}.")


def _unclear(offers: Sequence[OfferFacts], is_open: Sequence[OfferFacts], name: str, answered_on: date) -> str:
    if not offers:
        return f"The district holds no seats in {name}, and none are offered to it; ask program staff."
    if not is_open:
        return f"No offer in {name} waits for an answer. Name the offer that is meant: {_listed(offers)}."
    if len(is_open) > 1:
        return f"{len(is_open)} offers in {name} wait for an answer. Name the one that is meant: {_listed(is_open)}."
    offer = is_open[0]
    made = f"The answer of {answered_on} is not later than the offer {offer.offer_id} of {offer.offered_on}"
    return f"{made}. If it is about this offer, name it."


def _listed(offers: Sequence[OfferFacts]) -> str:
    return ", ".join(offer.offer_id for offer in offers)


def settle_answer(offer: OfferFacts, seats_wanted: int, answered_on: date) -> Ruling:
    """What an answer does: all seats of the offer taken, some of them, or none; those that are not wanted are released.

    Until the enrollment deadline a district may give back seats that are not filled, also after it had accepted.
    Source: rulings on offers and on unfilled seats.
    """
    rejection = _rejection(offer, seats_wanted, answered_on)
    if rejection:
        return Ruling(RULE, Outcome.REJECTED, rejection)
    offered = count(offer.seats_held, "seat")
    if seats_wanted == offer.seats_held:
        number = f"all {offered}" if seats_wanted > 1 else f"the {offered}"
        return Ruling(RULE, Outcome.ACCEPTED, f"The district takes {number} in {offer.name}.")
    if not seats_wanted:
        are = "is" if offer.seats_held == 1 else "are"
        reason = f"The district declines its {offered} in {offer.name}, which {are} released."
        return Ruling(RULE, Outcome.DECLINED, reason)
    back = count(offer.seats_held - seats_wanted, "is", "are")
    reason = f"The district takes {seats_wanted} of {offered} in {offer.name}; {back} released."
    return Ruling(RULE, Outcome.PARTLY_ACCEPTED, reason)


def _rejection(offer: OfferFacts, seats_wanted: int, answered_on: date) -> str:
    """The first reason that speaks against the answer, or an empty text."""
    named = f"offer {offer.offer_id}"
    is_late = offer.answer == OfferAnswer.NONE and answered_on > offer.answer_by
    is_over = offer.answer in {OfferAnswer.DECLINED, OfferAnswer.LAPSED} or not offer.seats_held
    takes = f"The answer takes {count(seats_wanted, 'seat')}"
    more = "To have more, request more seats: they join the end of the waitlist."
    fewer = "Ask program staff to take people off the roster first."
    checks = (
        (answered_on < offer.offered_on, f"The answer of {answered_on} is from before {named} of {offer.offered_on}."),
        (
            is_over,
            f"The district holds no seats by {named} any more ({offer.answer or 'released'}); ask program staff.",
        ),
        (offer.is_closed, f"The enrollment deadline for the seats in {offer.name} has passed; ask program staff."),
        (is_late, f"The answer to {named} was due by {offer.answer_by}; ask program staff."),
        (_is_older(offer, answered_on), f"A newer answer to {named}, of {offer.answered_on}, is on record."),
        (seats_wanted > offer.seats_held, f"{takes}, more than the {offer.seats_held} of {named}. {more}"),
        (seats_wanted < offer.seats_filled, f"{takes}, fewer than the {offer.seats_filled} already filled. {fewer}"),
    )
    return next((reason for applies, reason in checks if applies), "")


def _is_older(offer: OfferFacts, answered_on: date) -> bool:
    return offer.answered_on is not None and answered_on < offer.answered_on


def settle_silence(offer: OfferFacts, today: date) -> Ruling | None:
    """What happens after the last day to answer: a roster counts as an answer; without one the offer lapses."""
    if not offer.is_open or today <= offer.answer_by:
        return None
    offered = count(offer.seats_held, "seat")
    if offer.seats_filled or offer.has_roster:
        reason = f"The district sent a roster, which counts as its answer: it takes its {offered} in {offer.name}."
        return Ruling(RULE, Outcome.ACCEPTED, reason)
    are = "is" if offer.seats_held == 1 else "are"
    reason = f"No answer came by {offer.answer_by}: the {offered} in {offer.name} {are} released."
    return Ruling(RULE, Outcome.LAPSED, reason)


def answer_on_record(ruling: Ruling) -> OfferAnswer:
    """What stands on record as the district's answer after this ruling; part of the seats taken is an acceptance."""
    return {Outcome.DECLINED: OfferAnswer.DECLINED, Outcome.LAPSED: OfferAnswer.LAPSED}.get(
        ruling.outcome, OfferAnswer.ACCEPTED
    )


def seats_given_back(offer: OfferFacts, ruling: Ruling, seats_wanted: int = 0) -> int:
    """The seats that are released by this ruling: those that are not wanted, or all where the offer lapsed."""
    gives_back = {Outcome.PARTLY_ACCEPTED, Outcome.DECLINED, Outcome.LAPSED}
    return offer.seats_held - seats_wanted if ruling.outcome in gives_back else 0


def answer_by(offered_on: date, enroll_by: date, policy: Policy) -> date:
    """The last day to answer an offer, counted from the day of the offer; never after the last day to fill its seats."""
    return min(offered_on + timedelta(days=policy.seats.answer_days), enroll_by)


def enroll_confirmed_seats_by(approved_on: date, policy: Policy) -> date:
    """The last day to fill the seats of an approved round: the policy's, or later where the agency approved late.

    However late it approves, a district has all days to answer, and as many to enroll as one that is offered released seats.
    Source: ruling on offers (deadlines count from the approval).
    """
    days = max(policy.seats.answer_days, policy.enrollment.waitlist_deadline_days)
    return max(policy.enrollment.deadline_on, approved_on + timedelta(days=days))


def enroll_released_seats_by(today: date, policy: Policy) -> date | None:
    """The last day to fill released seats that are offered today; none where it is too late to offer any.

    The agency has approved the capacity; a release moves seats within it, so that no new approval is asked for. After the
    policy's last day no more seats are offered: nobody could be enrolled in time.
    """
    if today > policy.enrollment.last_release_on:
        return None
    return max(today + timedelta(days=policy.enrollment.waitlist_deadline_days), policy.enrollment.deadline_on)
