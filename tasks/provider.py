"""The client of the credit provider: one request for one key, whatever the network does.

Retried are transport errors, 5xx, 408 and 429 (with its Retry-After) only. When a request was sent and no answer came, the
provider is asked with the same key before anything is sent again. A refusal is an answer, not an error.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import httpx
from prefect.blocks.system import Secret
from prefect.exceptions import ObjectNotFound
from tenacity import RetryCallState, Retrying, retry_if_exception_type, stop_after_attempt, wait_exponential_jitter

from schemas.settings import Settings, settings
from tasks.step import ServiceDownError

RETRIED_STATUS = frozenset({408, 429, 500, 502, 503, 504})
LONGEST_WAIT_SECONDS = 60.0
CONCURRENCY_LIMIT = "credit-provider"


class TemporaryAnswerError(Exception):
    """The provider says to come back later."""

    def __init__(self, response: httpx.Response) -> None:
        """Keep how long it asks to wait."""
        super().__init__(f"the credit provider answered {response.status_code}")
        wait = response.headers.get("Retry-After", "")
        self.wait_seconds = float(wait) if wait.isdigit() else None


@dataclass(frozen=True, slots=True)
class ProviderAnswer:
    """What the provider says of a request: ``accepted``, ``sent`` or ``refused``, with its reference or reason."""

    status: str
    reference: str
    reason: str


def provider_token(config: Settings) -> str:
    """The token from the Prefect Secret block, else from ``CADRE_PROVIDER_TOKEN``."""
    try:
        block: Secret[Any] = Secret.load(config.provider_token_block)  # type: ignore[assignment]  # sync in a sync task
        return str(block.get())
    except (ValueError, ObjectNotFound):
        return config.provider_token.get_secret_value()


def open_client(token: str) -> httpx.Client:
    """A client of the provider; the caller closes it."""
    return httpx.Client(
        base_url=settings().provider_url,
        headers={"Authorization": f"Bearer {token}"},
        timeout=httpx.Timeout(10.0),
    )


def request_transcript(client: httpx.Client, key: str, payload: Mapping[str, Any]) -> ProviderAnswer:
    """Ask for a transcript under an idempotency key.

    Raises:
        ServiceDownError: the provider was not reached in any of the tries; nothing is known to have been accepted.
    """

    def once(is_repeated: bool) -> ProviderAnswer:
        known = _look_up(client, key) if is_repeated else None
        return known or _answer(_checked(_post(client, key, payload)))

    return _persist(once)


def look_up_transcript(client: httpx.Client, reference: str) -> ProviderAnswer:
    """The state of a request that was accepted.

    Raises:
        ServiceDownError: the provider was not reached in any of the tries.
    """
    return _persist(lambda _: _answer(_checked(client.get(f"/v1/transcript-requests/{reference}"))))


def _post(client: httpx.Client, key: str, payload: Mapping[str, Any]) -> httpx.Response:
    return client.post("/v1/transcript-requests", json=dict(payload), headers={"Idempotency-Key": key})


def _look_up(client: httpx.Client, key: str) -> ProviderAnswer | None:
    response = _checked(client.get("/v1/transcript-requests", params={"idempotency_key": key}))
    found = response.json()["items"]
    return _known(found[0]) if found else None


def _checked(response: httpx.Response) -> httpx.Response:
    if response.status_code in RETRIED_STATUS:
        raise TemporaryAnswerError(response)
    return response


def _answer(response: httpx.Response) -> ProviderAnswer:
    if response.is_success:
        return _known(response.json())
    return ProviderAnswer("refused", "", f"{response.status_code}: {_reason(response)}")


def _reason(response: httpx.Response) -> str:
    try:
        return str(response.json()["detail"])
    except (ValueError, KeyError, TypeError):
        return response.text[:200]


def _known(body: Mapping[str, Any]) -> ProviderAnswer:
    status = {"sent": "sent", "refused": "refused"}.get(body["status"], "accepted")
    return ProviderAnswer(status, body["reference"], body.get("reason") or "")


def _persist(once: Any) -> ProviderAnswer:
    """Try until an answer comes; each try but the first knows that an earlier one may have arrived."""
    retrying = Retrying(
        retry=retry_if_exception_type((httpx.TransportError, TemporaryAnswerError)),
        stop=stop_after_attempt(settings().retry_attempts),
        wait=_wait_seconds,
        reraise=True,
    )
    try:
        for attempt in retrying:
            with attempt:
                answer: ProviderAnswer = once(attempt.retry_state.attempt_number > 1)
                return answer
    except (httpx.TransportError, TemporaryAnswerError) as error:
        raise ServiceDownError(f"the credit provider cannot be reached: {error}") from error
    raise AssertionError("unreachable: tenacity gives an answer or raises")


def _wait_seconds(state: RetryCallState) -> float:
    error = state.outcome.exception() if state.outcome else None
    if isinstance(error, TemporaryAnswerError) and error.wait_seconds is not None:
        return min(error.wait_seconds, LONGEST_WAIT_SECONDS)
    base = settings().retry_base_seconds
    return wait_exponential_jitter(multiplier=base, max=LONGEST_WAIT_SECONDS, jitter=base)(state)
