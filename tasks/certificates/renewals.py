"""Renewals: settled by a payment inside the window, and once more when the points of the whole term are known."""

from collections.abc import Iterator
from datetime import datetime
from functools import partial
from typing import Any, NamedTuple

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session, aliased

from rules.certificates import PaidTerm, PaymentFacts, next_term, refund_due, renewal_fee, settle_payment, settle_refund
from rules.rule_ids import RuleId
from schemas.kinds import InputKind, SubjectKind
from schemas.records import Fee, Ruling
from schemas.statuses import Outcome
from schemas.tables import Activity, Certificate, CertificateTerm, IntakeRow
from tasks.certificates.points import newest_term, points_of_term
from tasks.certificates.register import tell_holder
from tasks.core.step import step
from tasks.intake.cell_values import day
from tasks.intake.settle import accept, quarantine, settle_rows, staged_rows, supersede
from tasks.ledger.unit_of_work import Work, unit_of_work
from tasks.letters.write import write_letter


@step
def settle_renewals(season: str, as_of: datetime) -> int:
    """Renew every certificate whose fee was paid in full and in its window, or tell its holder why not; those renewed."""
    with unit_of_work(season, as_of) as work:
        rows = staged_rows(work.db, season, InputKind.RENEWAL, as_of)
        return sum(settle_rows(work, rows, lambda: partial(_settle_row, work)))


def _settle_row(work: Work, row: IntakeRow) -> bool:
    content = row.content
    certificate = work.db.get_one(Certificate, content["certificate_id"])
    number = int(content["term_number"])
    if work.db.get(CertificateTerm, (certificate.certificate_id, number)):
        supersede(row, "This term was paid before.")
        return False
    try:
        paid_on = day(content["paid_on"])
    except ValueError as error:
        quarantine(work.db, row, RuleId.CERTIFICATE_RENEWAL, f"paid_on: {error}; correct the date")
        return False
    term, paid_cents = newest_term(work.db, certificate.certificate_id), int(content["paid_cents"])
    points = points_of_term(work.db, term)
    fee = renewal_fee(points, work.policy.certificates)
    facts = (certificate.status, certificate.expires_on, term.term_number, number, paid_on, paid_cents, work.today)
    ruling = settle_payment(PaymentFacts(*facts), fee, work.policy.certificates)
    if ruling.outcome == Outcome.REJECTED:
        _reject(work, row, certificate, ruling)
        return False
    new = CertificateTerm(certificate_id=certificate.certificate_id, term_number=number, points=points)
    new.fee_cents, new.paid_cents, new.paid_on, new.refunded_cents = fee.fee_cents, paid_cents, paid_on, 0
    accept(row, fee.ruling.reason)
    _renew(work, certificate, new, fee, ruling)
    return True


def _reject(work: Work, row: IntakeRow, certificate: Certificate, ruling: Ruling) -> None:
    """Who has paid in vain is told why, and what to do."""
    quarantine(work.db, row, ruling.rule, ruling.reason)
    work.decide(SubjectKind.CERTIFICATE, certificate.certificate_id, ruling)
    tell_holder(work, certificate, "payment_rejected", f"payment-rejected/{work.cause}", ruling=ruling)


def _renew(work: Work, certificate: Certificate, new: CertificateTerm, fee: Fee, ruling: Ruling) -> None:
    before = certificate.expires_on
    term = next_term(before, work.policy.certificates)
    new.starts_on, new.ends_on = term.starts_on, term.ends_on
    certificate.expires_on = term.ends_on
    work.db.add(new)
    work.db.flush()
    key = certificate.certificate_id
    work.decide(SubjectKind.CERTIFICATE, key, fee.ruling, points=new.points, fee_cents=fee.fee_cents)
    work.decide(SubjectKind.CERTIFICATE, key, ruling, paid_cents=new.paid_cents)
    told = {"term": new, "earned_until": before}
    tell_holder(work, certificate, "renewed", f"renewed/{new.term_number}", is_renewed=True, **told)


class _Refund(NamedTuple):
    """A refund of a renewal payment, for whoever sends the money."""

    certificate_id: str
    refund_cents: int


@step
def settle_refunds(season: str, as_of: datetime) -> int:
    """Bring the fees of paid renewals in line with the points of their whole terms, and refund the difference; the refunds."""
    with unit_of_work(season, as_of) as work:
        found = [refund for paid in _unsettled(work.db, season) for refund in _settle_term(work, paid)]
        if found:
            total = sum(refund.refund_cents for refund in found)
            key, to = f"refunds/{work.as_of.isoformat()}", work.policy.letters.operators
            write_letter(work, key, "refunds_due", to, refunds=found, total_cents=total)
    return len(found)


class _Paid(NamedTuple):
    """A term that was paid, the term before it, and the points that were earned in that one."""

    term: CertificateTerm
    certificate: Certificate
    before: CertificateTerm
    points: int


def _unsettled(db: Session, season: str) -> list[_Paid]:
    """Every paid term whose points have grown, or of whose payment more than the fee is left."""
    before = aliased(CertificateTerm)
    earned = select(func.coalesce(func.sum(Activity.points), 0)).where(
        Activity.certificate_id == before.certificate_id, Activity.done_on.between(before.starts_on, before.ends_on)
    )
    points = earned.correlate(before).scalar_subquery()
    follows = before.certificate_id == CertificateTerm.certificate_id
    query = (
        select(CertificateTerm, Certificate, before, points)
        .join(Certificate, Certificate.certificate_id == CertificateTerm.certificate_id)
        .join(before, follows & (before.term_number == CertificateTerm.term_number - 1))
        .where(Certificate.season == season)
    )
    is_over = CertificateTerm.paid_cents - CertificateTerm.refunded_cents > CertificateTerm.fee_cents
    found = query.where(or_(points != CertificateTerm.points, is_over))
    rows = db.execute(found.order_by(CertificateTerm.certificate_id, CertificateTerm.term_number))
    return [_Paid(*row) for row in rows.tuples()]


def _settle_term(work: Work, paid_term: _Paid) -> Iterator[_Refund]:
    term, certificate, before, points = paid_term
    fee = renewal_fee(points, work.policy.certificates)
    with work.because(f"points/{term.term_number}/{work.as_of.isoformat()}"):
        if points != term.points:
            term.points, term.fee_cents = points, fee.fee_cents
            facts = {"points": points, "fee_cents": fee.fee_cents}
            work.decide(SubjectKind.CERTIFICATE, certificate.certificate_id, fee.ruling, **facts)
        paid = PaidTerm(before.ends_on, term.paid_cents, term.refunded_cents)
        refund_cents = refund_due(paid, fee, work.today, work.policy.certificates)
        if refund_cents:
            ruling = settle_refund(paid, fee, refund_cents)
            term.refunded_cents += refund_cents
            work.decide(SubjectKind.CERTIFICATE, certificate.certificate_id, ruling, refund_cents=refund_cents)
            told: dict[str, Any] = {"ruling": ruling, "refund_cents": refund_cents, "before": before}
            key = f"refunded/{term.term_number}/{term.refunded_cents}"
            tell_holder(work, certificate, "renewal_refunded", key, **told)
            yield _Refund(certificate.certificate_id, refund_cents)
