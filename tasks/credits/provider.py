"""The client of the credit provider: one request for one key, whatever the network does.

Retried are transport errors, 5xx, 408 and 429 (with its Retry-After) only. When a request was sent and no answer came, the
provider is asked with the same key before anything is sent again. A refusal is an answer, not an error.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import httpx

from schemas.records import TranscriptRecord
from schemas.settings import Settings, settings
from schemas.statuses import TranscriptStatus
from tasks.core.http_client import call_with_retry, checked, secret_token

NAME = "the credit provider"
CONCURRENCY_LIMIT = "credit-provider"
PAGE_REQUESTS = 200
PROCESSING = "processing"  # its word for a request that it has accepted and not answered


@dataclass(frozen=True, slots=True)
class ProviderAnswer:
    """What the provider says of a request, with its reference or reason."""

    status: TranscriptStatus
    reference: str
    reason: str


def provider_token(config: Settings) -> str:
    """The token from the Prefect Secret block, else from ``CADRE_PROVIDER_TOKEN``."""
    return secret_token(config.provider_token_block, config.provider_token)


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
        return known or _answer(checked(NAME, _post(client, key, payload)))

    return call_with_retry(NAME, once)


def look_up_transcript(client: httpx.Client, reference: str) -> ProviderAnswer:
    """The state of a request that was accepted.

    Raises:
        ServiceDownError: the provider was not reached in any of the tries.
    """
    return call_with_retry(NAME, lambda _: _answer(checked(NAME, client.get(f"/v1/transcript-requests/{reference}"))))


def cancel_transcript(client: httpx.Client, reference: str) -> ProviderAnswer:
    """Take a request back; asked again it answers the same.

    Raises:
        ServiceDownError: the provider was not reached in any of the tries.
    """
    return call_with_retry(
        NAME, lambda _: _answer(checked(NAME, client.post(f"/v1/transcript-requests/{reference}/cancel")))
    )


def list_transcripts(client: httpx.Client, season: str) -> dict[str, TranscriptRecord]:
    """Every request of a season that the provider has, by its key.

    Raises:
        ServiceDownError: the provider was not reached in any of the tries.
    """
    found: dict[str, TranscriptRecord] = {}
    after = ""
    while True:
        query = {"season": season, "after": after, "limit": PAGE_REQUESTS}
        page = call_with_retry(NAME, partial(_page, client, query))
        for item in page["items"]:
            status = TranscriptStatus.REQUESTED if item["status"] == PROCESSING else item["status"]
            found[item["idempotency_key"]] = TranscriptRecord(status, item["credits"], item["fee_cents"])
        after = page["next_after"]
        if not after:
            return found


def _page(client: httpx.Client, query: Mapping[str, Any], _is_repeated: bool) -> Mapping[str, Any]:
    body: Mapping[str, Any] = (
        checked(NAME, client.get("/v1/transcript-list", params=dict(query))).raise_for_status().json()
    )
    return body


def _post(client: httpx.Client, key: str, payload: Mapping[str, Any]) -> httpx.Response:
    return client.post("/v1/transcript-requests", json=dict(payload), headers={"Idempotency-Key": key})


def _look_up(client: httpx.Client, key: str) -> ProviderAnswer | None:
    response = checked(NAME, client.get("/v1/transcript-requests", params={"idempotency_key": key}))
    found = response.json()["items"]
    return _known(found[0]) if found else None


def _answer(response: httpx.Response) -> ProviderAnswer:
    if response.is_success:
        return _known(response.json())
    return ProviderAnswer(TranscriptStatus.REFUSED, "", f"{response.status_code}: {_reason(response)}")


def _reason(response: httpx.Response) -> str:
    try:
        return str(response.json()["detail"])
    except (ValueError, KeyError, TypeError):
        return response.text[:200]


def _known(body: Mapping[str, Any]) -> ProviderAnswer:
    known = body["status"] in set(TranscriptStatus)
    status = TranscriptStatus(body["status"]) if known else TranscriptStatus.REQUESTED
    return ProviderAnswer(status, body["reference"], body.get("reason") or "")
