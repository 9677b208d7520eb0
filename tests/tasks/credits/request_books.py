"""Requests for credits as the tests make them, and what is on record of them."""

from datetime import UTC, datetime

from schemas.statuses import CreditStatus, OutboxKind
from schemas.tables import CreditRequest
from tasks.core.database import reading, transaction
from tasks.credits.withdrawals import cancel_request
from tasks.letters.outbox import queue
from tests.factories.enrollment import store_educators
from tests.factories.season import store_rows

NOW = datetime(2023, 6, 1, 13, 0, tzinfo=UTC)
LATER = datetime(2023, 6, 10, 13, 0, tzinfo=UTC)


def key_for(name: str) -> str:
    return f"2022/transcript/{name}@lea.example/academy"


def request(name: str, /, **payload: object) -> str:
    """A participant who has requested credits that wait to be sent; the address."""
    email, key = f"{name}@lea.example", key_for(name)
    store_educators(email, first_name=name)
    facts = {"season": "2022", "email": email, "component": "academy", "credits": 2, "fee_cents": 13000}
    store_rows(CreditRequest, {**facts, "status": CreditStatus.PENDING, "request_key": key, "requested_at": NOW})
    with transaction() as db:
        sent = {**facts, "name": name, "paid_by": "participant", **payload}
        queue(db, "2022", OutboxKind.TRANSCRIPT, NOW, {key: sent})
    return email


def found(email: str, number: int = 1) -> CreditRequest:
    with reading() as db:
        return db.get_one(CreditRequest, ("2022", email, "academy", number))


def status(email: str, number: int = 1) -> str:
    return found(email, number).status


def end(email: str, as_of: datetime = NOW) -> str:
    return str(cancel_request.fn("2022", email, "academy", "another plan", requested_by="participant", as_of=as_of))
