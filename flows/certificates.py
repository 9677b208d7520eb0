"""Certificates: renewal, and revocation."""

from datetime import datetime

from prefect import flow

from schemas.kinds import InputKind
from schemas.records import SeasonPart, Tally
from tasks.certificates.register import apply_revocation, remind_and_expire, settle_activities
from tasks.certificates.renewals import settle_refunds, settle_renewals
from tasks.core.clock import moment_of_run
from tasks.intake.inbox import InboxPath
from tasks.intake.pipeline import stage_files
from tasks.intake.validation_report import publish_validation
from tasks.season.control_totals import check_control_totals
from tasks.season.guard import acts_in


@flow(name="renew-certificates")
@acts_in(SeasonPart.CERTIFICATES)
def renew_certificates(
    season: str,
    as_of: datetime | None = None,
    activities: list[InboxPath] | None = None,
    payments: list[InboxPath] | None = None,
) -> list[Tally]:
    """Renew certificates: count points, renew what was paid, refund what a whole term's points save, remind, and expire.

    Owner: program staff
    Impact: a certificate lapses without a reminder.
    Rerun: safe at any time; what was done is found done, and nothing is sent twice.
    First triage step: look at the quarantined payments; each names the fee or the days.
    """
    moment = moment_of_run(as_of)
    stage_files(season, InputKind.ACTIVITY, moment, activities)
    stage_files(season, InputKind.RENEWAL, moment, payments)
    settle_activities(season, moment)
    settle_renewals(season, moment)
    settle_refunds(season, moment)
    remind_and_expire(season, moment)
    publish_validation(season, moment, InputKind.ACTIVITY, InputKind.RENEWAL)
    return check_control_totals(season, "activity", "renewal", "certificates")


@flow(name="revoke-certificate")
@acts_in(SeasonPart.CERTIFICATES)
def revoke_certificate(
    season: str, certificate_id: str, reason: str, requested_by: str, as_of: datetime | None = None
) -> list[Tally]:
    """Revoke a certificate (manual action), with a reason; its credential stands on the list of those revoked.

    Owner: program staff
    Impact: only this certificate; it can never be renewed.
    Rerun: safe; a revoked certificate stays so.
    First triage step: check the number of the certificate.
    """
    moment = moment_of_run(as_of)
    apply_revocation(season, certificate_id, reason, requested_by, moment)
    return check_control_totals(season, "certificates")
