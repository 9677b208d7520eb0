"""A credit provider to try the program against: a real HTTP server that also fails the way that real ones do.

One request for one idempotency key, for ever (its state is a file); it can answer slowly, 429 with Retry-After, 503, or drop
the connection after it has accepted. Which key meets which fault follows from the seed, and no key meets one twice, so that a
season against it always ends.
"""

import asyncio
import hashlib
import json
import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import Annotated, Any, Literal, NamedTuple

from fastapi import Depends, FastAPI, Header, HTTPException, Query, Request
from fastapi.responses import HTMLResponse, JSONResponse, Response
from pydantic import BaseModel, ConfigDict, Field
from starlette.types import Receive, Scope, Send

SLOW_SECONDS = 0.4
Faults = Literal["none", "sample", "storm"]
# Per mille of the keys that meet each fault on their first try.
RATES: Mapping[str, Mapping[str, int]] = {
    "none": {},
    "sample": {"drop": 20, "unavailable": 30, "too_many": 4, "slow": 10, "unknown_student": 15},
    "storm": {"drop": 250, "unavailable": 250, "too_many": 50, "slow": 100, "unknown_student": 50},
}


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
        book._run("CREATE TABLE IF NOT EXISTS attempt (key TEXT PRIMARY KEY, number INTEGER)")
        return book

    def _run(self, sql: str, *values: Any) -> list[tuple[Any, ...]]:
        with self._lock, sqlite3.connect(self.path, timeout=30) as connection:
            rows: list[tuple[Any, ...]] = connection.execute(sql, values).fetchall()
        connection.close()
        return rows

    def count_attempt(self, key: str) -> int:
        """How often this key has been sent, this time included."""
        sql = "INSERT INTO attempt VALUES (?, 1) ON CONFLICT (key) DO UPDATE SET number = number + 1 RETURNING number"
        return int(self._run(sql, key)[0][0])

    def accept(self, key: str, body: str, status: str, reason: str) -> None:
        """Keep a request under its key, once."""
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


def fault_of(key: str, seed: int, faults: Faults) -> str:
    """Which fault the first try of a key meets, if any."""
    mark = int(hashlib.sha256(f"{seed}/{key}".encode()).hexdigest(), 16) % 1000
    for name, rate in RATES[faults].items():
        if mark < rate:
            return name
        mark -= rate
    return ""


class DroppedConnection(Response):
    """An answer that never comes: the connection is cut after the request was accepted."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002 - the ASGI signature
        """Promise a body and send none, upon which the server closes the connection."""
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"1000")]})
        await send({"type": "http.response.body", "body": b"", "more_body": True})


def build_app(book_path: Path, *, token: str, faults: Faults = "none", seed: int = 1) -> FastAPI:
    """The provider's server; ``token`` is what callers must bear."""
    book = Book.open(book_path)
    app = FastAPI(title="Credit provider sandbox", version="1", docs_url=None, redoc_url=None)
    authorised = [Depends(_authorise(token))]

    @app.post("/v1/transcript-requests", status_code=202, dependencies=authorised, response_model=TranscriptState)
    async def request_transcript(
        body: TranscriptRequest, idempotency_key: Annotated[str, Header(min_length=8, max_length=200)]
    ) -> Response:
        """Request a transcript; the same key with the same body is the same request."""
        text = body.model_dump_json()
        known = book.find(idempotency_key)
        if known:
            return _repeated(known, text)
        fault = fault_of(idempotency_key, seed, faults) if book.count_attempt(idempotency_key) == 1 else ""
        early = await _early_answer(fault)
        if early:
            return early
        refused = fault_of(idempotency_key, seed, faults) == "unknown_student"
        reason = "the provider has no student record of this name" if refused else ""
        book.accept(idempotency_key, text, "refused" if refused else "processing", reason)
        if fault == "drop":
            return DroppedConnection()
        return _shown(book, idempotency_key, 202)

    @app.get("/v1/transcript-requests", dependencies=authorised)
    def find_request(idempotency_key: Annotated[str, Query(min_length=8)]) -> Page:
        """Find the request of an idempotency key."""
        found = book.find(idempotency_key)
        return Page(items=[found[0]] if found else [])

    @app.get("/v1/transcript-requests/{reference}", dependencies=authorised)
    def show_request(reference: str) -> TranscriptState:
        """The state of a request."""
        found = book.find_reference(reference)
        if found is None:
            raise HTTPException(404, "there is no request of this reference")
        return found

    _add_accounts(app, book, authorised)

    @app.get("/health")
    def health() -> dict[str, Any]:
        """Whether the server is up, and how many requests it holds."""
        return {"status": "ok", "requests": book.count()}

    @app.get("/docs", response_class=HTMLResponse, include_in_schema=False)
    def docs(request: Request) -> str:
        """The interface on one page, without anything from outside."""
        return _docs_page(request.app.openapi())

    return app


def _add_accounts(app: FastAPI, book: Book, authorised: Sequence[Any]) -> None:
    """What the program reconciles its books with, and how a request is withdrawn."""

    @app.get("/v1/transcript-list", dependencies=authorised)
    def list_requests(season: str, after: str = "", limit: Annotated[int, Query(ge=1, le=500)] = 100) -> Page:
        """All requests of a season, page by page: ``next_after`` of a page is ``after`` of the next."""
        items = book.page(after, season, limit)
        return Page(items=items, next_after=items[-1].idempotency_key if len(items) == limit else "")

    @app.post("/v1/transcript-requests/{reference}/cancel", dependencies=authorised)
    def cancel_request(reference: str) -> TranscriptState:
        """Take a request back, and refund it; one whose transcript was sent is not changed."""
        found = book.cancel(reference)
        if found is None:
            raise HTTPException(404, "there is no request of this reference")
        return found


def _authorise(token: str) -> Any:
    def check(authorization: Annotated[str, Header()] = "") -> None:
        if token and authorization != f"Bearer {token}":
            raise HTTPException(401, "the token is missing or wrong")

    return check


async def _early_answer(fault: str) -> Response | None:
    if fault == "unavailable":
        return JSONResponse({"detail": "back in a moment"}, status_code=503)
    if fault == "too_many":
        return JSONResponse({"detail": "too many requests"}, status_code=429, headers={"Retry-After": "1"})
    if fault == "slow":
        await asyncio.sleep(SLOW_SECONDS)
    return None


def _repeated(known: KnownRequest, text: str) -> Response:
    if json.loads(known.body) != json.loads(text):
        return JSONResponse({"detail": "this idempotency key was used for another request"}, status_code=409)
    return JSONResponse(known.state.model_dump(), status_code=200)


def _shown(book: Book, key: str, status_code: int) -> Response:
    found = book.find(key)
    if found is None:
        raise HTTPException(500, "the request was not kept")
    return JSONResponse(found.state.model_dump(), status_code=status_code)


def _docs_page(schema: Mapping[str, Any]) -> str:
    rows = "".join(
        f"<tr><td><b>{method.upper()}</b></td><td><code>{path}</code></td><td>{item.get('description', '')}</td></tr>"
        for path, methods in schema["paths"].items()
        for method, item in methods.items()
    )
    return (
        "<!doctype html><meta charset='utf-8'><title>Credit provider sandbox</title>"
        "<style>body{font:16px/1.5 system-ui;margin:2rem auto;max-width:60rem}td{padding:.4rem 1rem .4rem 0}</style>"
        f"<h1>{schema['info']['title']}</h1><p>Send <code>Authorization: Bearer ...</code> and, with a request, an "
        f"<code>Idempotency-Key</code>. The whole interface: <a href='/openapi.json'>openapi.json</a>.</p>"
        f"<table>{rows}</table>"
    )
