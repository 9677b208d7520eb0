"""Certificates: issued or withdrawn by a result, reminded of and expired by the calendar, revoked by an operator."""

import base64
import hashlib
from collections.abc import Collection
from datetime import datetime
from functools import partial
from typing import Any

from sqlalchemy import select

from rules.certificates import (
    count_activity,
    goes_with_result,
    reminder_mark,
    renewal_fee,
    renewal_step,
    revoke,
    settle_result,
    valid_term,
)
from schemas.kinds import InputKind, SubjectKind
from schemas.records import Ruling, Term
from schemas.statuses import CertificateStatus, Outcome
from schemas.tables import Activity, Certificate, CertificateTerm, Educator, IntakeRow, Portfolio
from tasks.certificates.points import newest_term, points_of_term
from tasks.core.step import step
from tasks.intake.cell_values import day
from tasks.intake.settle import accept, quarantine, settle_rows, staged_rows, supersede
from tasks.ledger.unit_of_work import OperatorError, Work, unit_of_work
from tasks.letters.outbox import keys_written
from tasks.letters.write import send_with_credential


def certificate_id_of(portfolio_id: str) -> str:
    """The number on the certificate; made from the portfolio's id, so that a repeated run gives the same."""
    digest = hashlib.sha256(f"certificate/{portfolio_id}".encode()).digest()
    return f"CERT-{base64.b32encode(digest)[:10].decode()}"


def keep_certificate(work: Work, portfolio_id: str, result: Ruling) -> Certificate | None:
    """Bring the certificate consistent with the newest result, which stands: issue, restore or withdraw it."""
    certificate = work.db.get(Certificate, certificate_id_of(portfolio_id))
    portfolio = work.db.get_one(Portfolio, portfolio_id)
    is_certified, term = result.outcome == Outcome.CERTIFIED, valid_term(work.today, work.policy.certificates)
    ruling = settle_result(certificate.status if certificate else None, is_certified, portfolio.track, term)
    if ruling:
        certificate = _apply(certificate or _new(work, portfolio, term), ruling)
        work.decide(SubjectKind.CERTIFICATE, certificate.certificate_id, ruling)
    return certificate if certificate and goes_with_result(certificate.status, is_certified) else None


def _apply(certificate: Certificate, ruling: Ruling) -> Certificate:
    is_withdrawn = ruling.outcome == Outcome.WITHDRAWN
    certificate.status = CertificateStatus.WITHDRAWN if is_withdrawn else CertificateStatus.VALID
    return certificate


def _new(work: Work, portfolio: Portfolio, term: Term) -> Certificate:
    certificate_id = certificate_id_of(portfolio.portfolio_id)
    certificate = Certificate(certificate_id=certificate_id, season=work.season, status=CertificateStatus.VALID)
    certificate.email, certificate.track = portfolio.email, portfolio.track
    certificate.portfolio_id = portfolio.portfolio_id
    certificate.issued_on, certificate.expires_on = term.starts_on, term.ends_on
    first = CertificateTerm(certificate_id=certificate_id, term_number=1, points=0, fee_cents=0)
    first.starts_on, first.ends_on = term.starts_on, term.ends_on
    work.db.add(certificate)
    work.db.flush()
    work.db.add(first)
    return certificate


@step
def settle_activities(season: str, as_of: datetime) -> int:
    """Add the points of the staged activities to their certificates; the activities added."""
    with unit_of_work(season, as_of) as work:
        rows = staged_rows(work.db, season, InputKind.ACTIVITY, as_of)
        return sum(settle_rows(work, rows, lambda: partial(_settle_activity, work)))


def _settle_activity(work: Work, row: IntakeRow) -> bool:
    content = row.content
    certificate = work.db.get_one(Certificate, content["certificate_id"])
    try:
        done_on = day(content["done_on"])
    except ValueError as error:
        quarantine(work.db, row, "AC-004", f"done_on: {error}; correct the date")
        return False
    key = (certificate.certificate_id, content["activity"], done_on)
    if work.db.get(Activity, key):
        supersede(row, "This activity is on record already.")
        return False
    points = work.policy.certificates.activities[content["activity"]]
    ruling = count_activity(done_on, certificate.issued_on, certificate.expires_on, work.today, points)
    if ruling.outcome == Outcome.REJECTED:
        quarantine(work.db, row, ruling.rule, ruling.reason)
        return False
    activity = Activity(certificate_id=certificate.certificate_id, activity=content["activity"], done_on=done_on)
    activity.points = points
    work.db.add(activity)
    work.db.flush()
    accept(row, ruling.reason)
    return True


@step
def remind_and_expire(season: str, as_of: datetime) -> int:
    """Expire certificates after their last day, and remind their holders before it; the certificates expired."""
    expired = 0
    with unit_of_work(season, as_of) as work:
        query = select(Certificate).where(Certificate.season == season, Certificate.status == CertificateStatus.VALID)
        told = keys_written(work.db, season, "certificate/")
        for certificate in work.db.scalars(query.order_by(Certificate.certificate_id)):
            ruling = renewal_step(certificate.expires_on, certificate.status, work.today, work.policy.certificates)
            if ruling and ruling.outcome == Outcome.EXPIRED:
                certificate.status = CertificateStatus.EXPIRED
                work.decide(SubjectKind.CERTIFICATE, certificate.certificate_id, ruling)
                tell_holder(work, certificate, "expired", "expired")
                expired += 1
            elif ruling:
                _remind(work, certificate, told)
    return expired


@step
def apply_revocation(season: str, certificate_id: str, reason: str, requested_by: str, as_of: datetime) -> str:
    """Revoke a certificate; its credential stands on the list of those revoked from then on. The reason as it is recorded.

    Raises:
        OperatorError: there is no such certificate, or no reason.
    """
    with unit_of_work(season, as_of) as work:
        certificate = work.db.get(Certificate, certificate_id)
        if certificate is None or certificate.season != season:
            raise OperatorError(f"There is no certificate {certificate_id} in season {season}; check its number.")
        if certificate.status == CertificateStatus.REVOKED:  # a repeated run
            return f"{certificate_id} is revoked."
        ruling = revoke(certificate.status, reason)
        work.require_allowed(SubjectKind.CERTIFICATE, certificate_id, ruling, requested_by=requested_by)
        certificate.status = CertificateStatus.REVOKED
        tell_holder(work, certificate, "revoked", "revoked", ruling=ruling)
    return ruling.reason


def _remind(work: Work, certificate: Certificate, told: Collection[str]) -> None:
    mark = reminder_mark(certificate.expires_on, work.today, work.policy.certificates)
    occasion = f"reminded/{certificate.expires_on}/{mark}"
    if f"certificate/{certificate.certificate_id}/{occasion}" in told:
        return
    points = points_of_term(work.db, newest_term(work.db, certificate.certificate_id))
    fee = renewal_fee(points, work.policy.certificates)
    tell_holder(work, certificate, "renewal_reminder", occasion, fee_cents=fee.fee_cents, points=points)


def tell_holder(
    work: Work, certificate: Certificate, template: str, occasion: str, *, is_renewed: bool = False, **context: Any
) -> None:
    """Write to the holder of a certificate; with its signed credential where it has just been renewed."""
    person = work.db.get_one(Educator, (work.season, certificate.email))
    key = f"certificate/{certificate.certificate_id}/{occasion}"
    credential = certificate.certificate_id if is_renewed else ""
    told = {"person": person, "certificate": certificate, **context}
    send_with_credential(work, key, template, person.email, certificate_id=credential, **told)
