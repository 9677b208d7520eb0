"""Letters about certificates: renewed, due, expired, and revoked."""

from datetime import date
from typing import Any

from rules.certificates import revoke
from schemas.statuses import CertificateStatus
from schemas.tables import Certificate
from tasks.certificates.issuer_keys import NO_KEY
from tests.factories.letters.example import MARCH, PERSON, Example, at


def certificate(**more: Any) -> dict[str, Any]:
    row = Certificate(certificate_id="CERT-7KQ2M4ABCD", track="educator", status=CertificateStatus.VALID)
    row.issued_on, row.expires_on = date(2023, 3, 15), date(2026, 3, 14)
    return PERSON | {"certificate": row} | more


EXAMPLES: dict[str, list[Example]] = {
    "credentials_wait": [Example("there is no key", {"reason": NO_KEY}, MARCH)],
    "expired": [Example("expired", certificate(), at(date(2026, 3, 15)))],
    "renewal_reminder": [
        Example("many points", certificate(points=120, fee_cents=18960), at(date(2025, 12, 14))),
        Example("no points", certificate(points=0, fee_cents=25000), at(date(2025, 12, 14))),
        Example("the lowest fee", certificate(points=300, fee_cents=9900), at(date(2025, 12, 14))),
    ],
    "renewed": [
        Example("many points", certificate(points=300, fee_cents=9900), at(date(2026, 3, 1))),
        Example("one point", certificate(points=1, fee_cents=24950), at(date(2026, 3, 1))),
    ],
    "revoked": [
        Example("revoked", certificate(ruling=revoke(CertificateStatus.VALID, "the work was not their own")), MARCH)
    ],
}
