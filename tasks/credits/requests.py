"""Graduate credits: opt-ins become requests, requests go to the provider once, and their state is looked up."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import httpx
from prefect.concurrency.sync import concurrency
from sqlalchemy import select
from sqlalchemy.orm import Session

from rules.academy import chosen_hours
from rules.credits import (
    academy_credits,
    certification_credits,
    endorsement_note,
    reject_stranger,
    settle_refusal,
    status_after_answer,
)
from schemas.records import Component, Fee
from schemas.settings import settings
from schemas.statuses import (
    CertificateStatus,
    CreditStatus,
    OutboxKind,
    OutboxStatus,
    Outcome,
    TranscriptStatus,
)
from schemas.tables import Certificate, CreditRequest, Educator, IntakeRow, Outbox, Selection
from tasks.core.database import batches, reading
from tasks.core.policies import policy_of
from tasks.core.step import step
from tasks.credits.provider import (
    CONCURRENCY_LIMIT,
    ProviderAnswer,
    look_up_transcript,
    open_client,
    provider_token,
    request_transcript,
)
from tasks.intake.settle import accept, quarantine, settle_rows, staged_rows, supersede
from tasks.ledger.unit_of_work import Work, unit_of_work
from tasks.letters.outbox import pending_keys, queue
from tasks.letters.write import write_letter

BATCH_REQUESTS = 25


@step
def settle_opt_ins(season: str, as_of: datetime) -> int:
    """Turn the staged opt-ins into transcript requests, or tell the participant why not; the requests made."""
    with unit_of_work(season, as_of) as work:
        rows = staged_rows(work.db, season, "credit", as_of)
        return sum(settle_rows(work, rows, lambda: partial(_settle, work)))


def _settle(work: Work, row: IntakeRow) -> bool:
    email, component = row.content["email"], Component(row.content["component"])
    person = work.db.get(Educator, (work.season, email))
    if person is None:
        ruling = reject_stranger()
        quarantine(work.db, row, ruling.rule, ruling.reason)
        return False
    if work.db.get(CreditRequest, (work.season, email, component.value)):
        supersede(row, "These credits were requested before.")
        return False
    fee = _fee(work, email, component, int(row.content["credits"]))
    work.decide("credit", f"{email}/{component}", fee.ruling, credits=row.content["credits"], fee_cents=fee.fee_cents)
    if fee.ruling.outcome == Outcome.REJECTED:
        quarantine(work.db, row, fee.ruling.rule, fee.ruling.reason)
        key = f"credit-refused/{email}/{component}/{row.source.file_hash[:12]}"
        write_letter(work, key, "credit_refused", email, person=person, reason=fee.ruling.reason)
        return False
    _store(work, person, component, int(row.content["credits"]), fee)
    accept(row, fee.ruling.reason)
    return True


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


def _store(work: Work, person: Educator, component: Component, number: int, fee: Fee) -> None:
    key = f"{work.season}/transcript/{person.email}/{component}"
    request = CreditRequest(season=work.season, email=person.email, component=component.value, request_key=key)
    request.credits, request.fee_cents = number, fee.fee_cents
    request.status, request.requested_at = CreditStatus.PENDING, work.as_of
    work.db.add(request)
    payload = {
        "season": work.season,
        "email": person.email,
        "name": f"{person.first_name} {person.last_name}",
        "component": component.value,
        "credits": number,
        "fee_cents": fee.fee_cents,
        "paid_by": "participant",
    }
    queue(work.db, work.season, OutboxKind.TRANSCRIPT, work.as_of, {key: payload})
    note = endorsement_note(work.policy.credits) if component is Component.CERTIFICATION else ""
    letter: dict[str, Any] = {"person": person, "request": request, "note": note}
    write_letter(work, f"credit-requested/{person.email}/{component}", "credit_requested", person.email, **letter)


@step
def send_transcript_requests(season: str, as_of: datetime) -> int:
    """Send every waiting request to the provider under its key, and record each answer; the requests answered."""
    keys = pending_keys(season, OutboxKind.TRANSCRIPT, as_of)
    if not keys:
        return 0
    with concurrency(CONCURRENCY_LIMIT, strict=True), open_client(provider_token(settings())) as client:
        return sum(_send_batch(client, season, as_of, batch) for batch in batches(keys, BATCH_REQUESTS))


def _send_batch(client: httpx.Client, season: str, as_of: datetime, keys: Sequence[str]) -> int:
    """Ask outside of any transaction, then record: a crash in between asks again with the same keys."""
    with reading() as db:
        payloads = {
            row.message_key: row.payload for row in db.scalars(select(Outbox).where(Outbox.message_key.in_(keys)))
        }
    answers = {key: request_transcript(client, key, payloads[key]) for key in keys}
    with unit_of_work(season, as_of) as work:
        for key, answer in answers.items():
            _record_answer(work, key, answer)
    return len(answers)


def _record_answer(work: Work, key: str, answer: ProviderAnswer) -> None:
    row = work.db.get_one(Outbox, key)
    row.attempts += 1
    is_refused = answer.status == TranscriptStatus.REFUSED
    row.status = OutboxStatus.FAILED if is_refused else OutboxStatus.SENT
    row.answer, row.answered_at = answer.reason or answer.reference, work.as_of
    request = _by_key(work.db, key)
    request.status = CreditStatus.REFUSED if is_refused else CreditStatus.REQUESTED
    request.provider_reference, request.reason = answer.reference, answer.reason
    if is_refused:
        _tell_refused(work, request)


def _by_key(db: Session, key: str) -> CreditRequest:
    return db.scalars(select(CreditRequest).where(CreditRequest.request_key == key)).one()


def _tell_refused(work: Work, request: CreditRequest) -> None:
    request.answered_at = work.as_of
    person = work.db.get_one(Educator, (work.season, request.email))
    reason = settle_refusal(request.reason).reason
    key = f"credit-refused/{request.request_key}"
    write_letter(work, key, "credit_refused", request.email, person=person, reason=reason)


@step
def look_up_requests(season: str, as_of: datetime) -> int:
    """Look up the requests that the provider had a day or more to work on; the transcripts found sent."""
    policy = policy_of(season)
    before = as_of - timedelta(days=policy.credits.poll_after_days)
    with reading() as db:
        query = select(CreditRequest).where(CreditRequest.season == season, CreditRequest.requested_at <= before)
        query = query.where(CreditRequest.status == CreditStatus.REQUESTED).order_by(CreditRequest.request_key)
        waiting = list(db.scalars(query))
    if not waiting:
        return 0
    with concurrency(CONCURRENCY_LIMIT, strict=True), open_client(provider_token(settings())) as client:
        answers = {row.request_key: look_up_transcript(client, row.provider_reference) for row in waiting}
    with unit_of_work(season, as_of) as work:
        return sum(_record_state(work, key, answer) for key, answer in answers.items())


def _record_state(work: Work, key: str, answer: ProviderAnswer) -> bool:
    request = _by_key(work.db, key)
    after = status_after_answer(answer.status)
    if request.status != CreditStatus.REQUESTED or after in {None, CreditStatus.REQUESTED}:
        return False
    request.status, request.answered_at, request.reason = after, work.as_of, answer.reason
    person = work.db.get_one(Educator, (work.season, request.email))
    if after == CreditStatus.REFUSED:
        _tell_refused(work, request)
        return False
    write_letter(work, f"transcript-sent/{key}", "transcript_sent", request.email, person=person, request=request)
    return True
