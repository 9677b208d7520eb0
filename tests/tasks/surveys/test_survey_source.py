"""The survey tool's interface on a real socket."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from schemas.settings import settings
from schemas.statuses import Disposition
from tasks.surveys.import_surveys import import_responses
from tasks.surveys.survey_source import SurveySourceError, fetch_responses
from tests.factories.season import LEA_IDS, POLICY_FILE, csv_file
from tests.factories.surveys import dispositions, survey_row

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
    with pytest.raises(SurveySourceError, match=r"answered 401 .* check the address in the policy and the token"):
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
    assert [item.name for item in path.parent.iterdir()] == [path.name]


def _killed(*_: object) -> None:
    raise KeyboardInterrupt


def test_without_an_address_in_the_policy_nothing_is_fetched() -> None:
    assert fetch_responses.fn("2022", NOW) is None
