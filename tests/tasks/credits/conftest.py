"""A credit provider of each test's own, in a thread; Prefect's server keeps the limit on calls to it."""

import json
import sqlite3
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import Request, Response
from fastapi.responses import JSONResponse

from deployments.sandbox.provider_book import reference_of
from schemas.settings import settings
from tests.servers import serving

TOKEN = "of-this-test"


@dataclass
class Provider:
    """The provider, what it has on record, and what is to happen when a request arrives.

    ``spoiled``: what stands in the answer to a request for a transcript, by its key, in the place of what the provider says.
    ``broken``: the keys that it answers with this status for good, whatever is asked about them; ``asked``: how often that was.
    """

    url: str
    records: Path
    arrivals: list[str] = field(default_factory=list)
    when_arrives: Callable[[str], object] = lambda _key: None
    broken: dict[str, int] = field(default_factory=dict)
    asked: Counter[str] = field(default_factory=Counter)
    spoiled: dict[str, dict[str, Any]] = field(default_factory=dict)

    def call_up(self, fault: str, times: int = 1) -> None:
        """Let the next requests meet a fault."""
        httpx.post(f"{self.url}/sandbox/fault", params={"fault": fault, "times": times}).raise_for_status()

    def key_asked_about(self, request: Request) -> str:
        """The key that a request is about, whether it names it or the provider's reference."""
        named = request.headers.get("Idempotency-Key") or request.query_params.get("idempotency_key", "")
        parts = request.url.path.split("/")
        return named or next((key for key in {*self.broken} if reference_of(key) in parts), "")

    def has(self) -> dict[str, str]:
        """The status of each request that it has accepted, by key."""
        with closing(sqlite3.connect(self.records)) as connection:
            return dict(connection.execute("SELECT key, status FROM request").fetchall())

    def accepted_again(self) -> int:
        """How many requests were made again although they had been accepted."""
        return int(httpx.get(f"{self.url}/health").json()["accepted_again"])


async def spoil(answer: Any, parts: dict[str, Any]) -> Response:
    """An answer with other parts in the place of its own."""
    body = json.loads(b"".join([some async for some in answer.body_iterator]))
    return JSONResponse({**body, **parts}, status_code=answer.status_code)


@pytest.fixture
def provider(database: str, server: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Provider]:
    """A provider of this test's own, with its own book, and the books of an open season."""
    from fastapi.concurrency import run_in_threadpool

    from deployments.sandbox.credit_provider import build_app
    from tests.factories.season import open_season

    assert database
    assert server.api_url
    found = Provider("", tmp_path / "credit-provider.db")
    app = build_app(found.records, token=TOKEN)

    @app.middleware("http")
    async def arrive(request: Request, call_next: Any) -> Any:
        key = request.headers.get("Idempotency-Key", "")
        if key:
            found.arrivals.append(key)
            await run_in_threadpool(found.when_arrives, key)
        about = found.key_asked_about(request)
        found.asked[about] += 1
        if about in found.broken:
            return JSONResponse({"detail": "internal error"}, status_code=found.broken[about])
        answer = await call_next(request)
        return await spoil(answer, found.spoiled[key]) if key in found.spoiled else answer

    with serving(app) as found.url:
        monkeypatch.setenv("CADRE_PROVIDER_URL", found.url)
        monkeypatch.setenv("CADRE_PROVIDER_TOKEN", TOKEN)
        monkeypatch.setenv("CADRE_PROVIDER_TOKEN_BLOCK", "no-such-block")
        monkeypatch.setenv("CADRE_CIRCUIT_SECONDS", "0.01")
        settings.cache_clear()
        open_season()
        yield found
