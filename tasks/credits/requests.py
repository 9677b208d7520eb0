"""Graduate credits: opt-ins become requests, and what was refused or ended can be requested again under a new key."""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

from sqlalchemy import select

from rules.academy import chosen_hours
from rules.credits import (
    academy_credits,
    certification_credits,
    endorsement_note,
    opt_in_again,
    reject_stranger,
    request_again,
)
from schemas.kinds import InputKind, SubjectKind
from schemas.records import Component, Fee
from schemas.statuses import CertificateStatus, CreditStatus, OutboxKind, Outcome
from schemas.tables import Certificate, CreditRequest, Educator, IntakeRow, Selection
from tasks.core.step import step
from tasks.credits.request_rows import newest_request
from tasks.intake.cell_values import moment
from tasks.intake.settle import accept, quarantine, settle_rows, staged_rows, supersede
from tasks.ledger.persons import current_address
from tasks.ledger.unit_of_work import OperatorError, Work, unit_of_work
from tasks.letters.outbox import queue
from tasks.letters.write import write_letter


@step
def settle_opt_ins(season: str, as_of: datetime) -> int:
    """Turn the staged opt-ins into transcript requests, or tell the participant why not; the requests made."""
    with unit_of_work(season, as_of) as work:
        rows = staged_rows(work.db, season, InputKind.CREDIT, as_of)
        return sum(settle_rows(work, rows, lambda: partial(_settle, work)))


def _settle(work: Work, row: IntakeRow) -> bool:
    email, component = row.content["email"], Component(row.content["component"])
    person = work.db.get(Educator, (work.season, email))
    if person is None:
        ruling = reject_stranger()
        quarantine(work.db, row, ruling.rule, ruling.reason)
        return False
    last = newest_request(work.db, work.season, email, component)
    if last:
        again = opt_in_again(last.status, last.answered_at, _opted_in_at(work, row))
        if again.outcome == Outcome.REJECTED:
            supersede(row, again.reason)
            return False
        work.decide(SubjectKind.CREDIT, f"{email}/{component}", again)
    return _request(work, row, person, component, last)


def _request(work: Work, row: IntakeRow, person: Educator, component: Component, last: CreditRequest | None) -> bool:
    email, asked = person.email, int(row.content["credits"])
    fee = _fee(work, email, component, asked)
    work.decide(
        SubjectKind.CREDIT, f"{email}/{component}", fee.ruling, credits=row.content["credits"], fee_cents=fee.fee_cents
    )
    if fee.ruling.outcome == Outcome.REJECTED:
        quarantine(work.db, row, fee.ruling.rule, fee.ruling.reason)
        key = f"credit-refused/{email}/{component}/{work.cause}"
        write_letter(work, key, "credit_refused", email, person=person, reason=fee.ruling.reason, is_final=True)
        return False
    _store(work, person, Asked(component, asked, fee, last))
    accept(row, fee.ruling.reason)
    return True


def _opted_in_at(work: Work, row: IntakeRow) -> datetime | None:
    """When the participant opted in, as the row says it; none where it says no such moment."""
    try:
        return moment(row.content.get("opted_in_at") or "", work.policy, row.source.zone)
    except (ValueError, OverflowError):
        return None


def _fee(work: Work, email: str, component: Component, asked: int) -> Fee:
    credits_policy = work.policy.credits
    if component is Component.CERTIFICATION:
        query = select(Certificate).where(Certificate.season == work.season, Certificate.email == email)
        held = work.db.scalar(query.where(Certificate.status == CertificateStatus.VALID).limit(1))
        return certification_credits(asked, held is not None, credits_policy)
    done = work.db.scalars(
        select(Selection.course).where(
            Selection.season == work.season, Selection.email == email, Selection.completed_on.is_not(None)
        )
    )
    hours = chosen_hours(list(done), work.policy.academy)
    return academy_credits(asked, hours, work.policy.academy.hours_per_credit, credits_policy)


@dataclass(frozen=True, slots=True)
class Asked:
    """What is requested, for what fee, and what was requested before, if anything."""

    component: Component
    credits: int
    fee: Fee
    last: CreditRequest | None


def _store(work: Work, person: Educator, asked: Asked) -> None:
    component = asked.component
    request = CreditRequest(season=work.season, email=person.email, component=component.value)
    request.request_number = asked.last.request_number + 1 if asked.last else 1
    request.request_key = key_of(request)
    request.credits, request.fee_cents = asked.credits, asked.fee.fee_cents
    request.status, request.requested_at = CreditStatus.PENDING, work.as_of
    work.db.add(request)
    payload = {
        "season": work.season,
        "email": current_address(work.db, person.email),
        "name": f"{person.first_name} {person.last_name}",
        "component": component.value,
        "credits": asked.credits,
        "fee_cents": asked.fee.fee_cents,
        "paid_by": "participant",
    }
    queue(work.db, work.season, OutboxKind.TRANSCRIPT, work.as_of, {request.request_key: payload})
    note = endorsement_note(component, asked.credits, work.policy.credits)
    letter: dict[str, Any] = {"person": person, "request": request, "note": note}
    write_letter(work, f"credit-requested/{request.line}", "credit_requested", person.email, **letter)


def key_of(request: CreditRequest) -> str:
    """The idempotency key of a request: the same for the same request, of plain letters, and without an address in it."""
    whose = hashlib.sha256(f"{request.season}/{request.email}".encode()).hexdigest()[:20]
    return f"{request.season}/transcript/{request.component}/{whose}/{request.request_number}"


@step
def request_credits_again(
    season: str, email: str, component: str, reason: str, *, requested_by: str, as_of: datetime
) -> int:
    """Request the same credits again under a new key, after a refusal or an ending; its number.

    Raises:
        OperatorError: nothing was requested before, or the request has not ended, or the participant may not have them now.
    """
    with unit_of_work(season, as_of) as work:
        last = newest_request(work.db, season, email, component)
        if last is None:
            raise OperatorError("This participant has requested no such credits; check the address and the component.")
        if last.request_number > 1 and last.requested_at == as_of:  # a repeated run
            return last.request_number
        ruling = request_again(last.status, reason)
        work.require_allowed(SubjectKind.CREDIT, f"{email}/{component}", ruling, requested_by=requested_by)
        fee = _fee(work, email, Component(component), last.credits)
        work.require_allowed(
            SubjectKind.CREDIT, f"{email}/{component}", fee.ruling, credits=last.credits, fee_cents=fee.fee_cents
        )
        person = work.db.get_one(Educator, (season, email))
        _store(work, person, Asked(Component(component), last.credits, fee, last))
        return last.request_number + 1
