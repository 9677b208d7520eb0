"""The audit over a whole season of twelve districts: nothing is broken, and whatever promise is broken, its check notices."""

import shutil
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, create_engine, select

from schemas.tables import Outbox, ReviewRound
from tasks.core.database import engine_for, reading
from tasks.season.audit import audit, checks, not_kept
from tests.conftest import DATABASES
from tests.deployments.audit.copied_data import copy_rows
from tests.deployments.audit.mutations import Mutation, broken, mutations, unguarded
from tests.factories.season import policy, use_database
from tests.finished_seasons import DISTRICTS, FinishedSeason
from tests.postgres_databases import new_postgres_url

pytestmark = pytest.mark.xdist_group("season")
CHECKS = {check.name: check for check in checks()}


def test_every_check_has_one_mutation_and_every_mutation_a_check() -> None:
    counted = Counter(mutation.name for mutation in mutations())
    assert {name: counted[name] for name in CHECKS.keys() | counted.keys()} == dict.fromkeys(CHECKS, 1)


@pytest.mark.parametrize("name", DATABASES)
def test_a_finished_season_keeps_every_promise(
    name: str, finished_seasons: Mapping[str, FinishedSeason], monkeypatch: pytest.MonkeyPatch
) -> None:
    season = finished_seasons[name]
    use_database(monkeypatch, season.home, season.url)
    found = audit("2022", season.ended_at)
    engine_for(season.url).dispose()
    assert len(found) == len(CHECKS)
    shown = " ".join(one for item in found for one in item.ids)
    assert "@" not in shown
    assert {item.check.name: item.ids for item in not_kept(found)} == {}


def test_every_check_looks_at_the_same_rows_on_both_databases(
    copies: Mapping[str, Engine], finished_seasons: Mapping[str, FinishedSeason], postgres: Any, migrated_template: str
) -> None:
    """A comparison that one of them reads otherwise, as SQLite's ``LIKE`` that ignores case, would look at other rows."""
    same = create_engine(new_postgres_url(postgres, "same-rows", migrated_template))
    copy_rows(copies["sqlite"], same)
    seen = []
    for engine in (copies["sqlite"], same):
        with broken(engine, Mutation("", (), {}), "2022", finished_seasons["sqlite"].ended_at) as auditor:
            found = [auditor.look(check) for check in CHECKS.values()]
            seen.append({item.check.name: (item.rows, item.violations) for item in found})
    same.dispose()
    assert seen[0] == seen[1]
    assert seen[0]["nobody-overtaken"][0] > DISTRICTS


@pytest.mark.parametrize("name", DATABASES)
def test_everybody_with_a_late_result_was_told_before_the_promised_day_unless_the_clock_was_paused(
    name: str, finished_seasons: Mapping[str, FinishedSeason], monkeypatch: pytest.MonkeyPatch
) -> None:
    season = finished_seasons[name]
    use_database(monkeypatch, season.home, season.url)
    with reading() as db:
        rounds = list(
            db.scalars(
                select(ReviewRound).where(ReviewRound.hold_reason == "", ReviewRound.decided_at > ReviewRound.due_at)
            )
        )
        written = dict(db.execute(select(Outbox.message_key, Outbox.created_at)).tuples().all())
    engine_for(season.url).dispose()
    local_day = policy().local_day
    late = {
        f"{item.portfolio_id}/{item.round_number}": local_day(item.due_at)
        for item in rounds
        if item.decided_at and local_day(item.decided_at) > local_day(item.due_at)
    }
    told = {key: written.get(f"2022/late-result/{key}/{due_on}") for key, due_on in late.items()}
    assert len(late) > 5
    assert [key for key, at in told.items() if at is None or local_day(at) >= late[key]] == []


def test_no_day_on_the_way_breaks_a_promise(
    finished_seasons: Mapping[str, FinishedSeason],
) -> None:
    found = finished_seasons["postgresql"].broken_on
    assert len(found) > 10
    assert {day: broken for day, broken in found.items() if broken} == {}


@pytest.fixture(scope="module")
def copies(
    finished_seasons: Mapping[str, FinishedSeason], postgres: Any, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Mapping[str, Engine]]:
    """Each database of the season once more, without its guards."""
    source, target = finished_seasons["sqlite"].home / "cadre.db", tmp_path_factory.mktemp("copy") / "cadre.db"
    for end in ("", "-wal"):
        if Path(f"{source}{end}").exists():
            shutil.copy(f"{source}{end}", f"{target}{end}")
    copied = new_postgres_url(postgres, "mutations", "season")
    engines = {"sqlite": unguarded(f"sqlite:///{target}"), "postgresql": unguarded(copied)}
    yield engines
    for engine in engines.values():
        engine.dispose()


@pytest.fixture(scope="module")
def before(
    copies: Mapping[str, Engine], finished_seasons: Mapping[str, FinishedSeason]
) -> Mapping[str, dict[str, int]]:
    """How often each promise is broken before anything is."""
    found = {}
    for name, engine in copies.items():
        with broken(engine, Mutation("", (), {}), "2022", finished_seasons[name].ended_at) as auditor:
            found[name] = {check.name: auditor.look(check).violations for check in CHECKS.values()}
    return found


@pytest.mark.parametrize("name", DATABASES)
@pytest.mark.parametrize("mutation", mutations(), ids=lambda item: item.name)
def test_a_promise_that_is_broken_is_noticed_by_its_check(
    mutation: Mutation,
    name: str,
    copies: Mapping[str, Engine],
    before: Mapping[str, dict[str, int]],
    finished_seasons: Mapping[str, FinishedSeason],
) -> None:
    with broken(copies[name], mutation, "2022", finished_seasons[name].ended_at) as auditor:
        found = auditor.look(CHECKS[mutation.name])
    assert found.violations > before[name][mutation.name]
    assert found.ids
    assert "@" not in " ".join(found.ids)
