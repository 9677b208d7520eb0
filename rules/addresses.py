"""A person's e-mail addresses: they change, and the person stays the same. Source: terms, addresses belong to a person."""

from rules.rule_ids import RuleId
from schemas.records import Ruling
from schemas.statuses import Outcome

RULE = RuleId.ADDRESS_CHANGED


def change_address(is_known: bool, is_current: bool, is_somebody_elses: bool) -> Ruling:
    """Whether a person's new address counts from now on: the person is on record, and nobody else has the address.

    Source: terms, person: one human being with a stable id; e-mail addresses belong to a person and change.
    """
    if not is_known:
        return Ruling(RULE, Outcome.REJECTED, "Nobody on record has this address; check it with the district lead.")
    if is_current:
        return Ruling(RULE, Outcome.SUPERSEDED, "This is the person's address already.")
    if is_somebody_elses:
        return Ruling(RULE, Outcome.REJECTED, "Somebody else on record has the new address; ask program staff.")
    reason = "Letters go to the new address from now on; what is on record under the earlier one stays the person's."
    return Ruling(RULE, Outcome.CHANGED, reason)
