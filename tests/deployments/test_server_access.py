"""Who may talk to the Prefect server: looked at from outside, as any program of the machine and any web page would."""

import asyncio
import json
import os
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

from deployments.environment import AuthFileError, auth_file, auth_string, enter
from deployments.services import running
from schemas.settings import Settings, settings
from tests.signed_in import signed_in

pytestmark = pytest.mark.xdist_group("sqlite")
OPEN_TO_ALL = {"/health", "/ready"}  # whether it is up, which is no data
A_PAGE = "http://elsewhere.example"
CHANGES = ("post", "put", "patch", "delete")


@pytest.fixture
def stranger(services: Any) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=services.api_url, timeout=30) as http:
        yield http


def routes(services: Any) -> dict[str, list[str]]:
    """Every route of the server with its methods."""
    with signed_in(services.api_url, services.auth) as http:
        paths = http.get("/openapi.json").raise_for_status().json()["paths"]
    return {path.removeprefix("/api"): list(methods) for path, methods in paths.items()}


def test_without_the_auth_string_no_route_answers_with_anything(services: Any, stranger: httpx.Client) -> None:
    found = [(method, path) for path, methods in routes(services).items() for method in methods]
    assert len(found) > 100
    for method, path in found:
        if path in OPEN_TO_ALL:
            continue
        answer = stranger.request(
            method, path.replace("{", "").replace("}", ""), json={} if method in CHANGES else None
        )
        assert answer.status_code in ({401, 403} if method in CHANGES else {401}), (method, path)
        assert set(answer.json()) <= {"exception_message", "detail"}, (method, path)


def test_a_wrong_auth_string_opens_nothing(stranger: httpx.Client) -> None:
    assert stranger.get("/admin/version", auth=("cadre", "guess")).status_code == 401
    assert stranger.get("/csrf-token", params={"client": "me"}, auth=("cadre", "")).status_code == 401


def test_the_page_of_another_origin_gets_no_allowance(services: Any, stranger: httpx.Client) -> None:
    user, _, password = services.auth.partition(":")
    asked = {"Origin": A_PAGE, "Access-Control-Request-Method": "POST"}
    assert "access-control-allow-origin" not in stranger.options("/flow_runs/filter", headers=asked).headers
    answer = stranger.get("/admin/version", headers={"Origin": A_PAGE}, auth=(user, password))
    assert "access-control-allow-origin" not in answer.headers
    own = stranger.get("/admin/version", headers={"Origin": services.ui_url}, auth=(user, password))
    assert own.headers["access-control-allow-origin"] == services.ui_url


def test_a_change_without_its_token_is_rejected_also_from_one_who_is_signed_in(services: Any) -> None:
    user, _, password = services.auth.partition(":")
    with httpx.Client(base_url=services.api_url, auth=(user, password), timeout=30) as http:
        assert http.post("/flow_runs/filter", json={}).status_code == 403
        made_up = {"Prefect-Csrf-Client": "me", "Prefect-Csrf-Token": "guess"}
        assert http.post("/flow_runs/filter", json={}, headers=made_up).status_code == 403
    with signed_in(services.api_url, services.auth) as http:
        assert http.post("/flow_runs/filter", json={}).status_code == 200


@pytest.mark.parametrize("way", ["/events/in", "/events/out", "/logs/out"])
def test_no_stream_of_events_or_logs_opens_without_the_auth_string(services: Any, way: str) -> None:
    assert asyncio.run(_closes(services.api_url.replace("http", "ws", 1) + way))


async def _closes(url: str) -> bool:
    """Whether the server closes a stream to one who signs in with a guess; any web page can try."""
    async with connect(url, subprotocols=["prefect"], origin=A_PAGE) as stream:  # type: ignore[list-item, arg-type] # plain texts
        await stream.send(json.dumps({"type": "auth", "token": "cadre:guess"}))
        try:
            answer = await asyncio.wait_for(stream.recv(), 20)
        except ConnectionClosed:
            return True
        return bool(json.loads(answer).get("type") == "auth_failure")


def test_the_page_says_that_it_asks_for_the_auth_string_and_does_not_hold_it(services: Any) -> None:
    told = httpx.get(f"{services.ui_url}/ui-settings").json()
    assert (told["auth"], told["csrf_enabled"], told["api_url"]) == ("BASIC", True, services.api_url)
    assert services.auth not in httpx.get(services.ui_url).text


def test_the_auth_string_is_made_once_and_is_its_owners_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    config = Settings(home=tmp_path)
    made = auth_string(config)
    assert len(made) > 30
    auth_file(config).chmod(0o644)
    assert auth_string(config) == made
    assert stat.S_IMODE(auth_file(config).stat().st_mode) == 0o600
    assert [path.name for path in tmp_path.iterdir()] == [auth_file(config).name]
    assert auth_string(Settings(home=tmp_path / "another")) != made
    for name in ("PREFECT_API_URL", "PREFECT_API_AUTH_STRING"):
        monkeypatch.setenv(name, "")  # so that it is put back
        monkeypatch.delenv(name)
    (tmp_path / "server.url").write_text("http://127.0.0.1:1/api", encoding="utf-8")
    enter(config)
    assert os.environ["PREFECT_API_AUTH_STRING"] == made, "every command finds the server and signs in"


@pytest.mark.parametrize(
    "damaged",
    [b"", b"\n", b":", b"cadre:", b"cadre:short", b":only-a-password-of-some-length", b"cadre:\x00" + b"\x00" * 30],
)
def test_no_server_starts_with_an_auth_file_that_is_empty_or_cut_short(tmp_path: Path, damaged: bytes) -> None:
    """As a full disk or a power failure leaves it: with an empty string Prefect would ask nobody to sign in."""
    config = Settings(home=tmp_path)
    auth_file(config).write_bytes(damaged)
    with pytest.raises(
        AuthFileError, match=r"server\.auth holds no sign-in for the server\. Stop `make up`, delete it"
    ):
        auth_string(config)
    with pytest.raises(AuthFileError), running(config, faults="none", seed=1):
        pytest.fail("a server is open to everybody")
    auth_file(config).unlink()
    assert len(auth_string(config)) > 30


def test_the_auth_string_is_on_the_disk_before_its_file_has_its_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    done: list[str] = []
    sync, link = os.fsync, os.link

    def watched_sync(handle: int) -> None:
        done.append("folder" if stat.S_ISDIR(os.fstat(handle).st_mode) else f"file of {os.fstat(handle).st_size} bytes")
        sync(handle)

    def watched_link(source: Path, name: Path) -> None:
        done.append(name.name)
        link(source, name)

    monkeypatch.setattr(os, "fsync", watched_sync)
    monkeypatch.setattr(os, "link", watched_link)
    made = auth_string(Settings(home=tmp_path))
    named = done.index("server.auth")
    assert f"file of {len(made)} bytes" in done[:named]
    assert "folder" in done[named:]


def test_a_server_that_the_operator_has_named_is_not_told_the_auth_string_of_ours(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PREFECT_API_URL", "http://127.0.0.1:2/api")
    monkeypatch.setenv("PREFECT_API_AUTH_STRING", "")  # so that it is put back
    monkeypatch.delenv("PREFECT_API_AUTH_STRING")
    (tmp_path / "server.url").write_text("http://127.0.0.1:1/api", encoding="utf-8")
    enter(Settings(home=tmp_path))
    assert "PREFECT_API_AUTH_STRING" not in os.environ


def test_no_log_and_no_file_of_the_server_holds_the_auth_string(services: Any) -> None:
    home = settings().folder
    assert (home / "logs").is_dir()
    for path in (path for folder in ("logs", "prefect") for path in (home / folder).rglob("*") if path.is_file()):
        assert services.auth.encode() not in path.read_bytes(), path
