"""Graduate credits: how many may be requested, and what the participant pays. Source: FAQ I and FAQ III (endorsement)."""

from schemas.policy import Credits
from schemas.records import Fee, Ruling

RULE = "credit-request"


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
        return Fee(0, Ruling(RULE, "refused", f"{asked} credits were asked; between 1 and {most} can be requested."))
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
