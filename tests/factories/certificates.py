"""Certificates as they are stored."""

from datetime import date

from schemas.statuses import CertificateStatus
from schemas.tables import Certificate, CertificateTerm
from tests.factories.portfolios import store_portfolio
from tests.factories.season import store_rows


def store_certificate(number: str, email: str, season: str = "2022") -> None:
    """A valid certificate for a portfolio of its own, in its first term: from March 2023 through February 2026."""
    store_portfolio(f"P-{number}", email, season)
    first, last = date(2023, 3, 1), date(2026, 2, 28)
    facts = {"certificate_id": number, "season": season, "email": email, "track": "educator"}
    facts |= {"portfolio_id": f"P-{number}", "status": CertificateStatus.VALID}
    store_rows(Certificate, {**facts, "issued_on": first, "expires_on": last})
    term = {"certificate_id": number, "term_number": 1, "points": 0, "fee_cents": 0}
    store_rows(CertificateTerm, {**term, "starts_on": first, "ends_on": last})
