"""How long a certificate is valid and what its renewal costs. Source: FAQ III, three years, $99 to $250."""

from datetime import date, timedelta

from dateutil.relativedelta import relativedelta

from rules.rule_ids import RuleId
from schemas.policy import Certificates
from schemas.records import Fee, Ruling, Term


def valid_term(starts_on: date, certificates: Certificates) -> Term:
    """Three years to the day: a certificate of March 1 is valid through the last day of February."""
    return Term(starts_on, starts_on + relativedelta(years=certificates.valid_years) - timedelta(days=1))


def next_term(current_ends_on: date, certificates: Certificates) -> Term:
    """The term that a renewal adds, from the day after the current one."""
    return valid_term(current_ends_on + timedelta(days=1), certificates)


def renewal_fee(points: int, certificates: Certificates) -> Fee:
    """The fee in cents: from the highest at no points straight down to the lowest at full points.

    Raises:
        ValueError: the points are negative.
    """
    if points < 0:
        raise ValueError(f"points cannot be negative: {points}")
    span = certificates.renewal_maximum_fee_cents - certificates.renewal_minimum_fee_cents
    counted = min(points, certificates.points_for_minimum_fee)
    cents = certificates.renewal_maximum_fee_cents - span * counted // certificates.points_for_minimum_fee
    reason = f"{points} points make a renewal fee of ${cents / 100:.2f}."
    return Fee(cents, Ruling(RuleId.RENEWAL_FEE, "fee", reason))


def renewal_step(expires_on: date, status: str, has_paid: bool, day: date, certificates: Certificates) -> Ruling | None:
    """What happens to a certificate today: renewed once paid, expired after its last day, reminded before, or nothing."""
    if status != "valid":
        return None
    if has_paid:
        until = next_term(expires_on, certificates).ends_on
        return Ruling(
            RuleId.CERTIFICATE_RENEWAL, "renewed", f"The renewal was paid; the certificate is valid until {until}."
        )
    if day > expires_on:
        return Ruling(
            RuleId.CERTIFICATE_RENEWAL, "expired", f"The certificate was valid until {expires_on} and was not renewed."
        )
    days_left = (expires_on - day).days
    if days_left <= max(certificates.reminder_days_before):
        return Ruling(
            RuleId.CERTIFICATE_RENEWAL, "reminded", f"The certificate expires on {expires_on}; it can be renewed now."
        )
    return None


def revoke(status: str, reason: str) -> Ruling:
    """Whether a certificate may be revoked: any that is not yet, with a reason; it can never be renewed. Source: ruling."""
    if status == "revoked":
        return Ruling(RuleId.CERTIFICATE_REVOKED, "rejected", "The certificate is revoked already.")
    if not reason.strip():
        return Ruling(
            RuleId.CERTIFICATE_REVOKED, "rejected", "To revoke a certificate needs a reason; it stays on record."
        )
    return Ruling(RuleId.CERTIFICATE_REVOKED, "revoked", f"The certificate is revoked: {reason.strip()}.")
