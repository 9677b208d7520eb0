"""The survey tool's interface on a real socket."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from sqlalchemy import delete, select

from schemas.settings import settings
from schemas.statuses import Disposition
from schemas.tables import HttpSource, ServiceCircuit
from tasks.core.database import insert_new, reading, transaction
from tasks.core.step import ServiceDownError, ServiceSetupError
from tasks.intake.inbox import inbox_root
from tasks.surveys.import_surveys import import_responses
from tasks.surveys.survey_source import fetch_responses
from tests.factories.season import LEA_IDS, POLICY_FILE, csv_file
from tests.factories.surveys import dispositions, survey_row
from tests.servers import Parrot, parrot

NOW = datetime(2022, 6, 1, 13, 0, tzinfo=UTC)
TOKEN = "a-token-of-the-test"
pytestmark = pytest.mark.usefixtures("opened_season")


@pytest.fixture
def tool(start: Any, server: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A survey tool that the season's policy names, with pages of two; the file of its responses."""
    assert server  # where the token's Secret block is looked for
    tool = start("survey-tool", CADRE_SURVEY_TOKEN=TOKEN)
    policy = POLICY_FILE.read_text(encoding="utf-8")
    changed = policy.replace('url = ""', f'url = "{tool.url}/v1/responses"').replace(
        "page_limit = 500", "page_limit = 2"
    )
    (tmp_path / "2022.toml").write_text(changed, encoding="utf-8")
    monkeypatch.setenv("CADRE_POLICY_FOLDER", str(tmp_path))
    monkeypatch.setenv("CADRE_SURVEY_TOKEN", TOKEN)
    settings.cache_clear()
    return tmp_path / "sandbox" / "survey-tool.json"


def hold(book: Path, *rows: dict[str, str]) -> None:
    book.parent.mkdir(parents=True, exist_ok=True)
    book.write_text(json.dumps(rows), encoding="utf-8")


def import_fetched_responses() -> list[str]:
    path = fetch_responses.fn("2022", NOW)
    import_responses.fn("2022", NOW, [], [path])
    return dispositions()


def test_every_page_is_fetched_and_nothing_new_is_not_fetched_again(tool: Path) -> None:
    hold(tool, *(survey_row(n, LEA_IDS[n % 4]) for n in range(5)))
    assert import_fetched_responses() == [Disposition.ACCEPTED] * 4 + [Disposition.SUPERSEDED]
    assert fetch_responses.fn("2022", NOW) is None


def test_a_response_that_comes_over_http_and_in_a_file_is_one_response(tool: Path, tmp_path: Path) -> None:
    hold(tool, survey_row(1))
    import_fetched_responses()
    import_responses.fn("2022", NOW, [csv_file(tmp_path / "s.csv", [survey_row(1)])])
    assert dispositions() == [Disposition.ACCEPTED, Disposition.REPEATED]


def test_only_what_is_new_counts_when_the_tool_has_more(tool: Path) -> None:
    hold(tool, survey_row(1))
    import_fetched_responses()
    hold(tool, survey_row(1), survey_row(2, LEA_IDS[1]))
    assert import_fetched_responses() == [Disposition.ACCEPTED, Disposition.ACCEPTED, Disposition.REPEATED]


def test_a_wrong_token_stops_the_run_with_what_to_check(tool: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    hold(tool, survey_row(1))
    monkeypatch.setenv("CADRE_SURVEY_TOKEN", "another")
    settings.cache_clear()
    with pytest.raises(ServiceSetupError, match=r"answered 401 .* Check the token .*CADRE_SURVEY_TOKEN"):
        fetch_responses.fn("2022", NOW)


@pytest.fixture
def stray(server: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Parrot]:
    """A tool that answers what the test says, and that had an ETag before."""
    assert server
    with parrot() as tool:
        changed = POLICY_FILE.read_text(encoding="utf-8").replace('url = ""', f'url = "{tool.url}/v1/responses"')
        (tmp_path / "2022.toml").write_text(changed, encoding="utf-8")
        monkeypatch.setenv("CADRE_POLICY_FOLDER", str(tmp_path))
        monkeypatch.setenv("CADRE_RETRY_ATTEMPTS", "1")
        monkeypatch.setenv("CADRE_SURVEY_TOKEN", TOKEN)
        settings.cache_clear()
        with transaction() as db:
            row = {"season": "2022", "url": f"{tool.url}/v1/responses", "etag": '"before"', "fetched_at": NOW}
            insert_new(db, HttpSource, [row])
        yield tool


PAGE = b'{"responses": [{"response_id": "R_1"}], "next": null}'
UNDOCUMENTED = st.one_of(
    st.tuples(st.sampled_from([201, 204, 206, 301, 302, 307, 401, 403, 404, 410, 418, 501, 520]), st.just(PAGE)),
    st.tuples(st.sampled_from([408, 425, 429, 500, 502, 503, 504]), st.just(PAGE)),
    st.tuples(st.just(200), st.binary(max_size=30)),
    st.tuples(
        st.just(200), st.sampled_from([b"[]", b'{"responses": {}}', b'{"responses": [1]}', b"<html>", PAGE[:-1]])
    ),
    st.tuples(st.just(200), st.just(b'{"responses": [{"response_id": "R_1"}], "next": "http://elsewhere.example/"}')),
    st.tuples(st.just(200), st.just(b'{"responses": [{"response_id": "R_1"}], "next": 5}')),
)


@hypothesis_settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(answer=UNDOCUMENTED, etag=st.just('"after"'))
def test_an_undocumented_answer_imports_nothing_and_keeps_the_etag(
    stray: Parrot, answer: tuple[int, bytes], etag: str
) -> None:
    stray.say(*answer, ETag=etag)
    with transaction() as db:
        db.execute(delete(ServiceCircuit))
    with pytest.raises((ServiceSetupError, ServiceDownError)):
        fetch_responses.fn("2022", NOW)
    assert stray.asked
    with reading() as db:
        assert list(db.scalars(select(HttpSource.etag))) == ['"before"']
    assert list(inbox_root().rglob("*.jsonl")) == []


def test_html_with_200_imports_nothing(stray: Parrot) -> None:
    stray.say(200, PAGE, "text/html")
    with pytest.raises(ServiceSetupError, match=r"survey\.source\.url in the policy"):
        fetch_responses.fn("2022", NOW)


def test_that_nothing_is_new_counts_only_where_we_said_what_we_have(stray: Parrot) -> None:
    stray.say(304, b"")
    assert fetch_responses.fn("2022", NOW) is None
    with transaction() as db:
        db.execute(delete(HttpSource))
    with pytest.raises(ServiceSetupError, match="answered 304"):
        fetch_responses.fn("2022", NOW)


def test_a_run_killed_before_the_etag_was_kept_fetches_the_same_file_again(
    tool: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hold(tool, survey_row(1))
    with monkeypatch.context() as patch:
        patch.setattr("tasks.surveys.survey_source.upsert", _killed)
        with pytest.raises(KeyboardInterrupt):
            fetch_responses.fn("2022", NOW)
    path = fetch_responses.fn("2022", NOW)
    assert path is not None
    assert [item.name for item in (inbox_root() / path.parent).iterdir()] == [path.name]


def _killed(*_: object) -> None:
    raise KeyboardInterrupt


def test_without_an_address_in_the_policy_nothing_is_fetched() -> None:
    assert fetch_responses.fn("2022", NOW) is None
