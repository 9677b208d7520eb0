"""Revoke a certificate, by hand, with a reason; its credential stands on the list of those revoked."""

from datetime import datetime

from prefect import flow

from schemas.records import SeasonPart, Tally
from tasks.certificates import revoke_by_hand
from tasks.clock import moment_of_run
from tasks.conservation import check_conservation
from tasks.season_guard import acts_in


@flow(name="revoke-certificate")
@acts_in(SeasonPart.CERTIFICATES)
def revoke_certificate(
    season: str, certificate_id: str, reason: str, requested_by: str, as_of: datetime | None = None
) -> list[Tally]:
    """Revoke a certificate, by hand, with a reason; its credential stands on the list of those revoked.

    Owner: program staff
    Impact: only this certificate; it can never be renewed.
    Rerun: safe; a revoked certificate stays so.
    First triage step: check the number of the certificate.
    """
    moment = moment_of_run(as_of)
    revoke_by_hand(season, certificate_id, reason, requested_by, moment)
    return check_conservation(season, "certificates")
