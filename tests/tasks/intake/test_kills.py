"""kill -9 in the middle of a large intake, again and again: in the end every row is there once."""

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from sqlalchemy import func, select

from benchmarks.intake_sample import AS_OF, generate, open_season
from schemas.settings import ROOT, settings
from schemas.tables import IntakeRow
from tasks.core.database import engine_for, reading
from tasks.season.digest import table_digests
from tests.factories.season import use_database

ROWS = 200_000
KILLS = 10
PROGRAM = """
import sys
from datetime import datetime
from pathlib import Path
from tasks.surveys.import_surveys import import_responses
import_responses.fn("2022", datetime.fromisoformat(sys.argv[2]), [Path(sys.argv[1])])
"""


def start(source: Path) -> "subprocess.Popen[bytes]":
    command = [sys.executable, "-c", PROGRAM, str(source), AS_OF.isoformat()]
    return subprocess.Popen(command, cwd=ROOT, env=dict(os.environ), stderr=subprocess.DEVNULL)


def opened(monkeypatch: pytest.MonkeyPatch, home: Path, source: Path) -> None:
    use_database(monkeypatch, home)
    open_season(source.with_name("districts.csv"))


def rows() -> int:
    with reading() as db:
        return db.scalar(select(func.count()).select_from(IntakeRow)) or 0


@pytest.mark.exhaustive
@pytest.mark.xdist_group("sqlite")
def test_an_intake_killed_at_ten_random_points_ends_with_the_same_rows_none_twice(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    source = generate(tmp_path, ROWS)
    opened(monkeypatch, tmp_path / "whole", source)
    began = time.monotonic()
    assert start(source).wait() == 0
    seconds = time.monotonic() - began
    expected = table_digests("2022")
    assert rows() == ROWS

    opened(monkeypatch, tmp_path / "killed", source)
    draw = random.Random(7)  # noqa: S311 - a repeatable choice
    for _ in range(KILLS):
        process = start(source)
        time.sleep(draw.uniform(0.2, 0.95) * seconds)
        process.send_signal(signal.SIGKILL)
        process.wait()
        assert rows() in {0, ROWS}
    assert start(source).wait() == 0
    assert table_digests("2022") == expected
    engine_for(settings().database).dispose()
    settings.cache_clear()
