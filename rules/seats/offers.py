"""What a district's answer to its seats does, what its silence does, and by when seats are to be answered for and filled.

Source: FAQ I (districts commit to filling the seats that they reserve) and the ruling on unfilled seats.
"""

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
    """The seats that a district was given of one component, how many are filled, and by when it was to answer."""

    name: str
    seats_offered: int
    seats_filled: int
    is_closed: bool
    answer: str
    answer_by: date | None


def settle_answer(offer: OfferFacts, seats_wanted: int, answered_on: date) -> Ruling:
    """What an answer does: all seats taken, some of them, or none; seats that are not wanted go to the waitlist.

    Until the enrollment deadline a district may give back seats that are not filled, also after it had accepted.
    """
    rejection = _rejection(offer, seats_wanted, answered_on)
    if rejection:
        return Ruling(RULE, Outcome.REJECTED, rejection)
    offered = count(offer.seats_offered, "seat")
    if seats_wanted == offer.seats_offered:
        number = f"all {offered}" if seats_wanted > 1 else f"the {offered}"
        return Ruling(RULE, Outcome.ACCEPTED, f"The district takes {number} in {offer.name}.")
    back = count(offer.seats_offered - seats_wanted, "goes", "go")
    if not seats_wanted:
        goes = "goes" if offer.seats_offered == 1 else "go"
        reason = f"The district declines its {offered} in {offer.name}, which {goes} to the waitlist."
        return Ruling(RULE, Outcome.DECLINED, reason)
    reason = f"The district takes {seats_wanted} of {offered} in {offer.name}; {back} to the waitlist."
    return Ruling(RULE, Outcome.PARTLY_ACCEPTED, reason)


def _rejection(offer: OfferFacts, seats_wanted: int, answered_on: date) -> str:
    """The first reason that speaks against the answer, or an empty text."""
    is_late = offer.answer == OfferAnswer.NONE and offer.answer_by is not None and answered_on > offer.answer_by
    takes = f"The answer takes {count(seats_wanted, 'seat')}"
    more = "To request more seats, fill in the survey again."
    fewer = "Ask program staff to take people off the roster first."
    checks = (
        (not offer.seats_offered, f"The district holds no seats in {offer.name}; ask program staff."),
        (offer.is_closed, f"The enrollment deadline for the seats in {offer.name} has passed; ask program staff."),
        (is_late, f"The answer was due by {offer.answer_by}; ask program staff."),
        (seats_wanted > offer.seats_offered, f"{takes}, more than the {offer.seats_offered} offered. {more}"),
        (seats_wanted < offer.seats_filled, f"{takes}, fewer than the {offer.seats_filled} already filled. {fewer}"),
    )
    return next((reason for applies, reason in checks if applies), "")


def settle_silence(offer: OfferFacts, today: date) -> Ruling | None:
    """What happens after the last day to answer: a roster counts as an answer; without one the offer lapses."""
    is_answered = offer.answer != OfferAnswer.NONE
    if offer.is_closed or is_answered or offer.answer_by is None or today <= offer.answer_by:
        return None
    offered = count(offer.seats_offered, "seat")
    if offer.seats_filled:
        reason = f"The district sent a roster, which counts as its answer: it takes its {offered} in {offer.name}."
        return Ruling(RULE, Outcome.ACCEPTED, reason)
    goes = "goes" if offer.seats_offered == 1 else "go"
    reason = f"No answer came by {offer.answer_by}: the {offered} in {offer.name} {goes} to the waitlist."
    return Ruling(RULE, Outcome.LAPSED, reason)


def answer_on_record(ruling: Ruling) -> OfferAnswer:
    """What stands on record as the district's answer after this ruling; part of the seats taken is an acceptance."""
    return {Outcome.DECLINED: OfferAnswer.DECLINED, Outcome.LAPSED: OfferAnswer.LAPSED}.get(
        ruling.outcome, OfferAnswer.ACCEPTED
    )


def seats_given_back(offer: OfferFacts, ruling: Ruling, seats_wanted: int = 0) -> int:
    """The seats that go to the waitlist by this ruling: those that are not wanted, or all where the offer lapsed."""
    gives_back = {Outcome.PARTLY_ACCEPTED, Outcome.DECLINED, Outcome.LAPSED}
    return offer.seats_offered - seats_wanted if ruling.outcome in gives_back else 0


def answer_by(today: date, enroll_by: date, policy: Policy) -> date:
    """The last day to answer an offer of today; never after the last day to fill its seats."""
    return min(today + timedelta(days=policy.seats.answer_days), enroll_by)


def enroll_released_seats_by(today: date, policy: Policy) -> date | None:
    """The last day to fill released seats that are offered today; none where it is too late to offer any.

    The agency has approved the capacity; a release moves seats within it, so that no new approval is asked for. After the
    policy's last day no more seats are offered: nobody could be enrolled in time.
    """
    if today > policy.enrollment.last_release_on:
        return None
    return max(today + timedelta(days=policy.enrollment.waitlist_deadline_days), policy.enrollment.deadline_on)
