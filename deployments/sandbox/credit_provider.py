"""A credit provider to try the program against: a real HTTP server that also fails the way that real ones do.

One request for one idempotency key, for ever (``provider_book``); how it fails is told in ``provider_faults``. Its answers are
those of the contract: ``tasks/credits/provider_contract.py``.
"""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any

from fastapi import Depends, FastAPI, Header, HTTPException, Query, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse, JSONResponse, Response

from deployments.sandbox.provider_book import Book, KnownRequest, Page, TranscriptRequest, TranscriptState
from deployments.sandbox.provider_faults import AFTER_ACCEPTING, Fault, Weather


class FaultError(Exception):
    """A fault that a request meets before anything is done with it."""

    def __init__(self, answer: Response) -> None:
        """Keep what is answered."""
        super().__init__()
        self.answer = answer


def build_app(book_path: Path, *, token: str, weather: Weather | None = None) -> FastAPI:
    """The provider's server; ``token`` is what callers must bear."""
    book, weather = Book.open(book_path), weather or Weather()
    app = FastAPI(title="Credit provider sandbox", version="1", docs_url=None, redoc_url=None)
    authorized = [Depends(_authorize(token)), Depends(_meet_fault(weather))]
    _add_requests(app, book, weather, authorized)
    _add_accounts(app, book, weather, authorized)
    _add_sandbox(app, book, weather)
    return app


def _add_requests(app: FastAPI, book: Book, weather: Weather, authorized: Sequence[Any]) -> None:
    """What the program asks for, and how it looks after it."""

    @app.post("/v1/transcript-requests", status_code=202, dependencies=authorized, response_model=TranscriptState)
    async def request_transcript(
        request: Request,
        body: TranscriptRequest,
        idempotency_key: Annotated[str, Header(min_length=8, max_length=200)],
    ) -> Response:
        """Request a transcript; the same key with the same body is the same request."""
        known = book.find(idempotency_key)
        if known:
            return _repeated(book, known, body.model_dump_json())
        is_first = book.count_attempt(idempotency_key) == 1
        fault = request.state.fault or (weather.of_key(idempotency_key) if is_first else "")
        early = None if fault in AFTER_ACCEPTING else await weather.answer(fault)
        if early:
            return early
        _accept(book, weather, idempotency_key, body)
        late = await weather.answer(fault) if fault in AFTER_ACCEPTING else None
        return late or _shown(book, idempotency_key, 202)

    @app.get("/v1/transcript-requests", dependencies=authorized)
    def find_request(idempotency_key: Annotated[str, Query(min_length=8)]) -> Page:
        """Find the request of an idempotency key."""
        found = book.find(idempotency_key)
        return Page(items=[found[0]] if found else [])

    @app.get("/v1/transcript-requests/{reference}", dependencies=authorized)
    def show_request(reference: str) -> TranscriptState:
        """The state of a request."""
        found = book.find_reference(reference)
        if found is None:
            raise FaultError(_problem(404, "unknown_reference", "there is no request of this reference"))
        return found


def _add_sandbox(app: FastAPI, book: Book, weather: Weather) -> None:
    """What only a sandbox has: its counts, its faults on call, and its interface on one page."""

    @app.get("/health")
    def health() -> dict[str, Any]:
        """Whether the server is up, how many requests it holds, and how many were made again."""
        return {"status": "ok", "requests": book.count(), "accepted_again": book.accepted_again()}

    @app.post("/sandbox/fault")
    def call_up(fault: Fault, times: int = 1) -> dict[str, Any]:
        """Let the next requests meet a fault."""
        weather.call_up(fault, times)
        return {"fault": fault, "times": times}

    @app.get("/docs", response_class=HTMLResponse, include_in_schema=False)
    def docs(request: Request) -> str:
        """The interface on one page, without anything from outside."""
        return _docs_page(request.app.openapi())

    @app.exception_handler(FaultError)
    async def meet(_request: Request, error: FaultError) -> Response:
        return error.answer

    @app.exception_handler(RequestValidationError)
    async def reject(_request: Request, _error: RequestValidationError) -> Response:
        return _problem(422, "invalid_request", "the request has not the documented form")


def _add_accounts(app: FastAPI, book: Book, weather: Weather, authorized: Sequence[Any]) -> None:
    """What the program reconciles its books with, and how a request is withdrawn."""

    @app.get("/v1/transcript-list", dependencies=authorized)
    def list_requests(season: str, after: str = "", limit: Annotated[int, Query(ge=1, le=500)] = 100) -> Page:
        """All requests of a season, page by page: ``next_after`` of a page is ``after`` of the next."""
        items = book.page(after, season, limit)
        return Page(items=items, next_after=items[-1].idempotency_key if len(items) == limit else "")

    @app.post("/v1/transcript-requests/{reference}/cancel", dependencies=authorized, response_model=TranscriptState)
    async def cancel_request(request: Request, reference: str) -> Response | TranscriptState:
        """Take a request back, and refund it; one whose transcript was sent is not changed."""
        found = book.cancel(reference)
        if found is None:
            raise FaultError(_problem(404, "unknown_reference", "there is no request of this reference"))
        return await weather.answer(request.state.fault) or found


def _authorize(token: str) -> Any:
    def check(authorization: Annotated[str, Header()] = "") -> None:
        if token and authorization != f"Bearer {token}":
            raise HTTPException(401, "the token is missing or wrong")

    return check


def _meet_fault(weather: Weather) -> Any:
    async def meet(request: Request) -> None:
        """Note the fault that was called up, and end here where it comes before anything is done."""
        request.state.fault, fault = "", weather.of_any_request()
        if fault in AFTER_ACCEPTING and request.method == "POST":
            request.state.fault = fault
            return
        answer = await weather.answer(fault)
        if answer:
            raise FaultError(answer)

    return meet


def _accept(book: Book, weather: Weather, key: str, body: TranscriptRequest) -> None:
    is_refused = weather.refuses(key)
    reason = "the provider has no student record of this name" if is_refused else ""
    book.accept(key, body.model_dump_json(), "refused" if is_refused else "processing", reason)


def _repeated(book: Book, known: KnownRequest, text: str) -> Response:
    if json.loads(known.body) != json.loads(text):
        return _problem(409, "key_reused", "this idempotency key was used for another request")
    book.count_accepted(known.state.idempotency_key)
    return JSONResponse(known.state.model_dump(), status_code=200)


def _problem(status: int, code: str, detail: str) -> Response:
    return JSONResponse({"code": code, "detail": detail}, status_code=status)


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
