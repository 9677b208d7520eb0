"""Letters that wait to be sent, and those that were written, as the outbox has them."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import select

from schemas.statuses import OutboxKind
from schemas.tables import Outbox
from tasks.core.database import reading, transaction
from tasks.core.policies import policy_of
from tasks.letters.compose import Letter
from tasks.letters.outbox import composed, queue


def commitment_letter(key: str, to: str = "ada@lea.example") -> Letter:
    context: dict[str, Any] = {
        "person": {"first_name": "Zoé", "last_name": "Ley"},
        "name": "the course",
        "enroll_by": "2022-07-22",
    }
    context["session"] = None
    return Letter(key, "commitment", to, context)


def renewal_letter(key: str, certificate_id: str, to: str) -> Letter:
    """A letter with which a signed credential goes."""
    certificate = {"certificate_id": certificate_id, "expires_on": "2026-02-28"}
    context = {"person": {"first_name": "Zoé", "last_name": "Ley"}, "certificate": certificate}
    term = {"points": 0, "fee_cents": 25000, "paid_cents": 25000}
    return Letter(
        key, "renewed", to, {**context, "term": term, "earned_until": date(2023, 2, 28)}, credential=certificate_id
    )


def queue_letters(*letters: Letter, as_of: datetime, season: str = "2022") -> int:
    """Let the letters wait to be sent; how many of them are new."""
    with transaction() as db:
        return queue(db, season, OutboxKind.MAIL, as_of, composed(letters, policy_of(season), as_of))


def letters_written(template: str) -> list[dict[str, Any]]:
    """Every letter of a template, sent or not."""
    with reading() as db:
        return [
            payload
            for payload in db.scalars(select(Outbox.payload).order_by(Outbox.created_at))
            if payload.get("template") == template
        ]


def bodies(template: str) -> list[str]:
    """What every letter of a template says."""
    return [letter["body"] for letter in letters_written(template)]


def calendar_methods(letter: dict[str, Any]) -> list[str]:
    """What the calendar files of a letter do: publish or cancel."""
    return [file["method"] for file in letter["calendars"]]
