"""What was backed up comes back, row for row, or is refused with the reason; nothing that is there is written over."""

import hashlib
import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from sqlalchemy import text

from schemas.settings import settings
from schemas.tables import Decision, Season
from tasks.core import backups
from tasks.core.backups import Backup, BackupError, back_up, copy_to, restore
from tasks.core.database import engine_for, reading, transaction
from tasks.core.empty_databases import NotEmptyError
from tasks.core.migrations import migrate, newest_revision, revision_of
from tasks.core.postgres_tools import ToolError
from tasks.core.sqlite_files import DamagedFileError
from tasks.core.table_contents import content_of, differing, stored_content
from tests.factories.seats import confirm_seats
from tests.postgres_databases import new_postgres_url
from tests.schemas.moves import move

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
        with pytest.raises(NotEmptyError, match="is not empty"):
            restore(backup.path)


def manifest_of(backup: Backup) -> Path:
    return backup.path.with_name(backup.path.name + ".json")


def nothing_is_there() -> bool:
    """Whether the installation's database is as empty as it was: no file, or no table, function, or sequence."""
    url = engine_for(settings().database).url
    if url.get_backend_name() == "sqlite":
        return not [path for path in settings().folder.iterdir() if "cadre.db" in path.name]
    with engine_for(settings().database).connect() as connection:
        functions = text("SELECT count(*) FROM pg_proc WHERE pronamespace = 'public'::regnamespace")
        relations = text("SELECT count(*) FROM pg_class WHERE relnamespace = 'public'::regnamespace")
        return not connection.scalar(functions) and not connection.scalar(relations)


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
    with pytest.raises(NotEmptyError, match="is not empty"):
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
    before = content()
    backup = back_up(tmp_path / "backups")
    manifest = manifest_of(backup)
    kept = manifest.read_text()
    told = json.loads(kept)
    told["tables"]["decision"]["digest"] = "0" * 64
    manifest.write_text(json.dumps(told))
    with elsewhere(monkeypatch, seats, tmp_path / "third", postgres):
        with pytest.raises(BackupError, match=r"not what was backed up: decision\."):
            restore(backup.path)
        assert nothing_is_there()
        manifest.write_text(kept)
        restore(backup.path)
        assert content() == before
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
    (tmp_path / "x.dump.json").write_text(json.dumps({"kind": "postgresql", "schema": newest_revision(), "tables": {}}))
    with (
        elsewhere(monkeypatch, "postgresql", tmp_path / "fresh2", postgres),
        pytest.raises(ToolError, match="pg_restore is not installed"),
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
    with reading() as db:
        assert found[0].tables == stored_content(db.connection())


EARLIER = "0018_people"


@pytest.mark.parametrize("by_version", ["this", "the earlier"])
def test_a_database_of_an_earlier_schema_is_backed_up_comes_back_as_it_was_and_is_migrated_then(
    by_version: str, seats: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, postgres: Any
) -> None:
    before = content()
    move(command.downgrade, EARLIER)
    with transaction() as db:  # a table that this version does not have
        db.execute(text("INSERT INTO inbox_file VALUES ('june.csv', 12, 34, 'abc')"))
    backup = back_up(tmp_path / "backups")
    assert backup.schema == EARLIER
    if by_version == "the earlier":
        tables = {name: asdict(state) for name, state in content().items()}
        tables["inbox_file"] = {"rows": 1, "digest": hashlib.sha256(b'["june.csv",12,34,"abc"]').hexdigest()}
        manifest_of(backup).write_text(json.dumps({"kind": seats, "schema": EARLIER, "tables": tables}))
    with elsewhere(monkeypatch, seats, tmp_path / "newer", postgres):
        assert restore(backup.path).needs_migration
        with reading() as db:
            assert revision_of(db.connection()) == EARLIER
        migrate()
        assert differing(before, content()) == ["source_file"], (
            "where a file was received was forgotten by the downgrade"
        )


def test_a_database_of_an_earlier_schema_is_not_copied_but_migrated_first(seats: str, tmp_path: Path) -> None:
    assert seats
    move(command.downgrade, EARLIER)
    target = tmp_path / "other" / "cadre.db"
    with pytest.raises(BackupError, match=f"has the schema {EARLIER}, and .* start `make up` once, which migrates"):
        copy_to(f"sqlite:///{target}")
    assert not target.exists()


def test_a_backup_of_a_later_version_is_refused(
    seats: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, postgres: Any
) -> None:
    backup = back_up(tmp_path / "backups")
    manifest_of(backup).write_text(manifest_of(backup).read_text().replace(backup.schema, "0099_later"))
    with elsewhere(monkeypatch, seats, tmp_path / "older", postgres):
        with pytest.raises(BackupError, match=r"made by a later version of the program \(0099_later\)"):
            restore(backup.path)
        assert nothing_is_there()


@pytest.mark.parametrize("part", [0.0, 0.01, 0.5, 0.95])
def test_a_backup_of_which_only_a_part_is_there_is_refused_in_one_sentence(
    part: float, seats: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, postgres: Any
) -> None:
    backup = back_up(tmp_path / "backups")
    whole = backup.path.read_bytes()
    backup.path.write_bytes(whole[: int(len(whole) * part)])
    with elsewhere(monkeypatch, seats, tmp_path / "cut", postgres):
        with pytest.raises((BackupError, DamagedFileError, ToolError)) as told:
            restore(backup.path)
        assert "\n" not in str(told.value).strip()
        assert nothing_is_there()
        backup.path.write_bytes(whole)
        restore(backup.path)


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_a_row_that_was_changed_in_the_file_of_a_backup_is_found_before_it_takes_its_place(
    seats: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, postgres: Any
) -> None:
    backup = back_up(tmp_path / "backups")
    with closing(sqlite3.connect(backup.path)) as changed, changed:
        changed.execute("UPDATE district SET enrollment = enrollment + 1 WHERE lea_id = '0900002'")
    with elsewhere(monkeypatch, seats, tmp_path / "changed", postgres):
        with pytest.raises(BackupError, match=r"not what was backed up: district\."):
            restore(backup.path)
        assert nothing_is_there()


def test_a_copy_that_fails_on_its_way_leaves_the_other_database_empty(
    seats: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, postgres: Any
) -> None:
    other = {"sqlite": "postgresql", "postgresql": "sqlite"}[seats]
    with monkeypatch.context() as patch:
        patch.setattr(backups, "differing", lambda _kept, _found: ["certificate"])
        path = tmp_path / "half" / "cadre.db"
        url = (
            new_postgres_url(postgres, f"half_{abs(hash(str(path))):x}")
            if other == "postgresql"
            else f"sqlite:///{path}"
        )
        with pytest.raises(BackupError, match=r"does not hold what the database does: certificate\."):
            copy_to(url)
    assert copy_to(url) == content()
