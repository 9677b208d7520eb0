"""What `cadre doctor` says of the database and its backups: a backup counts where it can be restored."""

import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine, text

from deployments.cli.main import app
from deployments.doctor import machine
from deployments.doctor.backups import backups
from schemas.settings import settings
from tasks.core.backups import back_up
from tasks.core.database import engine_for, reading
from tests.factories.season import use_database
from tests.postgres_databases import administer, new_postgres_url


@pytest.fixture
def installation(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A data directory with a database and a backup of it."""
    use_database(monkeypatch, tmp_path)
    back_up(settings().folder / "backups")
    yield tmp_path
    settings.cache_clear()


@pytest.mark.parametrize(
    ("damage", "told"),
    [
        (lambda file, _manifest: file.write_bytes(b""), "its manifest says"),
        (lambda file, _manifest: file.write_bytes(file.read_bytes()[:-1]), "its manifest says"),
        (lambda _file, manifest: manifest.unlink(), "has no readable manifest"),
        (lambda _file, manifest: manifest.write_text("{"), "has no readable manifest"),
        (lambda _file, manifest: manifest.write_text("[]"), "has no readable manifest"),
        (lambda file, _manifest: file.write_bytes(b"x" * file.stat().st_size), "no file of a database"),
    ],
)
def test_a_backup_that_cannot_be_restored_does_not_count(
    installation: Path, damage: Callable[[Path, Path], object], told: str
) -> None:
    folder = installation / "backups"
    (file,), (manifest,) = folder.glob("*.db"), folder.glob("*.json")
    damage(file, manifest)
    (problem,) = backups(settings())
    assert (problem.name, problem.what.startswith(f"there is no backup; {file.name} ")) == (str(folder), True)
    assert told in problem.what


def test_a_copy_of_an_old_backup_is_as_old_as_it_was(installation: Path) -> None:
    for path in (installation / "backups").iterdir():
        path.rename(path.with_name(path.name.replace(path.name.split(".")[0], "cadre-20260101T000000Z")))
    (problem,) = backups(settings())
    assert "the newest backup is of 2026-01-01 00:00 UTC" in problem.what


def test_a_backup_in_another_folder_counts_until_it_is_gone(
    installation: Path, tmp_path_factory: pytest.TempPathFactory, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.rmtree(installation / "backups")
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    assert app(["db", "backup", str(elsewhere), "--json"], result_action="return_value") == 0
    path = Path(json.loads(capsys.readouterr().out)["path"])
    assert backups(settings()) == []
    path.unlink()
    (problem,) = backups(settings())
    assert problem.what == f"there is no backup; the last one went to {path}, which is not there"


@pytest.fixture
def on_postgres(
    installation: Path, postgres: Any, migrated_template: str, monkeypatch: pytest.MonkeyPatch
) -> Iterator[str]:
    """The installation's database is one of PostgreSQL, with tools that are as new as the server; the database's name."""
    name = f"doctor_{abs(hash(str(installation))):x}"
    monkeypatch.setenv("CADRE_DATABASE_URL", new_postgres_url(postgres, name, migrated_template))
    monkeypatch.setenv("CADRE_POSTGRES_TOOLS", str(postgres.bin_path))
    settings.cache_clear()
    back_up(settings().folder / "backups")
    engine = engine_for(settings().database)
    yield name
    engine.dispose()


def test_an_installation_on_postgresql_is_well_also_in_another_time_zone_for_its_sessions_are_in_utc(
    on_postgres: str, postgres: Any
) -> None:
    administer(postgres, f"ALTER DATABASE \"{on_postgres}\" SET timezone = 'Asia/Tokyo'")
    engine_for(settings().database).dispose()
    assert machine.database(settings()) == []
    with reading() as db:
        moment = "SELECT timestamptz '2022-06-20 23:00:00+00' :: date :: text"
        assert db.scalar(text(moment)) == "2022-06-20", "Tokyo has the next day already"


def test_a_session_that_does_not_stay_in_utc_is_told(on_postgres: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert on_postgres
    url = f"{settings().database}&options=-c%20timezone%3DAsia/Tokyo"
    elsewhere = create_engine(url)  # as with a pooler that forgets what a session has set
    monkeypatch.setattr(machine, "engine_for", lambda _url: elsewhere)
    (problem,) = machine.database(settings())
    elsewhere.dispose()
    assert "in the time zone Asia/Tokyo" in problem.what


@pytest.mark.parametrize(
    ("version", "told"),
    [
        ("echo 'pg_dump (PostgreSQL) 9.6.1'", "is of version 9, and refuses"),
        ("exit 1", "does not say its version"),
        ("echo 'pg_dump (PostgreSQL) 99.0 (Debian)'", ""),
    ],
)
def test_tools_that_are_older_than_the_server_are_told(
    on_postgres: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, version: str, told: str
) -> None:
    assert on_postgres
    for name in ("pg_dump", "pg_restore"):
        (tmp_path / "tools" / name).parent.mkdir(exist_ok=True)
        (tmp_path / "tools" / name).write_text(f"#!/bin/sh\n{version}\n", encoding="utf-8")
        (tmp_path / "tools" / name).chmod(0o755)
    monkeypatch.setenv("CADRE_POSTGRES_TOOLS", str(tmp_path / "tools"))
    settings.cache_clear()
    found = {problem.name: problem.what for problem in backups(settings())}
    assert found.keys() == ({"pg_dump", "pg_restore"} if told else set())
    assert all(told in what for what in found.values())


def test_tools_that_are_missing_are_told(on_postgres: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert on_postgres
    assert backups(settings()) == []
    monkeypatch.setenv("CADRE_POSTGRES_TOOLS", "")
    monkeypatch.setenv("PATH", "/nowhere")
    settings.cache_clear()
    assert [problem.name for problem in backups(settings())] == ["pg_dump", "pg_restore"]
