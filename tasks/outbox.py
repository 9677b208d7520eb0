"""The outbox: what was decided to be sent is committed with the decision; a deliverer sends it and records the answer.

A letter's Message-ID is made from its key, so that a letter sent twice by a crash between sending and recording is one
letter to the mail system.
"""

import hashlib
import smtplib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from email.utils import format_datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from sqlalchemy import select
from sqlalchemy.orm import Session

from schemas.policy import Policy
from schemas.settings import settings
from schemas.tables import Outbox
from tasks.database import insert_new, reading, transaction
from tasks.seasons import policy_of
from tasks.step import ServiceDownError, step

LETTERS = Path(__file__).parent / "letters"
BATCH_LETTERS = 200
MAIL_DOMAIN = "cadre.example"


@dataclass(frozen=True, slots=True)
class Letter:
    """A letter to be: its key (one letter for one key, ever), template, recipient and what the template needs."""

    key: str
    template: str
    to: str
    context: Mapping[str, Any]


@lru_cache(maxsize=1)
def _templates() -> Environment:
    return Environment(  # noqa: S701 - the letters are plain text, where escaping would show
        loader=FileSystemLoader(LETTERS),
        auto_reload=False,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def compose(letter: Letter, policy: Policy) -> dict[str, Any]:
    """The letter as it will be sent; the template's first line is its subject."""
    text = _templates().get_template(f"{letter.template}.txt").render(policy=policy, **letter.context)
    subject, _, body = text.partition("\n")
    return {
        "to": letter.to,
        "subject": subject.removeprefix("Subject: ").strip(),
        "body": f"{body.strip()}\n\n{policy.letters.signature}\n",
        "template": letter.template,
    }


def queue_letters(db: Session, policy: Policy, as_of: datetime, letters: Iterable[Letter]) -> int:
    """Commit the intent to send, with the decision that it tells of; how many are new."""
    return queue(
        db, policy.season, "mail", as_of, {f"{policy.season}/{item.key}": compose(item, policy) for item in letters}
    )


def queue(db: Session, season: str, kind: str, as_of: datetime, payloads: Mapping[str, Mapping[str, Any]]) -> int:
    """Put effects of one kind in the outbox under their keys."""
    rows = [
        {"message_key": key, "season": season, "kind": kind, "payload": dict(payload), "created_at": as_of}
        | {"status": "pending", "attempts": 0, "answer": ""}
        for key, payload in payloads.items()
    ]
    return insert_new(db, Outbox, rows)


def pending_keys(season: str, kind: str, as_of: datetime) -> list[str]:
    """What waits in the outbox, oldest first."""
    with reading() as db:
        query = select(Outbox.message_key).where(
            Outbox.season == season, Outbox.kind == kind, Outbox.status == "pending", Outbox.created_at <= as_of
        )
        return list(db.scalars(query.order_by(Outbox.created_at, Outbox.message_key)))


@step
def send_waiting_letters(season: str, as_of: datetime) -> int:
    """Send every waiting letter over one SMTP connection; how many were sent.

    Raises:
        ServiceDownError: the mail server cannot be reached; what was sent so far stays recorded as sent.
    """
    keys = pending_keys(season, "mail", as_of)
    if not keys:
        return 0
    policy = policy_of(season)
    try:
        with smtplib.SMTP(settings().smtp_host, settings().smtp_port, timeout=30) as server:
            batches = (keys[i : i + BATCH_LETTERS] for i in range(0, len(keys), BATCH_LETTERS))
            return sum(_send_batch(server, policy, batch, as_of) for batch in batches)
    except (smtplib.SMTPServerDisconnected, smtplib.SMTPConnectError, OSError) as error:
        raise ServiceDownError(f"the mail server does not answer: {error}") from error


def _send_batch(server: smtplib.SMTP, policy: Policy, keys: list[str], as_of: datetime) -> int:
    with transaction() as db:
        rows = list(db.scalars(select(Outbox).where(Outbox.message_key.in_(keys)).order_by(Outbox.message_key)))
        return sum(_send(server, policy, row, as_of) for row in rows)


def _send(server: smtplib.SMTP, policy: Policy, row: Outbox, as_of: datetime) -> bool:
    row.attempts += 1
    try:
        server.send_message(_message(row, policy))
    except (smtplib.SMTPRecipientsRefused, smtplib.SMTPDataError, smtplib.SMTPSenderRefused) as error:
        row.answer = f"refused by the mail server: {error}"
        if not _is_temporary(error):
            row.status, row.answered_at = "refused", as_of
        return False
    row.status, row.answer, row.answered_at = "sent", "accepted by the mail server", as_of
    return True


def _is_temporary(error: smtplib.SMTPException) -> bool:
    codes = [code for code, _ in error.recipients.values()] if isinstance(error, smtplib.SMTPRecipientsRefused) else []
    return any(400 <= code < 500 for code in codes or [getattr(error, "smtp_code", 500)])  # noqa: PLR2004 - RFC 5321 4yz


def _message(row: Outbox, policy: Policy) -> EmailMessage:
    message = EmailMessage()
    message["Message-ID"] = f"<{hashlib.sha256(row.message_key.encode()).hexdigest()[:40]}@{MAIL_DOMAIN}>"
    message["From"] = policy.letters.sender
    message["To"] = row.payload["to"]
    message["Subject"] = row.payload["subject"]
    message["Date"] = format_datetime(row.created_at)
    message["X-Cadre-Letter"] = row.payload["template"]
    message.set_content(row.payload["body"])
    return message
