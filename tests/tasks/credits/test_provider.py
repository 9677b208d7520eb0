"""The credit provider's client against a real server that fails: on a real socket, one request for one key."""

import sqlite3
import time
from pathlib import Path
from typing import Any

import httpx
import pytest

from deployments.sandbox.credit_provider import fault_of
from schemas.settings import settings
from schemas.statuses import TranscriptStatus
from tasks.core.step import ServiceDownError
from tasks.credits.provider import look_up_transcript, open_client, request_transcript

TOKEN = "a-token-of-the-test"
BODY = {
    "season": "2022",
    "email": "ada@lea.example",
    "name": "Ada Holmann",
    "component": "certification",
    "credits": 4,
    "fee_cents": 26000,
    "paid_by": "participant",
}


def key_with(fault: str) -> str:
    """A key whose first try meets the fault, by the server's own seed."""
    return next(key for n in range(9999) if fault_of(key := f"2022/transcript/{n}", 3, "storm") == fault)


@pytest.fixture
def provider(start: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A provider that fails often; the path of its own records."""
    server = start("credit-provider", "--faults", "storm", "--seed", "3", CADRE_PROVIDER_TOKEN=TOKEN)
    monkeypatch.setenv("CADRE_PROVIDER_URL", server.url)
    monkeypatch.setenv("CADRE_RETRY_BASE_SECONDS", "0.02")
    settings.cache_clear()
    return tmp_path / "sandbox" / "credit-provider.db"


def kept(records: Path, table: str = "request") -> int:
    with sqlite3.connect(records) as connection:
        number = int(connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0])  # noqa: S608 - the test's own name
    connection.close()
    return number


@pytest.mark.parametrize("fault", ["drop", "unavailable", "slow", ""])
def test_whatever_the_network_does_one_key_is_one_request(provider: Path, fault: str) -> None:
    key = key_with(fault)
    with open_client(TOKEN) as client:
        first = request_transcript(client, key, BODY)
        again = request_transcript(client, key, BODY)
        assert first.status == again.status == TranscriptStatus.REQUESTED
        assert look_up_transcript(client, first.reference).status == TranscriptStatus.SENT
    assert kept(provider) == 1


def test_a_dropped_answer_is_resolved_by_asking_and_not_by_sending_again(provider: Path) -> None:
    with open_client(TOKEN) as client:
        request_transcript(client, key_with("drop"), BODY)
    with sqlite3.connect(provider) as connection:
        assert connection.execute("SELECT number FROM attempt").fetchone() == (1,)
    connection.close()


@pytest.mark.usefixtures("provider")
def test_429_is_waited_out_as_long_as_the_provider_asks() -> None:
    started = time.monotonic()
    with open_client(TOKEN) as client:
        assert request_transcript(client, key_with("too_many"), BODY).status == TranscriptStatus.REQUESTED
    assert time.monotonic() - started >= 1


@pytest.mark.usefixtures("provider")
def test_a_refusal_is_an_answer_with_its_reason() -> None:
    with open_client(TOKEN) as client:
        answer = request_transcript(client, key_with("unknown_student"), BODY)
        wrong = request_transcript(client, "2022/transcript/bad", BODY | {"credits": 9})
    assert (answer.status, answer.reason) == (
        TranscriptStatus.REFUSED,
        "the provider has no student record of this name",
    )
    assert wrong.status == TranscriptStatus.REFUSED


@pytest.mark.usefixtures("provider")
def test_the_same_key_for_another_body_is_refused() -> None:
    key = key_with("")
    with open_client(TOKEN) as client:
        request_transcript(client, key, BODY)
        assert request_transcript(client, key, BODY | {"credits": 2}).status == TranscriptStatus.REFUSED


@pytest.mark.usefixtures("provider")
def test_a_wrong_token_is_refused_and_not_tried_again() -> None:
    with open_client("wrong") as client:
        assert request_transcript(client, key_with(""), BODY).reason.startswith("401")


def test_a_provider_that_is_not_there_is_a_transport_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CADRE_PROVIDER_URL", "http://127.0.0.1:9")
    settings.cache_clear()
    with open_client(TOKEN) as client, pytest.raises(ServiceDownError, match="cannot be reached"):
        request_transcript(client, "2022/transcript/none", BODY)


@pytest.mark.usefixtures("provider")
def test_the_provider_shows_its_interface_on_one_page_without_anything_from_outside() -> None:
    page = httpx.get(f"{settings().provider_url}/docs").text
    assert "/v1/transcript-requests" in page
    assert "//" not in page.replace("</", "")
    assert "Idempotency-Key" in httpx.get(f"{settings().provider_url}/openapi.json").text.title()
