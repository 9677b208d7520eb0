"""Graduate credits: how many may be requested, and what the participant pays. Source: FAQ I and FAQ III (endorsement)."""

from collections.abc import Mapping

from rules.rule_ids import RuleId
from schemas.policy import Credits
from schemas.records import Difference, Fee, Ruling, TranscriptRecord

RULE = RuleId.CREDIT_REQUEST


def certification_credits(asked: int, is_certified: bool, credits_policy: Credits) -> Fee:
    """Up to four credits once certified; the fee is the participant's, never the district's."""
    if not is_certified:
        return Fee(
            0, Ruling(RULE, "refused", "Credits for the certification can be requested once it has been earned.")
        )
    return _grant(asked, credits_policy.certification_maximum, credits_policy)


def academy_credits(asked: int, completed_hours: int, hours_per_credit: int, credits_policy: Credits) -> Fee:
    """One or two credits, by the hours of completed courses."""
    earned = min(completed_hours // hours_per_credit, credits_policy.academy_maximum)
    if earned == 0:
        reason = f"{completed_hours} completed hours make no credit; {hours_per_credit} are needed for one."
        return Fee(0, Ruling(RULE, "refused", reason))
    return _grant(asked, earned, credits_policy)


def _grant(asked: int, most: int, credits_policy: Credits) -> Fee:
    if not 1 <= asked <= most:
        return Fee(
            0, Ruling(RULE, "refused", f"{asked} credits were requested; between 1 and {most} can be requested.")
        )
    cents = asked * credits_policy.fee_per_credit_cents
    reason = f"{asked} credits are requested; the participant pays ${cents / 100:.2f} to the credit provider."
    return Fee(cents, Ruling(RULE, "requested", reason))


def endorsement_note(credits_policy: Credits) -> str:
    """What the credits count for toward the endorsement, with what is undetermined said so."""
    part = credits_policy.endorsement
    toward = {"undetermined": "is undetermined", "yes": "is so determined", "no": "is ruled out"}
    return (
        f"Endorsement #{part.code}: {part.counted_credits} of the {part.required_credits} credits required are counted; "
        f"whether they count toward the {part.computer_science_required_credits} in computer science "
        f"{toward[part.counts_toward_computer_science]}."
    )


def end_request(status: str, fee_cents: int, reason: str) -> Ruling:
    """What becomes of a request that the participant withdraws: void before the provider has it, refunded until it is sent.

    Source: FAQ I, the participant pays for the credits.
    """
    rule, fee = RuleId.CREDIT_REQUEST_ENDED, f"${fee_cents / 100:.2f}"
    if not reason.strip():
        return Ruling(rule, "refused", "To end a request needs a reason; it stays on record.")
    if status == "pending":
        return Ruling(rule, "void", f"The request is void, and nothing is paid: {reason.strip()}.")
    if status == "requested":
        return Ruling(rule, "refunded", f"The request is withdrawn, and the provider refunds {fee}: {reason.strip()}.")
    told = {
        "sent": "The transcript has been sent and cannot be withdrawn.",
        "refused": "The request was refused before.",
    }
    return Ruling(rule, "refused", told.get(status, "The request has ended already."))


def reconcile(ours: Mapping[str, TranscriptRecord], theirs: Mapping[str, TranscriptRecord]) -> tuple[Difference, ...]:
    """Where our requests and the provider's list differ, by request key; an empty result means that they agree.

    Source: ruling, every credit that was paid for is with the provider, and none that was not.
    """
    found = [_difference(key, ours.get(key), theirs.get(key)) for key in sorted({*ours, *theirs})]
    return tuple(item for item in found if item)


def _difference(key: str, ours: TranscriptRecord | None, theirs: TranscriptRecord | None) -> Difference | None:
    if theirs is None:
        return Difference(key, "missing", "We asked for it, and the provider does not know it: it is asked for again.")
    if ours is None:
        return Difference(key, "unknown", "The provider has it, and we did not ask for it: ask the provider.")
    if (ours.credits, ours.fee_cents) != (theirs.credits, theirs.fee_cents):
        told = f"{ours.credits} credits for {ours.fee_cents} cents here, {theirs.credits} for {theirs.fee_cents} there."
        return Difference(key, "amount", told)
    if ours.status != theirs.status:
        return Difference(key, "state", f"It is {ours.status} here and {theirs.status} there.")
    return None
