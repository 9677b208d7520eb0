"""Letters about credits: requested, refused, ended, sent, and compared."""

from typing import Any

from rules.credits import academy_credits, end_request, endorsement_note, reconcile, settle_refusal
from schemas.records import Component, TranscriptRecord
from schemas.statuses import CreditStatus, TranscriptStatus
from schemas.tables import CreditRequest
from tests.factories.letters.example import MARCH, PERSON, Example
from tests.factories.season import policy


def credit_request(credits_asked: int, component: str, number: int = 1) -> dict[str, Any]:
    row = CreditRequest(component=component, credits=credits_asked, fee_cents=6500 * credits_asked)
    row.provider_reference, row.request_number = "DU-20415", number
    note = endorsement_note(Component(component), credits_asked, policy().credits)
    return PERSON | {"request": row, "note": note}


def refused(reason: str, *, is_final: bool = True) -> dict[str, Any]:
    return PERSON | {"reason": reason, "is_final": is_final}


def reconciliation(number: int) -> dict[str, Any]:
    here = {
        f"2022/transcript/p{n}@ashford.example/academy": TranscriptRecord(TranscriptStatus.SENT, 1, 6500)
        for n in range(number)
    }
    there = {key: TranscriptRecord(TranscriptStatus.REQUESTED, 1, 6500) for key in here}
    return {"differences": reconcile(here, there), "as_of": MARCH}


EXAMPLES: dict[str, list[Example]] = {
    "credit_requested": [
        Example("several", credit_request(4, "certification"), MARCH),
        Example("two of thirty", credit_request(2, "certification"), MARCH),
        Example("one of thirty, again", credit_request(1, "certification", 2), MARCH),
        Example("one", credit_request(1, "academy"), MARCH),
    ],
    "credit_refused": [
        Example("too few hours", refused(academy_credits(1, 8, 13, policy().credits).ruling.reason), MARCH),
        Example("too many", refused(academy_credits(2, 13, 13, policy().credits).ruling.reason), MARCH),
        Example("refused", refused(settle_refusal("no student record of this name").reason, is_final=False), MARCH),
    ],
    "credit_ended": [
        Example("refunded", PERSON | {"ruling": end_request(CreditStatus.REQUESTED, 13000, "moves away")}, MARCH),
        Example("void", PERSON | {"ruling": end_request(CreditStatus.PENDING, 13000, "moves away")}, MARCH),
    ],
    "transcript_sent": [
        Example("several", credit_request(4, "certification"), MARCH),
        Example("one", credit_request(1, "academy"), MARCH),
    ],
    "reconciliation": [Example("several", reconciliation(2), MARCH), Example("one", reconciliation(1), MARCH)],
}
