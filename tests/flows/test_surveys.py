"""The flow as an operator runs it: an export dropped into the inbox, its results as an artifact and on a page."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from deployments.catalog import FLOWS
from flows.surveys import import_surveys
from schemas.kinds import InputKind
from tasks.intake.inbox import inbox, inbox_root
from tasks.intake.validation_report import validation_path
from tests.factories.season import open_season, use_database
from tests.factories.surveys import qualtrics, qualtrics_response
from tests.signed_in import signed_in

NOW = datetime(2022, 6, 1, 13, 0, tzinfo=UTC)


@pytest.mark.xdist_group("sqlite")
def test_an_export_of_the_inbox_is_taken_in_and_its_rules_are_an_artifact_and_a_page(
    server: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    use_database(monkeypatch, tmp_path)
    open_season()
    dropped(qualtrics(qualtrics_response(1), qualtrics_response(2, finished="False")))
    tallies = import_surveys("2022", as_of=NOW, files=[Path("survey/june.csv")])
    assert isinstance(tallies, list)
    assert (tallies[0].done, tallies[0].rejected, tallies[0].rows_in) == (1, 1, 2)
    page = validation_path("2022").read_text(encoding="utf-8")
    assert "the response was not finished" in page
    assert "june.csv" in page
    with signed_in(server.api_url, server.auth) as http:
        found = http.post("/artifacts/filter", json={"sort": "CREATED_DESC"}).json()
    artifact = next(item for item in found if item["key"] == "season-2022-validation-survey")
    rules = {row["rule"]: row["outcome"] for row in _rows(artifact["data"])}
    assert (rules["IS-017"], rules["IS-010"]) == ("fail", "pass")


def dropped(text: str) -> None:
    inbox(InputKind.SURVEY).mkdir(parents=True)
    (inbox(InputKind.SURVEY) / "june.csv").write_text(text, encoding="utf-8")


@pytest.mark.xdist_group("sqlite")
@pytest.mark.parametrize("name", ["/etc/passwd", "../cadre.db", "survey/../../cadre.db", "survey/link.csv"])
def test_a_run_reads_no_file_outside_of_the_inbox(
    server: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    assert server
    use_database(monkeypatch, tmp_path)
    open_season()
    dropped(qualtrics(qualtrics_response(1)))
    (inbox(InputKind.SURVEY) / "link.csv").symlink_to("/etc/passwd")
    state: Any = FLOWS["import-surveys"](season="2022", as_of=NOW, files=[name], return_state=True)
    assert state.is_failed()
    assert f"put the file into a folder of {inbox_root()}" in state.message
    assert all(name not in str(item) for item in inbox(InputKind.SURVEY).parent.parent.glob("received/**/*"))
    tallies = import_surveys("2022", as_of=NOW)
    assert isinstance(tallies, list)
    assert tallies[0].rows_in == 1, "the watched folder's own file, and not what its link leads to"


def _rows(data: Any) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = json.loads(data) if isinstance(data, str) else data
    return rows


@pytest.mark.xdist_group("sqlite")
def test_a_run_without_a_new_file_publishes_nothing(
    server: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert server
    use_database(monkeypatch, tmp_path)
    open_season()
    tallies = import_surveys("2022", as_of=NOW)
    assert isinstance(tallies, list)
    assert tallies[0].rows_in == 0
    assert not validation_path("2022").exists()
