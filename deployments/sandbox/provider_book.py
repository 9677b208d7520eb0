"""The records of the credit provider sandbox: one request for one key, for ever, in a file that every restart finds again."""

import hashlib
import json
import sqlite3
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import Any, Literal, NamedTuple

from pydantic import BaseModel, ConfigDict, Field


class TranscriptRequest(BaseModel):
    """What the program asks for."""

    model_config = ConfigDict(extra="forbid")
    season: str
    email: str
    name: str
    component: Literal["certification", "academy"]
    credits: int = Field(ge=1, le=4)
    fee_cents: int = Field(ge=0)
    paid_by: Literal["participant"]


class TranscriptState(BaseModel):
    """Where a request is."""

    reference: str
    idempotency_key: str
    status: Literal["processing", "sent", "refused", "cancelled"]
    reason: str = ""
    credits: int = 0
    fee_cents: int = 0


class Page(BaseModel):
    """Requests found by a query."""

    items: list[TranscriptState]
    next_after: str = ""


@dataclass(slots=True)
class Book:
    """The provider's own records, in a file, so that it remembers every key across restarts."""

    path: Path
    _lock: Lock

    @classmethod
    def open(cls, path: Path) -> "Book":
        """Open or begin the records."""
        path.parent.mkdir(parents=True, exist_ok=True)
        book = cls(path, Lock())
        book._run(
            "CREATE TABLE IF NOT EXISTS request ("
            "key TEXT PRIMARY KEY, reference TEXT UNIQUE, body TEXT, status TEXT, reason TEXT)"
        )
        for table in ("attempt", "accepted"):
            book._run(f"CREATE TABLE IF NOT EXISTS {table} (key TEXT PRIMARY KEY, number INTEGER)")
        return book

    def _run(self, sql: str, *values: Any) -> list[tuple[Any, ...]]:
        with self._lock, sqlite3.connect(self.path, timeout=30) as connection:
            rows: list[tuple[Any, ...]] = connection.execute(sql, values).fetchall()
        connection.close()
        return rows

    def count_attempt(self, key: str) -> int:
        """How often this key has been sent, this time included."""
        return self._count("attempt", key)

    def _count(self, table: str, key: str) -> int:
        sql = f"INSERT INTO {table} VALUES (?, 1) ON CONFLICT (key) DO UPDATE SET number = number + 1 RETURNING number"  # noqa: S608 - our own names
        return int(self._run(sql, key)[0][0])

    def count_accepted(self, key: str) -> int:
        """How often a request of this key was accepted, this time included: more than once is a request that was made again."""
        return self._count("accepted", key)

    def accepted_again(self) -> int:
        """How many requests were made again although they had been accepted."""
        return int(self._run("SELECT coalesce(sum(number - 1), 0) FROM accepted")[0][0])

    def accept(self, key: str, body: str, status: str, reason: str) -> None:
        """Keep a request under its key, once."""
        self.count_accepted(key)
        self._run("INSERT OR IGNORE INTO request VALUES (?, ?, ?, ?, ?)", key, reference_of(key), body, status, reason)

    def find(self, key: str) -> "KnownRequest | None":
        """The request of a key and its body."""
        rows = self._run("SELECT key, status, reason, body FROM request WHERE key = ?", key)
        return KnownRequest(_state(*rows[0]), rows[0][3]) if rows else None

    def find_reference(self, reference: str) -> TranscriptState | None:
        """The request of a reference; looking at it finishes its processing."""
        self._run("UPDATE request SET status = 'sent' WHERE reference = ? AND status = 'processing'", reference)
        rows = self._run("SELECT key, status, reason, body FROM request WHERE reference = ?", reference)
        return _state(*rows[0]) if rows else None

    def cancel(self, reference: str) -> TranscriptState | None:
        """Take a request back unless its transcript was sent."""
        self._run("UPDATE request SET status = 'cancelled' WHERE reference = ? AND status = 'processing'", reference)
        rows = self._run("SELECT key, status, reason, body FROM request WHERE reference = ?", reference)
        return _state(*rows[0]) if rows else None

    def page(self, after: str, season: str, limit: int) -> list[TranscriptState]:
        """Requests of a season in the order of their keys."""
        sql = (
            "SELECT key, status, reason, body FROM request WHERE key > ? AND body ->> 'season' = ? ORDER BY key LIMIT ?"
        )
        return [_state(*row) for row in self._run(sql, after, season, limit)]

    def count(self) -> dict[str, int]:
        """How many requests are in each status."""
        return dict(self._run("SELECT status, count(*) FROM request GROUP BY status"))


class KnownRequest(NamedTuple):
    """A request as it stands, and its body as it came."""

    state: TranscriptState
    body: str


def reference_of(key: str) -> str:
    """The provider's reference of a key."""
    return f"TR-{hashlib.sha256(key.encode()).hexdigest()[:12].upper()}"


def _state(key: str, status: Any, reason: str, body: str) -> TranscriptState:
    asked = json.loads(body)
    numbers = {"credits": asked["credits"], "fee_cents": asked["fee_cents"]}
    return TranscriptState(reference=reference_of(key), idempotency_key=key, status=status, reason=reason, **numbers)
