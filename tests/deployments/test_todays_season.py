"""An installation that starts opens the season that covers today, or says what it lacks."""

from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from sqlalchemy import func, select

from deployments.todays_season import LISTS, open_todays_season, season_of
from deployments.up import prepare_inbox
from schemas.records import Term
from schemas.settings import settings
from schemas.tables import District, Evaluator, Facilitator, Season
from tasks.core.database import reading
from tests.factories.season import LIST_ROWS, csv_file, set_clock, write_policy

SPRING_2027 = datetime(2027, 5, 3, 13, 0, tzinfo=UTC)
TERMS = {
    "2022": Term(date(2022, 4, 18), date(2030, 2, 24)),
    "2027": Term(date(2027, 4, 19), date(2035, 2, 25)),
}


@pytest.mark.parametrize(
    ("today", "season"),
    [
        (date(2022, 4, 17), ""),
        (date(2022, 4, 18), "2022"),
        (date(2027, 4, 18), "2022"),
        (date(2027, 4, 19), "2027"),
        (date(2035, 2, 26), ""),
    ],
)
def test_the_newest_season_whose_days_hold_today_is_todays(today: date, season: str) -> None:
    assert season_of(today, TERMS) == season


def opened() -> list[str]:
    with reading() as db:
        return sorted(db.scalars(select(Season.season)))


@pytest.fixture
def said(database: str, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    assert database
    set_clock(monkeypatch, SPRING_2027)
    prepare_inbox(settings())
    return []


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_the_season_that_covers_today_is_opened_once_with_the_samples_lists(said: list[str]) -> None:
    for _ in range(2):
        open_todays_season(settings(), said.append)
    assert opened() == ["2027"]
    assert [line.startswith("Season 2027, which covers today, was opened") for line in said] == [True]
    with reading() as db:
        counts = [db.scalar(select(func.count()).select_from(table)) for table in (District, Facilitator, Evaluator)]
    assert all(counts)
    assert counts[0] == 198


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_in_production_nothing_is_opened_with_a_samples_people_and_what_is_missing_is_said(
    said: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CADRE_ENVIRONMENT", "production")
    monkeypatch.setenv("CADRE_SMTP_SECURITY", "tls")
    settings.cache_clear()
    open_todays_season(settings(), said.append)
    assert opened() == []
    (told,) = said
    assert (
        "Season 2027 covers today and is not open.\n- put districts.csv, facilitators.csv, evaluators.csv into" in told
    )
    assert str(settings().folder / "inbox" / "2027" / "season") in told


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_wrong_lists_open_nothing_which_is_said_at_every_start_until_they_are_right(said: list[str]) -> None:
    folder = settings().folder / "inbox" / "2027" / "season"
    for name, row in {"facilitators": LIST_ROWS["evaluators"], "evaluators": LIST_ROWS["facilitators"]}.items():
        csv_file(folder / f"{name}_2027.csv", [row])
    for _ in range(2):
        open_todays_season(settings(), said.append)
    assert opened() == []
    assert said[0] == said[1]
    assert f"- correct the lists in {folder}\n- facilitators_2027.csv: the columns facilitator_id" in said[0]
    for name in ("facilitators", "evaluators"):
        csv_file(folder / f"{name}_2027.csv", [LIST_ROWS[name]])
    open_todays_season(settings(), said.append)
    assert opened() == ["2027"]


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_lists_of_ones_own_come_before_the_samples(said: list[str]) -> None:
    folder = settings().folder / "inbox" / "2027" / "season"
    own = {"facilitator_id": "F777", "name": "Ada Ley", "email": "ada@provider.example", "slots": "MON-15:30"}
    csv_file(folder / "facilitators_2027.csv", [{**own, "maximum_cohorts": "2"}])
    open_todays_season(settings(), said.append)
    assert {path.stem.partition("_")[0] for path in folder.iterdir()} == set(LISTS)
    with reading() as db:
        assert db.scalars(select(Facilitator.facilitator_id)).all() == ["F777"]


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_an_installation_whose_own_season_has_no_policy_yet_starts_and_so_does_one_with_a_policy_that_cannot_be_read(
    said: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "policies"
    write_policy(folder, "2001", date(2001, 9, 12))
    monkeypatch.setenv("CADRE_POLICY_FOLDER", str(folder))
    settings.cache_clear()
    open_todays_season(settings(), said.append)
    assert said == []
    (folder / "2002.toml").write_text("season = ", encoding="utf-8")
    open_todays_season(settings(), said.append)
    assert "No season is opened: 2002.toml" in said[0]
