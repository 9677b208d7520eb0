"""What a district's answer to its seats does, and what its silence does.

Source: FAQ I (districts commit to filling the seats that they reserve) and the ruling on unfilled seats.
"""

from dataclasses import dataclass
from datetime import date

from rules.rule_ids import RuleId
from schemas.records import Ruling

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

    Until the enrollment deadline a district may give back seats without a name on them, also after it had accepted.
    """
    rejection = _rejection(offer, seats_wanted, answered_on)
    if rejection:
        return Ruling(RULE, "rejected", rejection)
    if seats_wanted == offer.seats_offered:
        return Ruling(RULE, "accepted", f"The district takes all {seats_wanted} seats in {offer.name}.")
    back = offer.seats_offered - seats_wanted
    outcome = "partly_accepted" if seats_wanted else "declined"
    reason = (
        f"The district takes {seats_wanted} of {offer.seats_offered} seats in {offer.name}; {back} go to the waitlist."
    )
    return Ruling(RULE, outcome, reason)


def _rejection(offer: OfferFacts, seats_wanted: int, answered_on: date) -> str:
    """The first reason that speaks against the answer, or an empty text."""
    is_late = not offer.answer and offer.answer_by is not None and answered_on > offer.answer_by
    checks = (
        (not offer.seats_offered, f"The district holds no seats in {offer.name}."),
        (offer.is_closed, f"The seats in {offer.name} are settled already; ask program staff."),
        (is_late, f"The answer was due by {offer.answer_by}; ask program staff."),
        (
            seats_wanted > offer.seats_offered,
            f"{seats_wanted} seats are more than the {offer.seats_offered} offered; fill in the survey again for more.",
        ),
        (
            seats_wanted < offer.seats_filled,
            f"{offer.seats_filled} seats have a name on them; take people off the roster first.",
        ),
    )
    return next((reason for applies, reason in checks if applies), "")


def settle_silence(offer: OfferFacts, today: date) -> Ruling | None:
    """What happens after the last day to answer: a roster counts as an answer; without one the offer lapses."""
    if offer.is_closed or offer.answer or offer.answer_by is None or today <= offer.answer_by:
        return None
    if offer.seats_filled:
        reason = f"The roster speaks for the district: its {offer.seats_offered} seats in {offer.name} count as taken."
        return Ruling(RULE, "accepted", reason)
    reason = f"No answer came by {offer.answer_by}: the {offer.seats_offered} seats in {offer.name} go to the waitlist."
    return Ruling(RULE, "lapsed", reason)
