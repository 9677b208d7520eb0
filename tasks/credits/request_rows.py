"""Requests for credits in the database: found, claimed for a talk with the provider, and moved from status to status.

A status changes only by an update that names the status before, and who has claimed the request.
"""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Any, cast

from sqlalchemy import CursorResult, Select, func, or_, select, update
from sqlalchemy.orm import Session
from sqlalchemy.sql.elements import ColumnElement

from schemas.settings import settings
from schemas.statuses import CreditStatus, OutboxKind
from schemas.tables import CreditRequest, Outbox
from tasks.core.claims import UNCLAIMED, is_left
from tasks.core.clock import machine_time
from tasks.core.database import batches, reading, transaction
from tasks.core.http_client import longest_call

SHORTEST_CLAIM = timedelta(minutes=15)


def newest_request(
    db: Session, season: str, email: str, component: str, by: datetime | None = None
) -> CreditRequest | None:
    """The newest of a participant's requests for a component, or the newest that was made ``by`` a moment."""
    query = select(CreditRequest).where(
        CreditRequest.season == season, CreditRequest.email == email, CreditRequest.component == component
    )
    if by is not None:
        query = query.where(CreditRequest.requested_at <= by)
    return db.scalars(query.order_by(CreditRequest.request_number.desc()).limit(1)).first()


def request_of(db: Session, key: str) -> CreditRequest:
    """The request of a key."""
    return db.scalars(select(CreditRequest).where(CreditRequest.request_key == key)).one()


def waiting_keys(season: str, statuses: Sequence[CreditStatus]) -> list[str]:
    """The keys of a season's requests of these statuses that are due and that nobody works on, least often tried first."""
    with reading() as db:
        query = (
            select(CreditRequest.request_key)
            .where(CreditRequest.season == season, CreditRequest.status.in_(statuses), _is_free(db, season))
            .where(CreditRequest.request_key.not_in(put_off_in(season)))
        )
        return list(
            db.scalars(query.order_by(CreditRequest.attempts, CreditRequest.requested_at, CreditRequest.request_key))
        )


def put_off_in(season: str) -> Select[tuple[str]]:
    """The keys of the requests that wait for their next try, since the provider did not answer the last one."""
    mine = Outbox.season == season, Outbox.kind == OutboxKind.TRANSCRIPT, Outbox.next_attempt_at > machine_time()
    return select(Outbox.message_key).where(*mine)


def count_put_off(season: str, statuses: Sequence[CreditStatus]) -> int:
    """How many of a season's requests of these statuses wait for their next try."""
    with reading() as db:
        query = select(func.count()).select_from(CreditRequest).where(CreditRequest.status.in_(statuses))
        return db.scalar(query.where(CreditRequest.request_key.in_(put_off_in(season)))) or 0


def claim(season: str, keys: Sequence[str], before: Sequence[CreditStatus], after: CreditStatus, name: str) -> None:
    """Mark as claimed those of the requests that are in one of the statuses before, and that nobody works on."""
    with transaction() as db:
        mine = update(CreditRequest).where(CreditRequest.status.in_(before), _is_free(db, season))
        claimed_for = max(SHORTEST_CLAIM, 2 * longest_call(settings().provider_timeout_seconds))
        values = {"status": after, "claimed_by": name, "claimed_until": machine_time() + claimed_for}
        for some in batches(keys):
            change = mine.where(CreditRequest.request_key.in_(some))
            db.execute(change.values(**values, attempts=CreditRequest.attempts + 1))


def _is_free(db: Session, season: str) -> ColumnElement[bool]:
    """That nobody works on a request: not claimed, for too long, or by a process that is no more."""
    return or_(
        CreditRequest.claimed_by == "", is_left(db, CreditRequest, machine_time(), CreditRequest.season == season)
    )


def is_still_ours(key: str, name: str) -> bool:
    """Whether a request that was claimed may be sent: nobody has withdrawn it since, and there is time enough."""
    with reading() as db:
        query = select(CreditRequest.request_key).where(
            CreditRequest.request_key == key,
            CreditRequest.status == CreditStatus.SENDING,
            CreditRequest.claimed_by == name,
            CreditRequest.claimed_until > machine_time() + longest_call(settings().provider_timeout_seconds),
        )
        return db.scalar(query) is not None


def move(
    db: Session, key: str, before: Collection[CreditStatus], after: CreditStatus, name: str = "", **values: Any
) -> bool:
    """Move a request on that is in one of the statuses before, and claimed by ``name``; whether it was so. Its claim ends."""
    mine = update(CreditRequest).where(CreditRequest.status.in_(before), CreditRequest.claimed_by == name)
    changed = {"status": after, **UNCLAIMED, **values}
    change = mine.where(CreditRequest.request_key == key).values(changed)
    return cast("CursorResult[Any]", db.execute(change)).rowcount == 1


def give_back(db: Session, key: str, name: str, *, is_tried: bool) -> None:
    """Let a request that was claimed by ``name`` wait again; what nobody came to ask about was not tried, and comes first."""
    values = {} if is_tried else {"attempts": CreditRequest.attempts - 1}
    if not move(db, key, [CreditStatus.SENDING], CreditStatus.PENDING, name, **values):
        move(db, key, [CreditStatus.CANCELING], CreditStatus.CANCELING, name, **values)
