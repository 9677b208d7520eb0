"""The outbox: what was decided to be sent is committed with the decision; a sender claims it, sends it, and records the answer.

Several senders share the work: a claim is committed before anything is sent, and no transaction is open while the network is
used. A claim runs out, so that what a sender left behind when it was killed is taken up again.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, cast

from sqlalchemy import Table, Update, bindparam, func, select, update
from sqlalchemy.orm import Session
from sqlalchemy.sql.elements import ColumnElement

from schemas.policy import Policy
from schemas.settings import settings
from schemas.statuses import OutboxKind, OutboxStatus
from schemas.tables import Outbox
from tasks.core.claims import UNCLAIMED, is_left
from tasks.core.clock import machine_time
from tasks.core.database import reading, transaction
from tasks.core.records import DroppedRecordError, record
from tasks.core.row_names import opaque_name
from tasks.letters.compose import Letter, compose

UNSIGNED, UNSIGNED_WAIT = "waits to be signed", timedelta(days=1)

TABLE = cast("Table", Outbox.__table__)
RECORD = (  # made once: to make it for each letter takes four times as long as to run it
    update(TABLE)
    .where(TABLE.c.message_key == bindparam("of_key"), TABLE.c.claimed_by == bindparam("of_worker"))
    .where(TABLE.c.status == OutboxStatus.SENDING)
    .values({name: bindparam(f"to_{name}") for name in ("status", "answer", "answered_at", "next_attempt_at")})
    .values(UNCLAIMED)
)


@dataclass(frozen=True, slots=True)
class Message:
    """A message that a sender has claimed; ``attempts`` counts this claim too."""

    key: str
    payload: Mapping[str, Any]
    created_at: datetime
    attempts: int
    claimed_by: str


@dataclass(frozen=True, slots=True)
class Result:
    """What became of a message: its new status, the answer in words, and when to try again where it waits."""

    status: OutboxStatus
    answer: str
    next_attempt_at: datetime | None = None


def composed(letters: Iterable[Letter], policy: Policy, as_of: datetime) -> dict[str, dict[str, Any]]:
    """Letters as they are put in the outbox, by their keys.

    Raises:
        DroppedRecordError: two different ones have the same key.
    """
    found: dict[str, dict[str, Any]] = {}
    for item in letters:
        key, payload = f"{policy.season}/{item.key}", compose(item, policy, as_of)
        if found.setdefault(key, payload) != payload:
            raise DroppedRecordError(f"Two different letters have the key {opaque_name([key])}.")
    return found


def queue(
    db: Session, season: str, kind: OutboxKind, as_of: datetime, payloads: Mapping[str, Mapping[str, Any]]
) -> int:
    """Put effects of one kind in the outbox under their keys; how many were new.

    Raises:
        DroppedRecordError: another effect is under one of the keys.
    """
    rows = [
        {"message_key": key, "season": season, "kind": kind, "payload": dict(payload), "created_at": as_of}
        | {"status": OutboxStatus.PENDING, "attempts": 0, "answer": ""}
        for key, payload in payloads.items()
    ]
    return record(db, Outbox, rows, ("message_key",), ("kind", "payload"))


def keys_written(db: Session, season: str, prefix: str) -> frozenset[str]:
    """The keys of the letters of one kind that were written so far, without the season."""
    query = select(Outbox.message_key).where(
        Outbox.season == season, Outbox.message_key.startswith(f"{season}/{prefix}")
    )
    return frozenset(key.removeprefix(f"{season}/") for key in db.scalars(query))


def _of(season: str, kind: OutboxKind, as_of: datetime) -> tuple[ColumnElement[bool], ...]:
    return Outbox.season == season, Outbox.kind == kind, Outbox.created_at <= as_of


def claim(season: str, kind: OutboxKind, as_of: datetime, worker: str, size: int) -> tuple[Message, ...]:
    """At most ``size`` messages that are due, for this worker alone; the claim is committed. None: nothing is due now.

    The oldest come first, then those that are tried again, whoever has waited longest first, and then those whose sender is
    gone, or whose claim has run out: what is tried again and again keeps nothing else waiting.
    """
    moment = machine_time()
    pending = Outbox.status == OutboxStatus.PENDING
    with transaction() as db:
        sending = Outbox.status == OutboxStatus.SENDING
        left = is_left(db, Outbox, moment, Outbox.season == season, Outbox.kind == kind, sending)
        keys: list[str] = []
        for order, *conditions in (
            (Outbox.created_at, pending, Outbox.next_attempt_at.is_(None)),
            (Outbox.next_attempt_at, pending, Outbox.next_attempt_at <= moment),
            (Outbox.created_at, sending, left),
        ):
            query = select(Outbox.message_key).where(*_of(season, kind, as_of), *conditions)
            query = query.order_by(order, Outbox.message_key).limit(size - len(keys))
            keys += db.scalars(query.with_for_update(skip_locked=True))
        return _claimed(db, keys, worker, moment)


def _claimed(db: Session, keys: Sequence[str], worker: str, moment: datetime) -> tuple[Message, ...]:
    """The guard is the lock under which the keys were read; what another sender holds was skipped."""
    change = update(Outbox).where(Outbox.status.in_((OutboxStatus.PENDING, OutboxStatus.SENDING)))
    change = change.where(Outbox.message_key.in_(keys)).values(**_claim_of(worker, moment))
    change = change.values(status=OutboxStatus.SENDING, attempts=Outbox.attempts + 1, next_attempt_at=None)
    columns = Outbox.message_key, Outbox.payload, Outbox.created_at, Outbox.attempts, Outbox.claimed_by
    found = {row.message_key: Message(*row) for row in db.execute(change.returning(*columns))}
    return tuple(found[key] for key in keys)


def _claim_of(worker: str, moment: datetime) -> dict[str, Any]:
    return {"claimed_by": worker, "claimed_until": moment + timedelta(seconds=settings().outbox_claim_seconds)}


def record_result(db: Session, message: Message, result: Result, as_of: datetime) -> bool:
    """Record what became of a claimed message; False, and nothing is changed, where the claim is not its sender's any more."""
    values = {
        "of_key": message.key,
        "of_worker": message.claimed_by,
        "to_status": result.status,
        "to_answer": result.answer.replace("\x00", ""),  # which PostgreSQL keeps in no text
        "to_answered_at": None if result.status == OutboxStatus.PENDING else as_of,
        "to_next_attempt_at": result.next_attempt_at,
    }
    return db.connection().execute(RECORD, values).rowcount == 1


def prolong(worker: str, keys: Sequence[str]) -> frozenset[str]:
    """Prolong the claim on what this worker still holds, before it runs out; the keys that it does hold."""
    with transaction() as db:
        change = update(Outbox).where(Outbox.status == OutboxStatus.SENDING, Outbox.claimed_by == worker)
        change = change.where(Outbox.message_key.in_(keys))
        return frozenset(db.scalars(change.values(**_claim_of(worker, machine_time())).returning(Outbox.message_key)))


def _waiting_again(worker: str) -> Update:
    """That what this worker holds waits again, as if it had not been claimed."""
    change = update(Outbox).where(Outbox.status == OutboxStatus.SENDING, Outbox.claimed_by == worker)
    return change.values(UNCLAIMED).values(status=OutboxStatus.PENDING, attempts=Outbox.attempts - 1)


def release(worker: str) -> None:
    """Give back what this worker holds and has not begun to send: due at once, and not counted as a try."""
    with transaction() as db:
        db.execute(_waiting_again(worker))


def uncount(keys: Collection[str]) -> None:
    """Take back that these messages were tried: it was not they that were turned away."""
    with transaction() as db:
        change = update(Outbox).where(Outbox.status == OutboxStatus.PENDING, Outbox.message_key.in_(keys))
        db.execute(change.where(Outbox.attempts > 0).values(attempts=Outbox.attempts - 1))


def postpone_unsigned(message: Message, reason: str) -> None:
    """Let a claimed letter wait whose credential cannot be signed: not counted as a try, until ``take_up_unsigned``."""
    with transaction() as db:
        change = _waiting_again(message.claimed_by).where(Outbox.message_key == message.key)
        db.execute(change.values(answer=f"{UNSIGNED}: {reason}", next_attempt_at=machine_time() + UNSIGNED_WAIT))


def take_up_unsigned(season: str) -> None:
    """Let the letters that waited for their credential be due: the key may have been mended."""
    with transaction() as db:
        change = update(Outbox).where(Outbox.status == OutboxStatus.PENDING, Outbox.season == season)
        db.execute(change.where(Outbox.answer.startswith(UNSIGNED)).values(answer="", next_attempt_at=None))


def seconds_until_due(season: str, kind: OutboxKind, as_of: datetime) -> float | None:
    """How long until a message that waits or is claimed can be taken up; None where there is none."""
    with reading() as db:
        pending = select(func.min(func.coalesce(Outbox.next_attempt_at, machine_time()))).where(
            *_of(season, kind, as_of), Outbox.status == OutboxStatus.PENDING
        )
        claimed = select(func.min(Outbox.claimed_until)).where(
            *_of(season, kind, as_of), Outbox.status == OutboxStatus.SENDING
        )
        found = [db.scalar(pending), db.scalar(claimed)]
    return min((max((at - machine_time()).total_seconds(), 0.0) for at in found if at), default=None)


def temporary(message: Message, answer: str, most: int | None = None) -> Result:
    """A message that could not be sent now: it waits, twice as long after each try; after the last one it has failed.

    ``most`` tries are made where it is not as many as the settings say.
    """
    config = settings()
    if message.attempts >= min(most or config.outbox_attempts, config.outbox_attempts):
        return Result(OutboxStatus.FAILED, f"given up after {message.attempts} tries: {answer}")
    return waits_again(message, answer)


def waits_again(message: Message, answer: str) -> Result:
    """A message that waits, twice as long after each try."""
    return Result(OutboxStatus.PENDING, answer, next_try_at(message.attempts))


def next_try_at(attempts: int) -> datetime:
    """When what was tried in vain so many times is tried again: after twice as long each time, up to the longest wait."""
    config = settings()
    seconds = config.outbox_retry_base_seconds * 2.0 ** min(attempts - 1, 30)
    return machine_time() + timedelta(seconds=min(seconds, config.outbox_retry_longest_seconds))
