"""Graduate credits: how many may be requested, and what the participant pays. Source: FAQ I and FAQ III (endorsement)."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from rules.rule_ids import RuleId
from rules.wording import because, count, money
from schemas.policy import Credits
from schemas.records import Component, Difference, Fee, Ruling, TranscriptRecord
from schemas.statuses import CreditStatus, DifferenceKind, Outcome, TranscriptStatus

RULE = RuleId.CREDIT_REQUEST
ENDED = frozenset({CreditStatus.REFUSED, CreditStatus.VOID, CreditStatus.REFUNDED})


def reject_stranger() -> Ruling:
    """What becomes of an opt-in by an address that does not take part."""
    return Ruling(RULE, Outcome.REJECTED, "Nobody with this address takes part in the program; check the address.")


def certification_credits(asked: int, is_certified: bool, credits_policy: Credits) -> Fee:
    """Up to four credits once certified; the fee is the participant's, never the district's."""
    if not is_certified:
        reason = "You can request credits for the certification once you have earned it."
        return Fee(0, Ruling(RULE, Outcome.REJECTED, reason))
    return _grant(asked, credits_policy.certification_maximum, credits_policy)


def academy_credits(asked: int, completed_hours: int, hours_per_credit: int, credits_policy: Credits) -> Fee:
    """One or two credits, by the hours of completed courses."""
    earned = min(completed_hours // hours_per_credit, credits_policy.academy_maximum)
    if earned == 0:
        needed = count(hours_per_credit, "hour")
        reason = f"You have completed {count(completed_hours, 'hour')} of coursework, and one credit takes {needed}."
        return Fee(0, Ruling(RULE, Outcome.REJECTED, reason))
    return _grant(asked, earned, credits_policy)


def _grant(asked: int, most: int, credits_policy: Credits) -> Fee:
    if not 1 <= asked <= most:
        reason = f"You requested {count(asked, 'credit')}; you can request up to {most}."
        return Fee(0, Ruling(RULE, Outcome.REJECTED, reason))
    cents = asked * credits_policy.fee_per_credit_cents
    requested = count(asked, "credit is", "credits are")
    reason = f"{requested} requested; the participant pays {money(cents)} to the credit provider."
    return Fee(cents, Ruling(RULE, Outcome.REQUESTED, reason))


def settle_refusal(reason: str) -> Ruling:
    """What the credit provider's documented "no" means for the participant; ``reason`` is what it says."""
    return Ruling(RULE, Outcome.REFUSED, f"The credit provider refused the request: {reason.rstrip('.')}.")


def status_after_answer(answer: str) -> CreditStatus | None:
    """Where a request stands after an answer of the provider; none where the answer changes nothing.

    A request that the provider has canceled is left to who ends it, or to the reconciliation, which tells of it.
    """
    return {
        TranscriptStatus.REQUESTED: CreditStatus.REQUESTED,
        TranscriptStatus.SENT: CreditStatus.SENT,
        TranscriptStatus.REFUSED: CreditStatus.REFUSED,
    }.get(TranscriptStatus(answer))


def endorsement_note(component: Component, asked: int, credits_policy: Credits) -> str:
    """What so many credits for the certification count for toward the endorsement, and what is not determined yet.

    Empty for other components. Source: FAQ III, endorsement; ruling, whoever requests 2 credits is told "2 of 30".
    """
    if component is not Component.CERTIFICATION:
        return ""
    part = credits_policy.endorsement
    counted = f"{min(asked, part.counted_credits)} of {count(part.required_credits, 'required credit')}"
    one, several = ("this credit", "it", "counts", "does not count"), ("these credits", "they", "count", "do not count")
    these, they, counts, count_not = one if asked == 1 else several
    science = f"toward the {part.computer_science_required_credits} required in computer science"
    told = {
        "undetermined": f"Whether {they} also {counts} {science} is undetermined.",
        "yes": f"{they.capitalize()} also {counts} {science}.",
        "no": f"{they.capitalize()} {count_not} {science}.",
    }
    return (
        f"Toward endorsement #{part.code}, {these} {counts} as {counted}. {told[part.counts_toward_computer_science]}"
    )


def end_request(status: str, fee_cents: int, reason: str) -> Ruling:
    """What becomes of a request that the participant withdraws: void before the provider has it, refunded until it is sent.

    Source: FAQ I, the participant pays for the credits.
    """
    rule, fee = RuleId.CREDIT_REQUEST_ENDED, money(fee_cents)
    if not reason.strip():
        return Ruling(rule, Outcome.REJECTED, "A reason is needed to end a request; it stays on record.")
    if status == CreditStatus.PENDING:
        return Ruling(rule, Outcome.VOID, f"The request has ended, and nothing is paid. {because(reason)}")
    if status in {CreditStatus.REQUESTED, CreditStatus.SENDING, CreditStatus.CANCELING}:  # it has it, or may have it
        told = f"The request has ended, and the credit provider refunds {fee}. {because(reason)}"
        return Ruling(rule, Outcome.REFUNDED, told)
    reasons = {
        CreditStatus.SENT: "The transcript has been sent, so the request cannot be withdrawn.",
        CreditStatus.REFUSED: "The credit provider has refused the request, so there is nothing to withdraw.",
    }
    return Ruling(rule, Outcome.REJECTED, reasons.get(CreditStatus(status), "The request has ended already."))


def confirm_refund(answer: str, reason: str, ending: Ruling) -> Ruling:
    """Whether the ending of a request stands, by what the provider says when it is asked to cancel (``answer``, ``reason``)."""
    if answer == TranscriptStatus.CANCELED:
        return ending
    told = f"The credit provider does not cancel the request: it is {answer}. {reason}".strip()
    return Ruling(RuleId.CREDIT_REQUEST_ENDED, Outcome.REJECTED, told)


def settle_withdrawal(answer: str | None, told: str, fee_cents: int, reason: str) -> Ruling:
    """What becomes of a request that was withdrawn, by what the provider says (``answer``, ``told``); none: it never had it.

    Source: FAQ I, the participant pays for the credits.
    """
    if answer is None:
        return end_request(CreditStatus.PENDING, fee_cents, reason)
    return confirm_refund(answer, told, end_request(CreditStatus.REQUESTED, fee_cents, reason))


def request_again(status: str, reason: str) -> Ruling:
    """Whether credits may be requested again, after a request that was refused, refunded, or void.

    Source: ruling, credits refused or refunded can be requested again by the participant (new request, new key).
    """
    rule = RuleId.CREDIT_REQUESTED_AGAIN
    if not reason.strip():
        return Ruling(rule, Outcome.REJECTED, "A reason is needed to request again; it stays on record.")
    if status not in ENDED:
        return Ruling(rule, Outcome.REJECTED, "These credits are requested already; that request has not ended.")
    return Ruling(rule, Outcome.REQUESTED, f"The credits are requested again. {because(reason)}")


def opt_in_again(status: str, ended_at: datetime | None, opted_in_at: datetime | None) -> Ruling:
    """Whether an opt-in to credits that were requested before asks for them again: only one made after that request ended.

    The same opt-in comes again with every export; it must not be charged again. Source: ruling, credits refused or refunded
    can be requested again by the participant (new request, new key).
    """
    rule = RuleId.CREDIT_REQUESTED_AGAIN
    if status not in ENDED:
        return Ruling(rule, Outcome.REJECTED, "These credits were requested before.")
    if ended_at is None or opted_in_at is None or opted_in_at <= ended_at:
        reason = "These credits were requested before, and this opt-in is not newer than the end of that request."
        return Ruling(rule, Outcome.REJECTED, reason)
    return Ruling(rule, Outcome.REQUESTED, "The participant opted in again after the request had ended.")


def reconcile(ours: Mapping[str, TranscriptRecord], theirs: Mapping[str, TranscriptRecord]) -> tuple[Difference, ...]:
    """Where our requests and the provider's list differ, by request key; an empty result means that they agree.

    Source: ruling, every credit that was paid for is with the provider, and none that was not.
    """
    found = [_difference(key, ours.get(key), theirs.get(key)) for key in sorted({*ours, *theirs})]
    return tuple(item for item in found if item)


def _difference(key: str, ours: TranscriptRecord | None, theirs: TranscriptRecord | None) -> Difference | None:
    if theirs is None:
        told = "We sent this request, and the provider does not have it. Ask the provider."
        return Difference(key, DifferenceKind.MISSING, told)
    if ours is None:
        told = "The provider has this request, and we did not send it. Ask the provider."
        return Difference(key, DifferenceKind.UNKNOWN, told)
    if (ours.credits, ours.fee_cents) != (theirs.credits, theirs.fee_cents):
        here, there = (f"{count(item.credits, 'credit')} for {money(item.fee_cents)}" for item in (ours, theirs))
        return Difference(key, DifferenceKind.AMOUNT, f"We have {here}, and the provider has {there}.")
    if ours.status != theirs.status:
        here, there = (_state(item.status) for item in (ours, theirs))
        return Difference(key, DifferenceKind.STATE, f"For us it is {here}, and for the provider it is {there}.")
    return None


def _state(status: str) -> str:
    return "canceled" if status == TranscriptStatus.CANCELED else status


def settle_reconciliation(requests: int, differences: Sequence[Difference]) -> Ruling:
    """Whether our requests agree with the provider's list. Source: ruling on reconciliation."""
    differ, own = count(len(differences), "difference"), count(requests, "request of ours", "requests of ours")
    if differences:
        reason = f"{differ} with the provider's list, for {own}."
        return Ruling(RuleId.RECONCILIATION, Outcome.DIFFERS, reason)
    return Ruling(RuleId.RECONCILIATION, Outcome.AGREES, f"The provider's list agrees with {own}.")
