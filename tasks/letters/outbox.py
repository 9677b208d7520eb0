"""The outbox: what was decided to be sent is committed with the decision; a deliverer sends it and records the answer.

A letter's Message-ID is made from its key, so that a letter sent twice by a crash between sending and recording is one
letter to the mail system.
"""

import hashlib
import smtplib
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from email.message import Message
from email.policy import compat32
from email.utils import parseaddr
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from rules.wording import count
from schemas.policy import Policy
from schemas.settings import settings
from schemas.statuses import OutboxKind, OutboxStatus
from schemas.tables import Outbox
from tasks.core.database import batches, reading, transaction
from tasks.core.policies import policy_of
from tasks.core.records import DroppedRecordError, record
from tasks.core.row_names import opaque_name
from tasks.core.step import ServiceDownError, ServiceSetupError, step
from tasks.letters.compose import Letter, compose, message_of

BATCH_LETTERS = 200
CredentialOf = Callable[[Session, str], str]
CRLF = compat32.clone(linesep="\r\n")


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


def pending_keys(season: str, kind: OutboxKind, as_of: datetime) -> list[str]:
    """What waits in the outbox, oldest first."""
    with reading() as db:
        query = select(Outbox.message_key).where(
            Outbox.season == season,
            Outbox.kind == kind,
            Outbox.status == OutboxStatus.PENDING,
            Outbox.created_at <= as_of,
        )
        return list(db.scalars(query.order_by(Outbox.created_at, Outbox.message_key)))


@step
def send_waiting_letters(season: str, as_of: datetime, credential_of: CredentialOf) -> int:
    """Send every waiting letter over one SMTP connection; how many were sent.

    ``credential_of`` signs the credential of a certificate that goes with a letter. Where it cannot, as it is set up, those
    letters wait and all others are sent.

    Raises:
        ServiceDownError: the mail server cannot be reached; what was sent so far stays recorded as sent.
        ServiceSetupError: everything else was sent, and letters wait for their credentials; operators get a letter too.
    """
    keys = pending_keys(season, OutboxKind.MAIL, as_of)
    if not keys:
        return 0
    policy, unsigned = policy_of(season), list[str]()
    try:
        with smtplib.SMTP(settings().smtp_host, settings().smtp_port, timeout=30) as server:
            sent = sum(
                _send_batch(server, policy, batch, as_of, credential_of, unsigned=unsigned)
                for batch in batches(keys, BATCH_LETTERS)
            )
    except (smtplib.SMTPServerDisconnected, smtplib.SMTPConnectError, OSError) as error:
        raise ServiceDownError(f"the mail server does not answer: {error}") from error
    if unsigned:
        tell_operators(policy, as_of, unsigned[0])
        raise ServiceSetupError(f"{count(len(unsigned), 'letter waits', 'letters wait')} to be signed. {unsigned[0]}")
    return sent


def _send_batch(
    server: smtplib.SMTP,
    policy: Policy,
    keys: Sequence[str],
    as_of: datetime,
    credential_of: CredentialOf,
    *,
    unsigned: list[str],
) -> int:
    """Send letters in one transaction; how many were sent. Why a letter could not be signed is added to ``unsigned``."""
    sent = 0
    with transaction() as db:
        mine = select(Outbox).where(Outbox.message_key.in_(keys), Outbox.status == OutboxStatus.PENDING)
        rows = list(db.scalars(mine.order_by(Outbox.message_key).with_for_update(skip_locked=True)))
        for row in rows:
            try:
                credential = _credential(db, row, credential_of)
            except ServiceSetupError as error:
                row.answer = f"waits to be signed: {error}"
                unsigned.append(str(error))
                continue
            sent += _send(server, message_of(row, policy, credential), row, as_of)
    return sent


def _credential(db: Session, row: Outbox, credential_of: CredentialOf) -> str:
    """The signed credential that goes with a letter: signed when it is sent, so that no key is in the database."""
    return credential_of(db, row.payload["credential"]) if "credential" in row.payload else ""


def tell_operators(policy: Policy, as_of: datetime, reason: str) -> None:
    """Tell operators, once a day for each reason, why letters wait to be signed."""
    key = f"credentials-wait/{policy.local_day(as_of)}/{hashlib.sha256(reason.encode()).hexdigest()[:12]}"
    letter = Letter(key, "credentials_wait", policy.letters.operators, {"reason": reason})
    with transaction() as db:
        if not keys_written(db, policy.season, key):
            queue(db, policy.season, OutboxKind.MAIL, as_of, composed([letter], policy, as_of))


def _send(server: smtplib.SMTP, message: Message, row: Outbox, as_of: datetime) -> bool:
    row.attempts += 1
    try:
        server.sendmail(parseaddr(message["From"])[1], [parseaddr(row.payload["to"])[1]], message.as_bytes(policy=CRLF))
    except (smtplib.SMTPRecipientsRefused, smtplib.SMTPDataError, smtplib.SMTPSenderRefused) as error:
        row.answer = f"rejected by the mail server: {error}"
        if not _is_temporary(error):
            row.status, row.answered_at = OutboxStatus.REJECTED, as_of
        return False
    row.status, row.answer, row.answered_at = OutboxStatus.SENT, "accepted by the mail server", as_of
    return True


def _is_temporary(error: smtplib.SMTPException) -> bool:
    codes = [code for code, _ in error.recipients.values()] if isinstance(error, smtplib.SMTPRecipientsRefused) else []
    return any(400 <= code < 500 for code in codes or [getattr(error, "smtp_code", 500)])  # noqa: PLR2004 - RFC 5321 4yz
