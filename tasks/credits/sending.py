"""Requests for credits go to the provider once, and their state is looked up.

They are claimed in small groups, sent with no transaction open, and recorded: what was withdrawn in between is not sent, or is
canceled. One that cannot be sent as it is, or gets no answer, does not stop the others; when they are done, the step fails and
says so. One without an answer waits for its own next try.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Any, NamedTuple

import httpx
from sqlalchemy import or_, select

from rules.credits import status_after_answer
from schemas.statuses import CreditStatus, OutboxStatus
from schemas.tables import CreditRequest, Outbox
from tasks.core.claims import claimant
from tasks.core.clock import machine_time
from tasks.core.database import batches, reading
from tasks.core.policies import policy_of
from tasks.core.step import step
from tasks.credits.provider import look_up_transcript, provider_client, request_transcript
from tasks.credits.provider_contract import TranscriptAnswer
from tasks.credits.request_rows import claim, count_put_off, give_back, is_still_ours, move, request_of, waiting_keys
from tasks.credits.talk import Talk
from tasks.credits.withdrawals import finish_withdrawals, tell_refused, tell_sent
from tasks.ledger.unit_of_work import Work, unit_of_work

CLAIMED_AT_ONCE = 25
TO_SEND = (CreditStatus.PENDING, CreditStatus.SENDING)


@step
def send_transcript_requests(season: str, as_of: datetime) -> int:
    """Send every waiting request to the provider under its key, and record each answer; the requests answered.

    Raises:
        ServiceDownError: the provider was not reached; what was answered so far is recorded.
        ServiceSetupError: we are set up wrong, or a request cannot be taken as it is, or gets no answer; likewise.
    """
    keys = waiting_keys(season, TO_SEND)
    talk = Talk(put_off=count_put_off(season, (*TO_SEND, CreditStatus.CANCELING)))
    if keys or waiting_keys(season, (CreditStatus.CANCELING,)):
        with provider_client() as client:
            for some in batches(keys, CLAIMED_AT_ONCE):
                _send_group(client, season, as_of, some, talk)
            finish_withdrawals(client, season, as_of)
    talk.require_no_fault()
    return len(talk.answers)


def _send_group(client: httpx.Client, season: str, as_of: datetime, keys: Sequence[str], talk: Talk) -> None:
    """First claim, then ask outside of any transaction, then record: a crash in between asks again with the same keys."""
    name = claimant()
    claim(season, keys, TO_SEND, CreditStatus.SENDING, name)
    claimed = _claimed(name)
    try:
        for item in claimed:
            if is_still_ours(item.key, name):
                asked = partial(request_transcript, client, item.key, item.payload, may_be_known=item.attempts > 1)
                talk.ask(item.key, asked)
    finally:
        with unit_of_work(season, as_of) as work:
            for item in claimed:
                _record(work, item.key, name, talk)


class Waiting(NamedTuple):
    """A request that the provider works on, and its reference."""

    key: str
    reference: str


class Claimed(NamedTuple):
    """A request that was claimed: how often it was by now, and what is asked."""

    key: str
    attempts: int
    payload: dict[str, Any]


def _claimed(name: str) -> list[Claimed]:
    """What was claimed by a name."""
    with reading() as db:
        query = select(CreditRequest.request_key, CreditRequest.attempts, Outbox.payload)
        query = query.join(Outbox, Outbox.message_key == CreditRequest.request_key)
        query = query.where(CreditRequest.claimed_by == name).order_by(
            CreditRequest.attempts, CreditRequest.requested_at, CreditRequest.request_key
        )
        return [Claimed(*row) for row in db.execute(query)]


def _record(work: Work, key: str, name: str, talk: Talk) -> None:
    """Record an answer on a request that is on its way for us; without one, or where that fails, give the request back."""
    answer = talk.answers.get(key)
    if answer:
        talk.record(work, key, partial(_record_answer, work, key, name, answer))
    if not answer or key in talk.faults:
        talk.note(work.db, key)
        give_back(work.db, key, name, is_tried=key in talk.asked)


def _record_answer(work: Work, key: str, name: str, answer: TranscriptAnswer) -> None:
    is_refused = status_after_answer(answer.transcript) == CreditStatus.REFUSED
    after = CreditStatus.REFUSED if is_refused else CreditStatus.REQUESTED
    known: dict[str, Any] = {"provider_reference": answer.reference, "reason": answer.reason}
    known |= {"answered_at": work.as_of} if is_refused else {}
    if move(work.db, key, [CreditStatus.SENDING], after, name, **known):
        _record_intent(work, key, answer, is_refused=is_refused)
        if is_refused:
            tell_refused(work, request_of(work.db, key), answer.reason)
    else:  # withdrawn while it was on its way: it is canceled next
        move(work.db, key, [CreditStatus.CANCELING], CreditStatus.CANCELING, name, provider_reference=answer.reference)


def _record_intent(work: Work, key: str, answer: TranscriptAnswer, *, is_refused: bool) -> None:
    row = work.db.get_one(Outbox, key)
    row.attempts, row.next_attempt_at = request_of(work.db, key).attempts, None
    row.status = OutboxStatus.FAILED if is_refused else OutboxStatus.SENT
    row.answer, row.answered_at = answer.reason or answer.reference, work.as_of


@step
def look_up_requests(season: str, as_of: datetime) -> int:
    """Look up the requests that the provider had a day or more to work on; the transcripts found sent.

    Raises:
        ServiceDownError: the provider was not reached; what was answered so far is recorded.
        ServiceSetupError: we are set up wrong, or the provider does not know a request, or does not answer; likewise.
    """
    before = as_of - timedelta(days=policy_of(season).credits.poll_after_days)
    with reading() as db:
        query = select(CreditRequest.request_key, CreditRequest.provider_reference)
        query = query.where(CreditRequest.season == season, CreditRequest.requested_at <= before)
        query = query.where(CreditRequest.status == CreditStatus.REQUESTED).outerjoin(
            Outbox, Outbox.message_key == CreditRequest.request_key
        )
        query = query.where(or_(Outbox.next_attempt_at.is_(None), Outbox.next_attempt_at <= machine_time()))
        query = query.order_by(Outbox.next_attempt_at.is_not(None), CreditRequest.request_key)
        waiting = [Waiting(*row) for row in db.execute(query)]
    talk, found = Talk(put_off=count_put_off(season, [CreditStatus.REQUESTED])), 0
    if waiting:
        with provider_client() as client:
            found = sum(_look_up_group(client, season, as_of, some, talk) for some in batches(waiting, CLAIMED_AT_ONCE))
    talk.require_no_fault()
    return found


def _look_up_group(client: httpx.Client, season: str, as_of: datetime, waiting: Sequence[Waiting], talk: Talk) -> int:
    sent = 0
    try:
        for key, reference in waiting:
            talk.ask(key, partial(look_up_transcript, client, key, reference))
    finally:
        with unit_of_work(season, as_of) as work:
            for key, _ in waiting:
                answer = talk.answers.get(key)
                sent += bool(answer and talk.record(work, key, partial(_record_state, work, key, answer)))
                if key in talk.faults:
                    talk.note(work.db, key)
    return sent


def _record_state(work: Work, key: str, answer: TranscriptAnswer) -> bool:
    intent, after = work.db.get_one(Outbox, key), status_after_answer(answer.transcript)
    intent.answer, intent.next_attempt_at = answer.reference, None
    if after is None or after == CreditStatus.REQUESTED:
        return False
    mine = move(work.db, key, [CreditStatus.REQUESTED], after, answered_at=work.as_of, reason=answer.reason)
    if not mine:
        return False  # withdrawn in between
    request = request_of(work.db, key)
    if after == CreditStatus.REFUSED:
        tell_refused(work, request, answer.reason)
        return False
    tell_sent(work, request)
    return True
