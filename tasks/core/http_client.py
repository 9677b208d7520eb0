"""Talking to other people's servers over HTTP: what is tried again, how long is waited, and how tokens are kept.

Retried are transport errors, 5xx, 408 and 429 (with its Retry-After) only.
"""

from collections.abc import Callable
from typing import Any, TypeVar

import httpx
from prefect.blocks.system import Secret
from prefect.exceptions import ObjectNotFound
from pydantic import SecretStr
from tenacity import RetryCallState, Retrying, retry_if_exception_type, stop_after_attempt, wait_exponential_jitter

from schemas.settings import settings
from tasks.core.step import ServiceDownError

R = TypeVar("R")
RETRIED_STATUS = frozenset({408, 429, 500, 502, 503, 504})
LONGEST_WAIT_SECONDS = 60.0


class TemporaryAnswerError(Exception):
    """The other side says to come back later."""

    def __init__(self, name: str, response: httpx.Response) -> None:
        """Keep how long it asks to wait."""
        super().__init__(f"{name} answered {response.status_code}")
        wait = response.headers.get("Retry-After", "")
        self.wait_seconds = float(wait) if wait.isdigit() else None


def secret_token(block_name: str, own: SecretStr) -> str:
    """The token from a Prefect Secret block, else from this installation's settings."""
    try:
        block: Secret[Any] = Secret.load(block_name)  # type: ignore[assignment]  # sync in a sync task
        return str(block.get())
    except (ValueError, ObjectNotFound):
        return own.get_secret_value()


def checked(name: str, response: httpx.Response) -> httpx.Response:
    """The answer of the other side.

    Raises:
        TemporaryAnswerError: it says to come back later.
    """
    if response.status_code in RETRIED_STATUS:
        raise TemporaryAnswerError(name, response)
    return response


def call_with_retry(name: str, once: Callable[[bool], R]) -> R:
    """Try until an answer comes; each try but the first knows that an earlier one may have arrived.

    Raises:
        ServiceDownError: the other side was not reached in any of the tries.
    """
    retrying = Retrying(
        retry=retry_if_exception_type((httpx.TransportError, TemporaryAnswerError)),
        stop=stop_after_attempt(settings().retry_attempts),
        wait=_wait_seconds,
        reraise=True,
    )
    try:
        for attempt in retrying:
            with attempt:
                return once(attempt.retry_state.attempt_number > 1)
    except (httpx.TransportError, TemporaryAnswerError) as error:
        raise ServiceDownError(f"{name} cannot be reached: {error}") from error
    raise AssertionError("unreachable: tenacity gives an answer or raises")


def _wait_seconds(state: RetryCallState) -> float:
    error = state.outcome.exception() if state.outcome else None
    if isinstance(error, TemporaryAnswerError) and error.wait_seconds is not None:
        return min(error.wait_seconds, LONGEST_WAIT_SECONDS)
    base = settings().retry_base_seconds
    return wait_exponential_jitter(multiplier=base, max=LONGEST_WAIT_SECONDS, jitter=base)(state)
