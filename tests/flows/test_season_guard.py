"""Outside of its part of the season a flow's run completes, says why, and writes nothing."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml
from sqlalchemy import func, select

from deployments.catalog import FLOWS
from schemas.settings import ROOT, settings
from schemas.tables import Season
from tasks.core.database import reading
from tasks.season.guard import NOTHING_TO_DO
from tests.factories.season import open_season, use_database, write_policy

pytestmark = pytest.mark.xdist_group("sqlite")
OVER, TO_COME = "2001", "2098"
SCHEDULED = [
    item["entrypoint"].partition(":")[2].replace("_", "-")
    for item in yaml.safe_load((ROOT / "prefect.yaml").read_text(encoding="utf-8"))["deployments"]
    if item["schedules"]
]


@pytest.fixture(scope="module")
def policies(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("policies")
    today = datetime.now(UTC).date() - timedelta(days=1)
    for season in (OVER, TO_COME):
        write_policy(folder, season, today.replace(year=int(season), day=min(today.day, 28)))
    return folder


@pytest.fixture
def home(server: Any, policies: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    assert server
    monkeypatch.setenv("CADRE_POLICY_FOLDER", str(policies))
    use_database(monkeypatch, tmp_path)
    return tmp_path


def rows() -> dict[str, int]:
    """How many rows each table has."""
    with reading() as db:
        return {
            table.name: db.scalar(select(func.count()).select_from(table)) or 0
            for table in Season.metadata.sorted_tables
        }


def end_of(name: str, season: str, **parameters: Any) -> tuple[str, str]:
    state: Any = FLOWS[name](season=season, return_state=True, **parameters)
    return state.name, state.message


def test_no_scheduled_flow_touches_a_season_that_is_over_or_to_come(home: Path) -> None:
    for season in (OVER, TO_COME):
        open_season(season)
    before = rows()
    inbox = home / "inbox" / "survey"
    inbox.mkdir(parents=True)
    (inbox / "waits.csv").write_text("response_id\nR_1\n", encoding="utf-8")
    for name in SCHEDULED:
        over, to_come = end_of(name, OVER), end_of(name, TO_COME)
        assert over[0] == to_come[0] == NOTHING_TO_DO
        assert over[1].startswith(f"Season {OVER}")
        assert " ended on " in over[1]
        assert " begins on " in to_come[1]
    assert rows() == before
    assert (inbox / "waits.csv").exists()


def test_no_flow_touches_a_season_that_was_not_opened(home: Path) -> None:
    open_season = {"districts", "facilitators", "evaluators"}
    assert home == settings().folder
    for name in (item for item in SCHEDULED if not open_season & set(FLOWS[item].parameters.properties)):
        assert end_of(name, "2001", as_of=datetime(2001, 11, 30, 12, tzinfo=UTC))[0] == NOTHING_TO_DO
    assert set(rows().values()) == {0}


def test_a_manual_action_outside_of_its_part_says_so_and_writes_nothing(home: Path) -> None:
    assert home
    open_season(OVER)
    before = rows()
    state, message = end_of(
        "extend-portfolio", OVER, person="P-00000000", track="educator", until="2001-12-01", reason="ill"
    )
    assert state == NOTHING_TO_DO
    assert "portfolio review ended on" in message
    assert rows() == before
