"""How the credit provider sandbox fails: the way that real servers do, before it has accepted a request or after.

Which key meets which fault follows from the seed, and no key meets one twice, so that a season against it always ends. A test
can also say which fault the next requests meet, whatever they ask.
"""

import asyncio
import hashlib
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from fastapi.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.types import Receive, Scope, Send

SLOW_SECONDS = 0.4
Faults = Literal["none", "sample", "storm", "chaos"]
Fault = Literal[
    "", "unavailable", "too_many", "slow", "drop_before", "unauthorized", "redirect", "not_found", "html",
    "unknown_student", "drop", "unknown_error", "garbage", "wrong_type", "silence",
]  # fmt: skip
AFTER_ACCEPTING = frozenset({"drop", "unknown_error", "garbage", "wrong_type", "silence"})
# Per mille of the keys that meet each fault on their first try. Only chaos has faults that say that we are set up wrong.
RATES: Mapping[str, Mapping[Fault, int]] = {
    "none": {},
    "sample": {"drop": 20, "unavailable": 30, "too_many": 4, "slow": 10, "unknown_student": 15},
    "storm": {"drop": 250, "unavailable": 250, "too_many": 50, "slow": 100, "unknown_student": 50},
    "chaos": {
        "drop": 60, "drop_before": 40, "unavailable": 60, "too_many": 20, "slow": 20, "unknown_student": 50, "garbage": 30,
        "wrong_type": 20, "html": 10, "unknown_error": 20, "redirect": 10, "not_found": 10, "silence": 10, "unauthorized": 10,
    },
}  # fmt: skip


def fault_of(key: str, seed: int, faults: Faults) -> Fault:
    """Which fault the first try of a key meets, if any."""
    mark = int(hashlib.sha256(f"{seed}/{key}".encode()).hexdigest(), 16) % 1000
    for name, rate in RATES[faults].items():
        if mark < rate:
            return name
        mark -= rate
    return ""


@dataclass(slots=True)
class Weather:
    """Which fault a request meets: the one that was called up for the next ones, or its key's own."""

    faults: Faults = "none"
    seed: int = 1
    silence_seconds: float = 60.0
    unauthorized_seconds: float = 5.0
    _next: Fault = ""
    _times: int = 0
    _unauthorized_until: float = 0.0

    def call_up(self, fault: Fault, times: int) -> None:
        """Let the next requests, whatever they ask, meet a fault."""
        self._next, self._times = fault, times

    def of_any_request(self) -> Fault:
        """The fault that a request meets whatever it asks."""
        if time.monotonic() < self._unauthorized_until:
            return "unauthorized"
        if self._times < 1:
            return ""
        self._times -= 1
        return self._next

    def of_key(self, key: str) -> Fault:
        """The fault that the first try of a key meets; a token that has expired is not renewed at once."""
        fault = fault_of(key, self.seed, self.faults)
        if fault == "unauthorized":
            self._unauthorized_until = time.monotonic() + self.unauthorized_seconds
        return fault

    def refuses(self, key: str) -> bool:
        """Whether the request of a key is refused: an answer, and no fault."""
        return fault_of(key, self.seed, self.faults) == "unknown_student"

    async def answer(self, fault: Fault) -> Response | None:
        """What a fault answers in the place of the answer; none where it only takes time."""
        if fault == "slow":
            await asyncio.sleep(SLOW_SECONDS)
        if fault == "silence":
            await asyncio.sleep(self.silence_seconds)
            return DroppedConnection()
        return _answer(fault)


class DroppedConnection(Response):
    """An answer that never comes: the connection is cut."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002 - the ASGI signature
        """Promise a body and send none, upon which the server closes the connection."""
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"1000")]})
        await send({"type": "http.response.body", "body": b"", "more_body": True})


def _answer(fault: Fault) -> Response | None:
    login = "<!doctype html><title>Sign in</title><p>Please sign in."
    made: Mapping[str, Response] = {
        "unavailable": JSONResponse({"detail": "back in a moment"}, status_code=503),
        "too_many": JSONResponse({"detail": "too many requests"}, status_code=429, headers={"Retry-After": "1"}),
        "unauthorized": JSONResponse({"detail": "the token has expired"}, status_code=401),
        "redirect": RedirectResponse("/login", status_code=302),
        "not_found": JSONResponse({"detail": "Not Found"}, status_code=404),
        "html": HTMLResponse(login),
        "unknown_error": HTMLResponse("<h1>520</h1>", status_code=520),
        "garbage": Response(b'{"reference": "TR-', media_type="application/json"),
        "wrong_type": Response(b"accepted", media_type="text/plain"),
        "drop": DroppedConnection(),
        "drop_before": DroppedConnection(),
    }
    return made.get(fault)
