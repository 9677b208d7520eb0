"""When a certificate stands, how long it is valid, and what its renewal costs. Source: FAQ III, three years, $99 to $250."""

from dataclasses import dataclass
from datetime import date, timedelta

from dateutil.relativedelta import relativedelta

from rules.rule_ids import RuleId
from rules.wording import because, count, money
from schemas.policy import Certificates
from schemas.records import Fee, Ruling, Term
from schemas.statuses import CertificateStatus, Outcome


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
    reason = f"With {count(points, 'point')}, the renewal fee is {money(cents)}."
    return Fee(cents, Ruling(RuleId.RENEWAL_FEE, Outcome.FEE, reason))


@dataclass(frozen=True, slots=True)
class PaymentFacts:
    """A payment for the next term of a certificate, in cents, how the certificate stands, and the day it is looked at."""

    status: str
    expires_on: date
    newest_term: int
    term_paid: int
    paid_on: date
    paid_cents: int
    today: date


def renewal_window(expires_on: date, certificates: Certificates) -> Term:
    """The days on which a renewal is paid: the policy's last days of the term."""
    return Term(expires_on - timedelta(days=certificates.renewal_window_days), expires_on)


def settle_payment(payment: PaymentFacts, fee: Fee, certificates: Certificates) -> Ruling:
    """Whether a payment renews a certificate: one that is valid, for its next term, in its renewal window, and in full.

    Source: FAQ III, $99 to $250; ruling on renewal, a payment date lies inside the renewal window.
    """
    due, paid = payment.newest_term + 1, f"{money(payment.paid_cents)} was paid"
    window = renewal_window(payment.expires_on, certificates)
    open_days = f"from {window.starts_on} through {window.ends_on}"
    checks = (
        (
            payment.status != CertificateStatus.VALID,
            f"The certificate is {payment.status} and cannot be renewed; ask program staff.",
        ),
        (
            payment.term_paid != due,
            f"The next term to pay is {due}, and the payment is for term {payment.term_paid}; ask program staff.",
        ),
        (
            payment.paid_on > payment.today,
            f"The payment is dated {payment.paid_on}, which is still to come; check the date and send it again.",
        ),
        (
            payment.paid_on < window.starts_on,
            f"The payment came before the renewal window and is returned. Pay {open_days}.",
        ),
        (
            payment.paid_on > window.ends_on,
            f"The payment came after the last day, {window.ends_on}, and is returned; ask program staff.",
        ),
        (
            payment.paid_cents < fee.fee_cents,
            f"{paid}, which is less than the fee. {fee.ruling.reason} Pay the whole fee by {window.ends_on}.",
        ),
    )
    rejection = next((reason for applies, reason in checks if applies), "")
    if rejection:
        return Ruling(RuleId.CERTIFICATE_RENEWAL, Outcome.REJECTED, rejection)
    until = next_term(payment.expires_on, certificates).ends_on
    reason = f"The renewal was paid; the certificate is valid through {until}."
    return Ruling(RuleId.CERTIFICATE_RENEWAL, Outcome.RENEWED, reason)


@dataclass(frozen=True, slots=True)
class PaidTerm:
    """A renewal that was paid: the last day on which its points are earned, and its money in cents."""

    earned_until: date
    paid_cents: int
    refunded_cents: int


def refund_due(paid: PaidTerm, fee: Fee, today: date, certificates: Certificates) -> int:
    """What is to be refunded of a payment today, in cents; ``fee`` is by all points of the term that are on record.

    Source: ruling on renewal, the points of the whole term count, also those earned after an early payment.
    """
    if certificates.early_payment == "settle_at_term_end" and today <= paid.earned_until:
        return 0
    return max(paid.paid_cents - paid.refunded_cents - fee.fee_cents, 0)


def settle_refund(paid: PaidTerm, fee: Fee, refund_cents: int) -> Ruling:
    """What the holder of a certificate is told of a refund. Source: ruling on renewal."""
    before = f", and {money(paid.refunded_cents)} of it was refunded before" if paid.refunded_cents else ""
    reason = f"{fee.ruling.reason} {money(paid.paid_cents)} was paid{before}; {money(refund_cents)} is refunded."
    return Ruling(RuleId.RENEWAL_REFUND, Outcome.REFUNDED, reason)


def renewal_step(expires_on: date, status: str, day: date, certificates: Certificates) -> Ruling | None:
    """What happens to a certificate that is not paid for today: expired after its last day, reminded before, or nothing."""
    if status != CertificateStatus.VALID:
        return None
    if day > expires_on:
        reason = f"The certificate was valid through {expires_on} and was not renewed."
        return Ruling(RuleId.CERTIFICATE_RENEWAL, Outcome.EXPIRED, reason)
    if reminder_mark(expires_on, day, certificates) is not None:
        reason = f"The certificate expires on {expires_on}; it can be renewed now."
        return Ruling(RuleId.CERTIFICATE_RENEWAL, Outcome.REMINDED, reason)
    return None


def reminder_mark(expires_on: date, day: date, certificates: Certificates) -> int | None:
    """Which of the policy's reminders, in days before the last day, is the newest that is due; none before the first."""
    days_left = (expires_on - day).days
    return min((mark for mark in certificates.reminder_days_before if days_left <= mark), default=None)


def count_activity(done_on: date, issued_on: date, expires_on: date, today: date, points: int) -> Ruling:
    """Whether an activity counts toward the renewal: done, and while the certificate is valid. Source: FAQ III, points."""
    if done_on > today:
        reason = f"The activity is dated {done_on}, which is still to come; send it again when it is done."
        return Ruling(RuleId.ACTIVITY_IN_TERM, Outcome.REJECTED, reason)
    if not issued_on <= done_on <= expires_on:
        reason = (
            f"The certificate is valid from {issued_on} through {expires_on}; activities on other days do not count."
        )
        return Ruling(RuleId.ACTIVITY_IN_TERM, Outcome.REJECTED, reason)
    counts = count(points, "point counts", "points count")
    return Ruling(RuleId.ACTIVITY_IN_TERM, Outcome.ACCEPTED, f"{counts} toward the renewal.")


def settle_result(status: str | None, is_certified: bool, track: str, term: Term) -> Ruling | None:
    """What the newest result of a portfolio does to its certificate (``status``, or none yet): issued, restored, withdrawn.

    ``term`` is that of a certificate issued today. A revoked certificate stays revoked. Source: ruling on re-reviews.
    """
    if is_certified and status is None:
        reason = f"Certified for the {track} track; valid from {term.starts_on} through {term.ends_on}."
        return Ruling(RuleId.CERTIFICATE_VALIDITY, Outcome.ISSUED, reason)
    if is_certified and status == CertificateStatus.WITHDRAWN:
        reason = "The newest review certified the portfolio again; the certificate is valid again."
        return Ruling(RuleId.NEWEST_RESULT_STANDS, Outcome.RESTORED, reason)
    if not is_certified and status == CertificateStatus.VALID:
        reason = "The newest review did not certify the portfolio; the certificate is withdrawn."
        return Ruling(RuleId.NEWEST_RESULT_STANDS, Outcome.WITHDRAWN, reason)
    return None


def goes_with_result(status: str | None, is_certified: bool) -> bool:
    """Whether the certificate goes with the letter that tells the result."""
    return is_certified and status is not None and status != CertificateStatus.REVOKED


def revoke(status: str, reason: str) -> Ruling:
    """Whether a certificate may be revoked: any that is not yet, with a reason; it can never be renewed. Source: ruling."""
    rule = RuleId.CERTIFICATE_REVOKED
    if status == CertificateStatus.REVOKED:
        return Ruling(rule, Outcome.REJECTED, "The certificate is revoked already.")
    if not reason.strip():
        return Ruling(rule, Outcome.REJECTED, "A revocation needs a reason; it stays on record.")
    return Ruling(rule, Outcome.REVOKED, f"The certificate is revoked. {because(reason)}")
