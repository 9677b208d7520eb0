"""With whom the start of a cohort is agreed: each district that has people in it, and no other; and until when it may move.

Source: ruling on the start agreed with the lead; ruling on moves and merges.
"""

from collections.abc import Collection
from datetime import date

from rules.cohorts.start_answers import Agreement, StartFacts
from rules.rule_ids import RuleId
from schemas.kinds import ConfirmedBy
from schemas.records import Ruling
from schemas.statuses import Outcome, StartStatus


def close_agreement(facts: StartFacts) -> Ruling:
    """What is told of an agreement when the last of its district has left the cohort: nobody is asked about it any more."""
    told = f"Nobody of the district is in {facts.cohort_id} any more; its start is no longer agreed with the district."
    return Ruling(RuleId.START_PARTIES, Outcome.WITHDRAWN, told)


def include_district(facts: StartFacts, others: Collection[Agreement], today: date) -> Ruling:
    """What becomes of a start when people of another district come to the cohort: *proposed* to its lead, or *confirmed*.

    While it is open with one of the ``others``, the new lead is asked like them. Once all of them have agreed, or the cohort
    has begun, the lead is told the start: nobody is asked about what cannot be answered any more.
    """
    if facts.starts_on <= today:
        told = f"{facts.cohort_id} started on {facts.starts_on}, before people of the district came to it."
        return Ruling(RuleId.START_PARTIES, Outcome.CONFIRMED, told)
    if others and all(other.status is StartStatus.CONFIRMED for other in others):
        told = f"The start on {facts.starts_on} was confirmed before people of the district came to {facts.cohort_id}."
        return Ruling(RuleId.START_PARTIES, Outcome.CONFIRMED, told)
    told = f"People of the district are in {facts.cohort_id}: its start on {facts.starts_on} is proposed to the lead."
    return Ruling(RuleId.START_PARTIES, Outcome.PROPOSED, told)


def open_until(facts: StartFacts, agreements: Collection[Agreement], today: date) -> date | None:
    """The last day on which one of these leads may ask for another start; nothing where no answer can move it any more.

    A lead who has confirmed may think again until the day in the letter; what program staff have decided is not asked again.
    """
    if facts.is_over or facts.starts_on <= today:
        return None
    days = [item.confirm_by for item in agreements if item.confirmed_by is not ConfirmedBy.OPERATOR]
    return max((day for day in days if day >= today), default=None)
