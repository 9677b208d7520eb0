"""The client of the credit provider: one request for one key, whatever the network does.

When a request was sent and no answer came, the provider is asked with the same key before anything is sent again. A refusal is
an answer, not an error; what is not in the contract (``provider_contract``) is an error, and never an answer.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from typing import Any

import httpx
from prefect.concurrency.sync import concurrency

from schemas.records import TranscriptRecord
from schemas.settings import Settings, settings
from tasks.core.answers import set_up_wrong
from tasks.core.http_client import call_with_retry, open_http_client, secret_token, understood
from tasks.credits.provider_contract import (
    ACCEPTED,
    FOUND,
    LIST,
    NOT_ACCEPTED,
    NOT_SHOWN,
    REQUESTS,
    SERVICE,
    SHOWN,
    TranscriptAnswer,
    TranscriptPage,
)

CONCURRENCY_LIMIT = "credit-provider"
PAGE_REQUESTS = 200
ANOTHER_REQUEST = " with another request than the one asked for"


def provider_token(config: Settings) -> str:
    """The token from the Prefect Secret block, else from ``CADRE_PROVIDER_TOKEN``."""
    return secret_token(config.provider_token_block, config.provider_token)


def open_client(token: str) -> httpx.Client:
    """A client of the provider; the caller closes it."""
    config = settings()
    return open_http_client(token, base_url=config.provider_url, timeout_seconds=config.provider_timeout_seconds)


@contextmanager
def provider_client() -> Iterator[httpx.Client]:
    """A client of the provider while it is our turn to call it: all processes together keep to the provider's limit."""
    with concurrency(CONCURRENCY_LIMIT, strict=True), open_client(provider_token(settings())) as client:
        yield client


def request_transcript(
    client: httpx.Client, key: str, payload: Mapping[str, Any], *, may_be_known: bool = False
) -> TranscriptAnswer:
    """Ask for a transcript under an idempotency key; where an earlier request may have arrived, ask for the key first.

    Raises:
        ServiceDownError: the provider was not reached in any of the tries.
        ItemSetupError: it cannot take this request as it is, or has another one under this key.
        ServiceSetupError: the answer is none that it documents; nothing is known of the request.
    """

    def once(is_repeated: bool) -> TranscriptAnswer:
        known = _find(client, key) if is_repeated or may_be_known else None
        return known or _send(client, key, payload)

    return call_with_retry(SERVICE, once)


def find_transcript(client: httpx.Client, key: str) -> TranscriptAnswer | None:
    """The request that the provider has under a key, if any; raises like ``request_transcript``."""
    return call_with_retry(SERVICE, lambda _: _find(client, key))


def look_up_transcript(client: httpx.Client, key: str, reference: str) -> TranscriptAnswer:
    """The state of a request that was accepted; raises like ``request_transcript``."""

    def once(_is_repeated: bool) -> TranscriptAnswer:
        response = client.get(f"{REQUESTS}/{reference}")
        return _of(key, reference, response, "a look-up")

    return call_with_retry(SERVICE, once)


def cancel_transcript(client: httpx.Client, key: str, reference: str) -> TranscriptAnswer:
    """Take a request back; asked again it answers the same. Raises like ``request_transcript``."""

    def once(_is_repeated: bool) -> TranscriptAnswer:
        response = client.post(f"{REQUESTS}/{reference}/cancel")
        return _of(key, reference, response, "a cancellation")

    return call_with_retry(SERVICE, once)


def list_transcripts(client: httpx.Client, season: str) -> dict[str, TranscriptRecord]:
    """Every request of a season that the provider has, by its key; raises like ``request_transcript``."""
    found: dict[str, TranscriptRecord] = {}
    after = ""
    while True:
        query = {"season": season, "after": after, "limit": PAGE_REQUESTS}
        page = call_with_retry(SERVICE, partial(_page, client, query))
        found |= {item.idempotency_key: item.record for item in page.items}
        if not page.next_after or page.next_after == after:
            return found
        after = page.next_after


def look_at_provider(token: str, season: str) -> None:
    """Ask one question that changes nothing, once: whether the provider knows us. Outside of the turns and the circuit.

    Raises:
        TransportError: it was not reached.
        ServiceDownError: it says to come later.
        ServiceSetupError: the answer is none that it documents.
    """
    with open_client(token) as client:
        _page(client, {"season": season, "after": "", "limit": 1}, _is_repeated=False)


def _page(client: httpx.Client, query: Mapping[str, Any], _is_repeated: bool) -> TranscriptPage:
    return understood(SERVICE, "a list of requests", client.get(LIST, params=dict(query)), FOUND)


def _send(client: httpx.Client, key: str, payload: Mapping[str, Any]) -> TranscriptAnswer:
    response = client.post(REQUESTS, json=dict(payload), headers={"Idempotency-Key": key})
    found = understood(SERVICE, "a request for a transcript", response, ACCEPTED, NOT_ACCEPTED)
    if found.idempotency_key != key:
        raise set_up_wrong(SERVICE, "a request for a transcript", response, ANOTHER_REQUEST)
    return found


def _find(client: httpx.Client, key: str) -> TranscriptAnswer | None:
    asked = "a question for a key"
    response = client.get(REQUESTS, params={"idempotency_key": key})
    items = understood(SERVICE, asked, response, FOUND).items
    if any(item.idempotency_key != key for item in items) or len(items) > 1:
        raise set_up_wrong(SERVICE, asked, response, ANOTHER_REQUEST)
    return items[0] if items else None


def _of(key: str, reference: str, response: httpx.Response, asked: str) -> TranscriptAnswer:
    found = understood(SERVICE, asked, response, SHOWN, NOT_SHOWN)
    if (found.idempotency_key, found.reference) != (key, reference):
        raise set_up_wrong(SERVICE, asked, response, ANOTHER_REQUEST)
    return found
