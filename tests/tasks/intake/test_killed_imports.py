"""Imports that are killed, or made twice at once, on both databases, with the inbox in a folder and in a bucket."""

import json
import os
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from schemas.settings import ROOT, settings
from schemas.tables import SourceFile
from tasks.core.database import reading
from tasks.core.storage import storage
from tasks.core.stored_files import digest_in
from tests.factories.season import csv_file
from tests.object_stores import use_bucket
from tests.tasks.intake.dropped_files import ROWS, content, count_rows, drop, stage, text, waiting

pytestmark = pytest.mark.usefixtures("opened_season")
SLOW = [pytest.param("sqlite"), pytest.param("postgresql", marks=pytest.mark.postgres)]


@pytest.fixture(params=["folder", "bucket"], autouse=True)
def place(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, opened_season: None) -> str:
    assert opened_season is None
    if request.param == "bucket":
        use_bucket(monkeypatch, request.getfixturevalue("object_store_url"))
    return str(request.param)


def test_two_runs_at_once_import_and_move_every_file_once() -> None:
    places = [drop(f"forms-{number}.csv", text(ROWS[: number + 1])) for number in range(3)]
    found, gate = list[Any](), threading.Barrier(2)

    def run() -> None:
        gate.wait()
        try:
            found.extend(stage())
        except Exception as error:  # noqa: BLE001 - told below
            found.append(error)

    threads = [threading.Thread(target=run) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [item for item in found if isinstance(item, Exception)] == []
    assert sorted(report.name for report in found if report.is_new) == [f"forms-{number}.csv" for number in range(3)]
    assert (waiting(), [content(where) for where in places]) == ([], [text(ROWS[: n + 1]) for n in range(3)])
    assert count_rows() == 6


@pytest.mark.exhaustive  # half a minute each; make test kills a whole season's imports, and everything else in it
@pytest.mark.parametrize("database", SLOW, indirect=True)
def test_an_import_killed_at_each_of_its_effects_ends_with_every_file_imported_once_and_moved(
    place: str, tmp_path: Path
) -> None:
    folder, points = tmp_path / "files", 7
    folder.mkdir()
    for number in range(points):
        csv_file(folder / f"forms-{number}.csv", [{**ROWS[0], "signature": f"P{number}"}])
    command = [sys.executable, "-m", "tests.tasks.intake.killed_imports", str(folder)]
    done = subprocess.run(command, cwd=ROOT, env=dict(os.environ), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    moved = ["rename"] * 4 if place == "folder" else ["object"] * 4
    assert [kill.split()[0] for kill in json.loads(done.stdout)] == ["commit", "commit", *moved]
    assert waiting() == []
    with reading() as db:
        sources = db.scalars(select(SourceFile)).all()
        assert {source.name for source in sources} == {path.name for path in folder.iterdir()}
    assert [digest_in(storage(), source.received_as) for source in sources] == [source.file_hash for source in sources]
    assert len(storage().files("received/2022/commitment")) == count_rows() == points
    hidden = [path.name for path in (settings().folder / "inbox").rglob(".*")]
    assert hidden == []
