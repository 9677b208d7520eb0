"""What was backed up comes back, row for row, or is refused with the reason; nothing that is there is written over."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from schemas.settings import settings
from schemas.tables import Decision, Season
from tasks.core.backups import Backup, BackupError, back_up, content_of, copy_to, restore
from tasks.core.database import engine_for, reading, transaction
from tests.factories.seats import confirm_seats
from tests.postgres_databases import new_postgres_url

DECISIONS = Season.metadata.tables["decision"]


@pytest.fixture
def seats(database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, postgres: Any) -> str:
    """Two districts with seats, and the letters about them."""

    monkeypatch.setenv("CADRE_POSTGRES_TOOLS", str(postgres.bin_path))
    settings.cache_clear()
    confirm_seats(tmp_path, 20, 25, capacity=30)
    return database


@contextmanager
def elsewhere(monkeypatch: pytest.MonkeyPatch, kind: str, home: Path, postgres: Any) -> Iterator[None]:
    """The program works on another, empty database of the same kind."""
    home.mkdir(exist_ok=True)
    engine_for(settings().database).dispose()
    url = new_postgres_url(postgres, f"empty_{home.name}_{abs(hash(str(home))):x}") if kind == "postgresql" else ""
    monkeypatch.setenv("CADRE_HOME", str(home))
    monkeypatch.setenv("CADRE_DATABASE_URL", url)
    settings.cache_clear()
    yield
    engine_for(settings().database).dispose()


def content() -> Any:
    with reading() as db:
        return content_of(db.connection())


def test_a_backup_comes_back_row_for_row_in_an_empty_database(
    seats: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, postgres: Any
) -> None:
    before = content()
    backup = back_up(tmp_path / "backups")
    assert backup.rows > 20
    assert (backup.path.stat().st_mode & 0o777) == 0o600
    with transaction() as db:  # what comes after is not in it
        db.execute(DECISIONS.insert(), [a_decision()])
    with elsewhere(monkeypatch, seats, tmp_path / "other", postgres):
        restore(backup.path)
        assert content() == before
        with pytest.raises(BackupError, match="is not empty"):
            restore(backup.path)


def a_decision() -> dict[str, Any]:
    with reading() as db:
        row = db.query(Decision).first()
        assert row is not None
        told = {column.name: getattr(row, column.name) for column in DECISIONS.columns}
    return {**told, "decision_id": 10_000, "cause": "another"}


def test_everything_moves_from_one_kind_of_database_to_the_other_and_goes_on_there(
    seats: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, postgres: Any
) -> None:
    before = content()
    other = {"sqlite": "postgresql", "postgresql": "sqlite"}[seats]
    if other == "postgresql":
        url = new_postgres_url(postgres, f"copy_{abs(hash(str(tmp_path))):x}")
    else:
        url = f"sqlite:///{tmp_path / 'other' / 'cadre.db'}"
    assert copy_to(url) == before
    with pytest.raises(BackupError, match="is not empty"):
        copy_to(url)
    engine_for(settings().database).dispose()
    monkeypatch.setenv("CADRE_DATABASE_URL", url)
    settings.cache_clear()
    assert content() == before
    with transaction() as db:
        told = {name: value for name, value in a_decision().items() if name != "decision_id"}
        db.execute(DECISIONS.insert(), [told])
    assert content()["decision"].rows == before["decision"].rows + 1
    engine_for(url).dispose()


def test_a_backup_that_was_changed_or_lacks_its_manifest_is_refused(
    seats: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, postgres: Any
) -> None:
    backup = back_up(tmp_path / "backups")
    manifest = backup.path.with_name(backup.path.name + ".json")
    told = json.loads(manifest.read_text())
    told["tables"]["decision"]["digest"] = "0" * 64
    manifest.write_text(json.dumps(told))
    with (
        elsewhere(monkeypatch, seats, tmp_path / "third", postgres),
        pytest.raises(BackupError, match=r"not what was backed up: decision\."),
    ):
        restore(backup.path)
    manifest.unlink()
    with pytest.raises(BackupError, match="cannot be read; a backup is both files together"):
        restore(backup.path)


def test_a_missing_tool_and_an_empty_database_are_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, postgres: Any
) -> None:
    with (
        elsewhere(monkeypatch, "sqlite", tmp_path / "fresh", postgres),
        pytest.raises(BackupError, match="nothing to back up"),
    ):
        back_up(tmp_path / "backups")
    monkeypatch.setenv("PATH", "")
    (tmp_path / "x.dump").write_bytes(b"")
    (tmp_path / "x.dump.json").write_text(json.dumps({"kind": "postgresql", "schema": "", "tables": {}}))
    with (
        elsewhere(monkeypatch, "postgresql", tmp_path / "fresh2", postgres),
        pytest.raises(BackupError, match="pg_restore is not installed"),
    ):
        restore(tmp_path / "x.dump")


def test_a_backup_is_whole_while_others_write(seats: str, tmp_path: Path) -> None:
    assert seats
    engine = engine_for(settings().database)
    found: list[Backup] = []
    with engine.connect() as writer:
        writer.begin()
        writer.execute(DECISIONS.insert(), [a_decision()])  # not committed
        found.append(back_up(tmp_path / "backups"))
    assert found[0].tables == content()
