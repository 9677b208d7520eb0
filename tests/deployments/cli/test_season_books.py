"""``cadre season open`` and ``cadre season list``: several seasons in one installation."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from deployments.cli.main import app
from deployments.sample.panel import district_list, evaluator_list, facilitator_list
from tests.factories.season import sample_world, set_clock

Here = Callable[..., tuple[int, Any]]


@pytest.fixture
def here(database: str, capsys: pytest.CaptureFixture[str]) -> Here:
    assert database

    def run(*arguments: str) -> tuple[int, Any]:
        capsys.readouterr()
        code = app(["season", *arguments, "--json"], result_action="return_value")
        return code, json.loads(capsys.readouterr().out)

    return run


def lists(season: str, folder: Path) -> list[str]:
    world = sample_world(None, season, folder)
    made = {"districts": district_list, "facilitators": facilitator_list, "evaluators": evaluator_list}
    return [part for name, make in made.items() for part in (f"--{name}", str(make(world)))]


def test_one_installation_has_several_seasons_open_and_says_what_of_each_is_open_today(
    here: Here, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    code, opened = here("open", "2022", *lists("2022", tmp_path / "2022"))
    assert (code, opened["season"], opened["lost_slots"]) == (0, "2022", 0)
    assert opened["districts_added"] > 100
    assert here("open", "2022", *lists("2022", tmp_path / "2022"))[1]["districts_added"] == 0
    set_clock(monkeypatch, datetime(2027, 6, 20, tzinfo=UTC))
    before = {item["season"]: item for item in here("list")[1]}
    assert before["2027"]["opened_on"] is None
    assert before["2027"]["open_parts"] == []
    here("open", "2027", *lists("2027", tmp_path / "2027"))
    found = {item["season"]: item for item in here("list")[1]}
    assert found["2022"]["open_parts"] == ["certificates and renewals"]
    assert {"the survey", "seat confirmation", "enrollment"} <= set(found["2027"]["open_parts"])
    assert found["2027"]["opened_on"] == "2027-06-19"
