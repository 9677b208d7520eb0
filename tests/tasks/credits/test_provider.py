"""The credit provider's client against a real server that fails: on a real socket, one request for one key."""

import sqlite3
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from deployments.sandbox.credit_provider import build_app
from deployments.sandbox.provider_faults import Weather, fault_of
from schemas.settings import settings
from schemas.statuses import TranscriptStatus
from tasks.core.step import ItemSetupError, ServiceDownError, ServiceSetupError
from tasks.credits.provider import look_up_transcript, open_client, request_transcript
from tests.factories.season import use_database
from tests.servers import serving

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


@pytest.fixture(autouse=True)
def _books(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A database, where the circuit is kept."""
    use_database(monkeypatch, tmp_path)
    yield
    settings.cache_clear()


@pytest.fixture
def provider(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A provider that fails often; the path of its own records."""
    records = tmp_path / "credit-provider.db"
    with serving(build_app(records, token=TOKEN, weather=Weather("storm", seed=3, silence_seconds=30))) as url:
        monkeypatch.setenv("CADRE_PROVIDER_URL", url)
        settings.cache_clear()
        yield records


def kept(records: Path, table: str = "request") -> int:
    with sqlite3.connect(records) as connection:
        number = int(connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0])  # noqa: S608 - the test's own name
    connection.close()
    return number


def call_up(fault: str, times: int = 1) -> None:
    httpx.post(f"{settings().provider_url}/sandbox/fault", params={"fault": fault, "times": times}).raise_for_status()


@pytest.mark.parametrize("fault", ["drop", "unavailable", "slow", ""])
def test_whatever_the_network_does_one_key_is_one_request(provider: Path, fault: str) -> None:
    key = key_with(fault)
    with open_client(TOKEN) as client:
        first = request_transcript(client, key, BODY)
        again = request_transcript(client, key, BODY)
        assert first.transcript == again.transcript == TranscriptStatus.REQUESTED
        assert look_up_transcript(client, key, first.reference).transcript == TranscriptStatus.SENT
    assert kept(provider) == 1


def test_a_dropped_answer_is_resolved_by_asking_and_not_by_sending_again(provider: Path) -> None:
    with open_client(TOKEN) as client:
        request_transcript(client, key_with("drop"), BODY)
    with sqlite3.connect(provider) as connection:
        assert connection.execute("SELECT number FROM attempt").fetchone() == (1,)
    connection.close()


@pytest.mark.usefixtures("provider")
def test_the_provider_counts_a_request_that_is_made_again() -> None:
    key = key_with("")
    with open_client(TOKEN) as client:
        request_transcript(client, key, BODY)
        request_transcript(client, key, BODY, may_be_known=True)
        assert httpx.get(f"{settings().provider_url}/health").json()["accepted_again"] == 0
        request_transcript(client, key, BODY)
    assert httpx.get(f"{settings().provider_url}/health").json()["accepted_again"] == 1


@pytest.mark.usefixtures("provider")
def test_429_is_waited_out_as_long_as_the_provider_asks() -> None:
    started = time.monotonic()
    with open_client(TOKEN) as client:
        assert request_transcript(client, key_with("too_many"), BODY).transcript == TranscriptStatus.REQUESTED
    assert time.monotonic() - started >= 1


@pytest.mark.usefixtures("provider")
def test_a_refusal_is_an_answer_with_its_reason() -> None:
    with open_client(TOKEN) as client:
        answer = request_transcript(client, key_with("unknown_student"), BODY)
    assert (answer.transcript, answer.reason) == (
        TranscriptStatus.REFUSED,
        "the provider has no student record of this name",
    )


@pytest.mark.usefixtures("provider")
def test_a_request_that_the_provider_cannot_read_is_no_refusal_and_stops_no_other() -> None:
    with open_client(TOKEN) as client:
        with pytest.raises(ItemSetupError, match="answered 422"):
            request_transcript(client, "2022/transcript/bad", BODY | {"credits": 9})
        assert request_transcript(client, key_with(""), BODY).transcript == TranscriptStatus.REQUESTED


@pytest.mark.usefixtures("provider")
def test_the_same_key_for_another_body_is_no_refusal_and_leaves_the_first_request_alone() -> None:
    key = key_with("")
    with open_client(TOKEN) as client:
        first = request_transcript(client, key, BODY)
        with pytest.raises(ItemSetupError, match="answered 409"):
            request_transcript(client, key, BODY | {"credits": 2})
        assert look_up_transcript(client, key, first.reference).credits == BODY["credits"]


def test_a_wrong_token_is_no_refusal_and_names_the_setting_but_not_the_token(provider: Path) -> None:
    with open_client("wrong-token") as client:
        with pytest.raises(ServiceSetupError, match=r"answered 401 .*CADRE_PROVIDER_TOKEN") as first:
            request_transcript(client, key_with(""), BODY)
        with pytest.raises(ServiceSetupError, match="tried again every 60 seconds") as second:
            request_transcript(client, key_with(""), BODY)
    for told in (str(first.value), str(second.value)):
        assert "wrong-token" not in told
        assert "ada" not in told
    assert kept(provider) == 0


@pytest.mark.parametrize(
    ("fault", "accepted"),
    [
        ("redirect", 0), ("not_found", 0), ("unauthorized", 0), ("html", 0),
        ("unknown_error", 1), ("garbage", 1), ("wrong_type", 1),
    ],
)  # fmt: skip
def test_what_the_provider_does_not_document_is_an_error_and_afterwards_the_key_is_asked_for(
    provider: Path, monkeypatch: pytest.MonkeyPatch, fault: str, accepted: int
) -> None:
    monkeypatch.setenv("CADRE_CIRCUIT_SECONDS", "0.01")
    settings.cache_clear()
    key = key_with("")
    with open_client(TOKEN) as client:
        call_up(fault)
        with pytest.raises(ServiceSetupError):
            request_transcript(client, key, BODY)
        assert kept(provider) == accepted
        time.sleep(0.02)
        assert request_transcript(client, key, BODY, may_be_known=True).transcript == TranscriptStatus.REQUESTED
    assert httpx.get(f"{settings().provider_url}/health").json()["accepted_again"] == 0


@pytest.mark.usefixtures("provider")
def test_a_long_silence_is_not_waited_for_longer_than_we_say(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CADRE_PROVIDER_TIMEOUT_SECONDS", "0.3")
    settings.cache_clear()
    started = time.monotonic()
    call_up("silence")
    with open_client(TOKEN) as client:
        assert request_transcript(client, key_with(""), BODY).transcript == TranscriptStatus.REQUESTED
    assert time.monotonic() - started < 10
    assert httpx.get(f"{settings().provider_url}/health").json()["accepted_again"] == 0


def test_a_provider_that_is_not_there_is_a_transport_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CADRE_PROVIDER_URL", "http://127.0.0.1:9")
    settings.cache_clear()
    with open_client(TOKEN) as client, pytest.raises(ServiceDownError, match="cannot be reached"):
        request_transcript(client, "2022/transcript/none", BODY)


@pytest.mark.usefixtures("provider")
def test_a_token_that_no_header_can_hold_is_not_told() -> None:
    with (
        open_client("secret-of-ours\n") as client,
        pytest.raises(ServiceSetupError, match="CADRE_PROVIDER_TOKEN") as raised,
    ):
        request_transcript(client, key_with(""), BODY)
    assert "secret-of-ours" not in str(raised.value)
    assert raised.value.__cause__ is None
    assert raised.value.__context__ is None


def test_an_address_that_cannot_be_asked_names_the_setting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CADRE_PROVIDER_URL", "htp://127.0.0.1:9")
    settings.cache_clear()
    with open_client(TOKEN) as client, pytest.raises(ServiceSetupError, match="CADRE_PROVIDER_URL"):
        request_transcript(client, "2022/transcript/none", BODY)


@pytest.mark.usefixtures("provider")
def test_the_provider_shows_its_interface_on_one_page_without_anything_from_outside() -> None:
    page = httpx.get(f"{settings().provider_url}/docs").text
    assert "/v1/transcript-requests" in page
    assert "//" not in page.replace("</", "")
    assert "Idempotency-Key" in httpx.get(f"{settings().provider_url}/openapi.json").text.title()
