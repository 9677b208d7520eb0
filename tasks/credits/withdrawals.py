"""Requests for credits that their participants withdraw: void, or canceled at the provider and refunded.

That it was withdrawn is committed before the provider is asked: whatever is killed in between, the next run of *Request
transcripts* finishes it.
"""

from collections.abc import Sequence
from datetime import datetime
from functools import partial

import httpx
from sqlalchemy import select, update

from rules.credits import end_request, settle_refusal, settle_withdrawal, status_after_answer
from schemas.kinds import SubjectKind
from schemas.records import Ruling
from schemas.statuses import CreditStatus, OutboxStatus, Outcome
from schemas.tables import CreditRequest, Educator, Outbox
from tasks.core.claims import claimant
from tasks.core.database import reading, transaction
from tasks.core.step import step
from tasks.credits.provider import cancel_transcript, find_transcript, provider_client
from tasks.credits.provider_contract import TranscriptAnswer
from tasks.credits.request_rows import claim, give_back, move, newest_request, request_of, waiting_keys
from tasks.credits.talk import Talk
from tasks.ledger.unit_of_work import OperatorError, Work, unit_of_work
from tasks.letters.write import write_letter

ENDED = frozenset({CreditStatus.VOID, CreditStatus.REFUNDED})
MAY_BE_WITHDRAWN = (CreditStatus.PENDING, CreditStatus.SENDING, CreditStatus.REQUESTED)
ENDINGS = {Outcome.VOID: CreditStatus.VOID, Outcome.REFUNDED: CreditStatus.REFUNDED}
ON_ITS_WAY = "The request is on its way to the credit provider; it is canceled as soon as the provider has answered."


@step
def cancel_request(season: str, email: str, component: str, reason: str, *, requested_by: str, as_of: datetime) -> str:
    """Withdraw a participant's request for a component: void, or refunded by the provider; the reason as recorded.

    Meant is the newest request of the moment ``as_of``: a repeated run does not withdraw one that was made since.

    Raises:
        OperatorError: there is no such request, or its transcript has been sent.
        ServiceDownError: the provider was not reached; the next run of *Request transcripts* asks it again.
        ServiceSetupError: we are set up wrong; likewise.
    """
    with unit_of_work(season, as_of) as work:
        request = newest_request(work.db, season, email, component, as_of)
        if request is None:
            raise OperatorError(
                f"This participant has requested no credits for {component}; check the id and the component."
            )
        if request.status not in ENDED:  # else a repeated run
            _withdraw(work, request, reason, requested_by)
            work.db.refresh(request)
        if request.status in ENDED:
            return request.reason
    return _finish(season, request.request_key, as_of)


def _withdraw(work: Work, request: CreditRequest, reason: str, requested_by: str) -> None:
    """Record that a request is withdrawn, whoever works on it; it ends at once where nobody ever claimed it to send it."""
    ruling = end_request(request.status, request.fee_cents, reason)
    if ruling.outcome == Outcome.REJECTED:
        raise OperatorError(ruling.reason)
    mine = update(CreditRequest).where(CreditRequest.status.in_(MAY_BE_WITHDRAWN))
    values = {"status": CreditStatus.CANCELING, "reason": reason.strip(), "ended_by": requested_by}
    work.db.execute(mine.where(CreditRequest.request_key == request.request_key).values(values))
    work.db.get_one(Outbox, request.request_key).next_attempt_at = None  # who withdraws need not wait for the next try
    work.db.refresh(request)
    if request.status == CreditStatus.CANCELING and not request.attempts:
        _end(work, request.request_key, "", None)


def _finish(season: str, key: str, as_of: datetime) -> str:
    """Ask the provider to cancel, unless a sender has the request in hand, who does it then; the reason as recorded."""
    if key in waiting_keys(season, (CreditStatus.CANCELING,)):
        with provider_client() as client:
            ruling = finish_withdrawals(client, season, as_of, [key]).get(key)
        if ruling and ruling.outcome == Outcome.REJECTED:
            raise OperatorError(ruling.reason)
    with reading() as db:
        request = request_of(db, key)
        return request.reason if request.status in ENDED else ON_ITS_WAY


def finish_withdrawals(
    client: httpx.Client, season: str, as_of: datetime, only: Sequence[str] = ()
) -> dict[str, Ruling]:
    """Cancel at the provider what was withdrawn, except what somebody else works on; what became of each, by its key.

    Raises:
        ItemSetupError: the provider does not know a request that it accepted, or did not answer; the others are finished.
    """
    name, rulings, talk = claimant(), dict[str, Ruling](), Talk()
    keys = [key for key in waiting_keys(season, (CreditStatus.CANCELING,)) if not only or key in only]
    claim(season, keys, (CreditStatus.CANCELING,), CreditStatus.CANCELING, name)
    try:
        for key, reference in _claimed(name).items():
            talk.ask(key, partial(_cancel, client, key, reference))
            with unit_of_work(season, as_of) as work:
                if key in talk.answers:
                    rulings |= talk.record(work, key, partial(_end, work, key, name, talk.answers[key])) or {}
    finally:
        with transaction() as db:
            for key in _claimed(name):
                give_back(db, key, name, is_tried=key in talk.asked)
                if key in talk.faults:
                    talk.note(db, key)
    talk.require_no_fault()
    return rulings


def _claimed(name: str) -> dict[str, str]:
    """What was claimed by a name, with the provider's reference where we have it."""
    with reading() as db:
        query = select(CreditRequest.request_key, CreditRequest.provider_reference)
        query = query.where(CreditRequest.claimed_by == name).order_by(
            CreditRequest.attempts, CreditRequest.request_key
        )
        return {row.request_key: row.provider_reference for row in db.execute(query)}


def _cancel(client: httpx.Client, key: str, reference: str) -> TranscriptAnswer | None:
    """Cancel a request; one whose answer never came is looked for by its key: none where the provider has it not."""
    if not reference:
        found = find_transcript(client, key)
        if found is None:
            return None
        reference = found.reference
    return cancel_transcript(client, key, reference)


def _end(work: Work, key: str, name: str, answer: TranscriptAnswer | None) -> dict[str, Ruling]:
    """Record what became of a request that was withdrawn, by the provider's answer (none: it never had it)."""
    request = request_of(work.db, key)
    says = answer.transcript if answer else None
    ruling = settle_withdrawal(says, answer.reason if answer else "", request.fee_cents, request.reason)
    after = ENDINGS.get(Outcome(ruling.outcome)) or (says and status_after_answer(says)) or CreditStatus.REQUESTED
    known = {"reason": ruling.reason, "answered_at": work.as_of}
    if after == CreditStatus.REQUESTED:
        known = {"reason": "", "answered_at": None}
    if answer:
        known |= {"provider_reference": answer.reference}
    if not move(work.db, key, [CreditStatus.CANCELING], after, name, **known):
        return {}  # somebody else has ended it
    work.db.refresh(request)
    subject = f"{request.email}/{request.component}"
    work.decide(SubjectKind.CREDIT, subject, ruling, requested_by=request.ended_by)
    _close_intent(work, key, answer)
    _tell(work, request, ruling, answer)
    return {key: ruling}


def _close_intent(work: Work, key: str, answer: TranscriptAnswer | None) -> None:
    """What was to be sent is settled: the provider has it, or never gets it."""
    intent = work.db.get_one(Outbox, key)
    if intent.status == OutboxStatus.PENDING:
        intent.status = OutboxStatus.SENT if answer else OutboxStatus.WITHDRAWN
        intent.answer = answer.reference if answer else "withdrawn before it was sent"
        intent.answered_at = work.as_of
    elif answer:
        intent.answer = answer.reference
    intent.next_attempt_at = None


def _tell(work: Work, request: CreditRequest, ruling: Ruling, answer: TranscriptAnswer | None) -> None:
    if request.status in ENDED:
        person = work.db.get_one(Educator, (work.season, request.email))
        key = f"credit-ended/{request.line}"
        write_letter(work, key, "credit_ended", person.email, person=person, ruling=ruling)
    elif request.status == CreditStatus.SENT:
        tell_sent(work, request)
    elif request.status == CreditStatus.REFUSED and answer:
        tell_refused(work, request, answer.reason)


def tell_refused(work: Work, request: CreditRequest, reason: str) -> None:
    """Tell the participant that the provider has refused, with its reason."""
    person = work.db.get_one(Educator, (work.season, request.email))
    told = settle_refusal(reason).reason
    key = f"credit-refused/{request.request_key}"
    write_letter(work, key, "credit_refused", request.email, person=person, reason=told, is_final=False)


def tell_sent(work: Work, request: CreditRequest) -> None:
    """Tell the participant that the transcript is on its way."""
    person = work.db.get_one(Educator, (work.season, request.email))
    key = f"transcript-sent/{request.request_key}"
    write_letter(work, key, "transcript_sent", request.email, person=person, request=request)
