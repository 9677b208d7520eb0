"""A large export is written by two processes: from one moment, the same files, and whole or not at all."""

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Thread

import psutil
import pytest
from sqlalchemy.orm import Session

from schemas.kinds import SubjectKind
from schemas.records import Ruling
from schemas.statuses import OutboxKind, OutboxStatus, Outcome
from schemas.tables import Outbox
from tasks.core.database import insert
from tasks.core.shared_view import sharing_view
from tasks.ledger.unit_of_work import unit_of_work
from tasks.season.export import beside, second_process, write
from tasks.season.export.second_process import SecondProcess, SecondProcessError
from tasks.season.export.tables import Format
from tasks.season.export.write import export_seasons
from tests.factories.enrollment import JUNE_20, enroll_by_roster, roster_row
from tests.factories.season import open_season
from tests.factories.seats import confirm_seats
from tests.tasks.season.export.packages import checked_export, export_to, rows_of

pytestmark = pytest.mark.usefixtures("database")
PROMPT_SECONDS = 60
NOBODY = "postgresql+psycopg://127.0.0.1:1/nobody"


@pytest.fixture
def large(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let every season count as large."""
    monkeypatch.setattr(write, "DECISIONS_FOR_ONE_PROCESS", -1)


def files_in(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.suffix != ".json"}


@pytest.mark.parametrize("file_format", ["csv", "parquet"])
def test_two_processes_write_what_one_writes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, file_format: Format
) -> None:
    confirm_seats(tmp_path, 25, 20, capacity=1500)
    enroll_by_roster(tmp_path, [roster_row("ada"), roster_row("bo")])
    export_seasons(tmp_path / "one", "2022", file_format=file_format)
    monkeypatch.setattr(write, "DECISIONS_FOR_ONE_PROCESS", -1)
    written = export_seasons(tmp_path / "two", "2022", file_format=file_format)
    assert [file.table.name for file in written] == list(write.ORDER)
    assert {file.name: file.rows for file in written}[f"letters.{file_format}"] > 0
    assert files_in(tmp_path / "two") == files_in(tmp_path / "one")


@pytest.mark.usefixtures("large")
def test_an_export_by_two_processes_is_in_order(tmp_path: Path) -> None:
    confirm_seats(tmp_path, 25, capacity=1500)
    assert set(checked_export(tmp_path / "out")) == set(write.ORDER)


def write_to_somebody() -> None:
    """A transaction of another connection: a decision, which the first process exports, and a letter, which the second does."""
    with unit_of_work("2022", JUNE_20) as work:
        work.decide(SubjectKind.DISTRICT, "0900002", Ruling("some-rule", Outcome.ACCEPTED, "It was told in a letter."))
        letter = {"season": "2022", "kind": OutboxKind.MAIL, "created_at": JUNE_20, "status": OutboxStatus.PENDING}
        payload = {"to": "somebody@lea.example", "template": "seats"}
        insert(work.db, Outbox, [{"message_key": "2022/seats/1/0900002", "payload": payload, **letter}])


@pytest.mark.usefixtures("large")
def test_what_is_written_between_the_starts_of_both_is_in_all_files_or_in_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    open_season()
    writer = Thread(target=write_to_somebody)

    @contextmanager
    def with_a_writer(db: Session) -> Iterator[str]:
        with sharing_view(db) as view:  # this process has its view, and the other one has none yet
            writer.start()
            writer.join(2)
            yield view

    monkeypatch.setattr(second_process, "sharing_view", with_a_writer)
    found = export_to(tmp_path / "out")
    writer.join()
    assert (len(found["decisions"]), len(found["letters"])) == (0, 0)
    monkeypatch.undo()
    found = export_to(tmp_path / "out")
    assert (len(found["decisions"]), len(found["letters"])) == (1, 1)


def test_a_second_process_that_cannot_read_fails_the_export_and_says_why(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    open_season()
    before = export_to(tmp_path / "out")
    monkeypatch.setattr(write, "DECISIONS_FOR_ONE_PROCESS", -1)
    monkeypatch.setenv("CADRE_DATABASE_URL", NOBODY)  # this process has read its settings already
    with pytest.raises(SecondProcessError, match=r"(?s)ended with exit code 1\..*Connection refused"):
        export_seasons(tmp_path / "out", "2022")
    assert rows_of(tmp_path / "out") == before
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".out")] == []


def test_a_second_process_that_dies_fails_the_export_and_leaves_the_earlier_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    open_season()
    before = export_to(tmp_path / "out")
    monkeypatch.setattr(write, "DECISIONS_FOR_ONE_PROCESS", -1)
    begin = SecondProcess.begin

    def begin_and_die(other: SecondProcess, db: Session) -> None:
        begin(other, db)
        other.process.kill()

    monkeypatch.setattr(SecondProcess, "begin", begin_and_die)
    with pytest.raises(SecondProcessError, match="exit code -9"):
        export_seasons(tmp_path / "out", "2022")
    assert rows_of(tmp_path / "out") == before
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".out")] == []


def test_the_second_process_is_gone_where_the_first_one_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    open_season()
    started: list[SecondProcess] = []
    begin = SecondProcess.begin

    def begin_and_remember(other: SecondProcess, db: Session) -> None:
        started.append(other)
        begin(other, db)

    monkeypatch.setattr(write, "DECISIONS_FOR_ONE_PROCESS", -1)
    monkeypatch.setattr(SecondProcess, "begin", begin_and_remember)
    last = write.contract()[-1]
    broken = (*write.contract()[:-1], last.__class__("x", "", "", 1, last.columns, "FROM nowhere d"))
    monkeypatch.setattr(write, "contract", lambda: broken)
    with pytest.raises(Exception, match="nowhere"):
        export_seasons(tmp_path / "out", "2022")
    (other,) = started
    assert other.process.returncode is not None


# What the second process opens first is a pipe that nobody reads: it is in the middle of its work until it is ended.
STUCK = f"""
import os, sys
from pathlib import Path
from tasks.season.export import write
write.DECISIONS_FOR_ONE_PROCESS = -1
begin = write.SecondProcess.begin
def begin_stuck(other, db):
    begin(other, db)
    os.mkfifo(Path(sys.argv[1]) / ".out.draft" / "{beside.SUBJECTS[0].TABLES[0].name}.csv")
write.SecondProcess.begin = begin_stuck
write.export_seasons(Path(sys.argv[1]) / "out", "2022")
"""


def test_the_second_process_ends_with_the_first_even_by_kill_9(tmp_path: Path) -> None:
    open_season()
    first = subprocess.Popen([sys.executable, "-c", STUCK, str(tmp_path)])
    deadline = time.monotonic() + PROMPT_SECONDS
    while not (tmp_path / ".out.draft" / "decisions.csv").exists():  # what the first process writes last
        assert (first.poll(), time.monotonic() < deadline) == (None, True)
        time.sleep(0.05)
    (second,) = psutil.Process(first.pid).children()
    assert beside.__name__ in second.cmdline()
    first.kill()
    first.wait()
    while second.is_running() and second.status() != psutil.STATUS_ZOMBIE:
        assert time.monotonic() < deadline, "it outlived the first one"
        time.sleep(0.05)
