"""Letters that can never be delivered, or wait to be signed: the operators are written to, in one letter for one run."""

import hashlib
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from schemas.records import FailedLetters
from schemas.statuses import OutboxKind, OutboxStatus
from schemas.tables import Outbox
from tasks.core.database import reading
from tasks.core.progress import run_log
from tasks.ledger.unit_of_work import unit_of_work
from tasks.letters.outbox import keys_written
from tasks.letters.write import write_letter

TEMPLATE = "letters_failed"
LETTERS_SHOWN = 50


def tell_of_failures(season: str, as_of: datetime) -> int:
    """Write to the operators which letters have failed since they were last told, and why; how many letters that is.

    A letter to the operators that fails itself is not written about again: it is only shown in the log.
    """
    with reading() as db:
        if not _untold(db, season):
            return 0
    with unit_of_work(season, as_of) as work:
        failed = _untold(work.db, season)
        for row in failed:
            row.operators_told_at = as_of
        others = [row for row in failed if row.payload["template"] != TEMPLATE]
        if others:
            keys = "\n".join(row.message_key for row in others)
            key = f"letters-failed/{hashlib.sha256(keys.encode()).hexdigest()[:16]}"
            write_letter(work, key, TEMPLATE, work.policy.letters.operators, number=len(others), causes=_causes(others))
    if len(others) < len(failed):
        run_log().error("the letter that tells the operators of failed letters has failed itself")
    return len(others)


def tell_of_unsigned(season: str, as_of: datetime, reason: str) -> int:
    """Write to the operators, once a day for each reason, why letters wait to be signed; how many letters that is."""
    with unit_of_work(season, as_of) as work:
        day, mark = work.policy.local_day(as_of), hashlib.sha256(reason.encode()).hexdigest()[:12]
        key = f"credentials-wait/{day}/{mark}"
        if keys_written(work.db, season, key):
            return 0
        write_letter(work, key, "credentials_wait", work.policy.letters.operators, reason=reason)
    return 1


def _untold(db: Session, season: str) -> list[Outbox]:
    query = select(Outbox).where(Outbox.season == season, Outbox.kind == OutboxKind.MAIL)
    query = query.where(Outbox.status == OutboxStatus.FAILED, Outbox.operators_told_at.is_(None))
    return list(db.scalars(query.order_by(Outbox.message_key)))


def _causes(rows: Sequence[Outbox]) -> list[FailedLetters]:
    """The letters by the answer that each of them got."""
    letters: dict[str, list[str]] = {}
    for row in rows:
        letters.setdefault(row.answer, []).append(f"{row.payload['subject']} (to {row.payload['to']})")
    return [
        FailedLetters(answer, tuple(some[:LETTERS_SHOWN]), len(some[LETTERS_SHOWN:]))
        for answer, some in letters.items()
    ]
