"""Letters about certificates: renewed, due, expired, and revoked."""

from datetime import date
from typing import Any

from rules.certificates import PaidTerm, PaymentFacts, renewal_fee, revoke, settle_payment, settle_refund
from schemas.statuses import CertificateStatus
from schemas.tables import Certificate, CertificateTerm
from tasks.certificates.issuer_keys import NO_KEY
from tests.factories.letters.example import MARCH, PERSON, Example, at
from tests.factories.season import policy

LAST_DAY = date(2026, 3, 14)


def certificate(**more: Any) -> dict[str, Any]:
    row = Certificate(certificate_id="CERT-7KQ2M4ABCD", track="educator", status=CertificateStatus.VALID)
    row.issued_on, row.expires_on = date(2023, 3, 15), date(2026, 3, 14)
    return PERSON | {"certificate": row} | more


def paid(points: int, paid_cents: int) -> dict[str, Any]:
    term = CertificateTerm(term_number=2, points=points, paid_cents=paid_cents)
    term.fee_cents = renewal_fee(points, policy().certificates).fee_cents
    found = certificate(term=term, earned_until=LAST_DAY)
    found["certificate"].expires_on = date(2029, 3, 14)
    return found


def rejected(paid_on: date, paid_cents: int) -> dict[str, Any]:
    facts = PaymentFacts(CertificateStatus.VALID, LAST_DAY, 1, 2, paid_on, paid_cents, paid_on)
    return certificate(ruling=settle_payment(facts, renewal_fee(0, policy().certificates), policy().certificates))


def refunded() -> dict[str, Any]:
    ruling = settle_refund(PaidTerm(LAST_DAY, 23500, 0), renewal_fee(120, policy().certificates), 4540)
    return certificate(ruling=ruling, refund_cents=4540, before=CertificateTerm(term_number=1, ends_on=LAST_DAY))


def refunds(*cents: int) -> dict[str, Any]:
    found = [{"certificate_id": f"CERT-7KQ2M4ABC{n}", "refund_cents": item} for n, item in enumerate(cents)]
    return {"refunds": found, "total_cents": sum(cents)}


EXAMPLES: dict[str, list[Example]] = {
    "credentials_wait": [Example("there is no key", {"reason": NO_KEY}, MARCH)],
    "expired": [Example("expired", certificate(), at(date(2026, 3, 15)))],
    "renewal_reminder": [
        Example("many points", certificate(points=120, fee_cents=18960), at(date(2025, 12, 14))),
        Example("no points", certificate(points=0, fee_cents=25000), at(date(2025, 12, 14))),
        Example("the lowest fee", certificate(points=300, fee_cents=9900), at(date(2025, 12, 14))),
    ],
    "renewed": [
        Example("paid early", paid(120, 18960), at(date(2026, 1, 10))),
        Example("the lowest fee", paid(300, 9900), at(date(2026, 3, 1))),
        Example("paid too much, early", paid(300, 10000), at(date(2026, 3, 1))),
        Example("paid too much, imported late", paid(1, 25000), at(date(2026, 3, 20))),
        Example("one point", paid(1, 24950), at(date(2026, 3, 20))),
    ],
    "payment_rejected": [
        Example("before the window", rejected(date(2025, 11, 3), 25000), at(date(2025, 11, 5))),
        Example("too little", rejected(date(2026, 3, 1), 20000), at(date(2026, 3, 2))),
    ],
    "renewal_refunded": [Example("after the term", refunded(), at(date(2026, 3, 16)))],
    "refunds_due": [
        Example("several", refunds(4550, 1000), at(date(2026, 3, 16))),
        Example("one", refunds(4550), at(date(2026, 3, 16))),
    ],
    "revoked": [
        Example("revoked", certificate(ruling=revoke(CertificateStatus.VALID, "the work was not their own")), MARCH)
    ],
}
