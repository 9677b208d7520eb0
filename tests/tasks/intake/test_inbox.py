"""The watched folder: a file is read when nobody writes to it any more, and one that was imported is not read again."""

import os
import shutil
import time
from collections.abc import Set
from contextlib import AbstractContextManager
from pathlib import Path
from typing import BinaryIO

import pytest

from schemas.kinds import InputKind
from schemas.settings import settings
from tasks.intake import pipeline
from tasks.intake.inbox import inbox
from tasks.intake.pipeline import stage_files
from tasks.intake.read import Source, open_table
from tests.factories.season import OPENED, csv_file, open_season

pytestmark = pytest.mark.usefixtures("database")
ROWS = [{"email": f"p{n}@lea.example", "signed_at": "2022-06-20 10:00", "signature": "P"} for n in range(3)]


@pytest.fixture(autouse=True)
def _patient_inbox(monkeypatch: pytest.MonkeyPatch, database: str) -> None:
    assert database
    monkeypatch.setenv("CADRE_INBOX_REST_SECONDS", "3600")
    settings.cache_clear()
    open_season()
    inbox(InputKind.COMMITMENT).mkdir(parents=True)


def taken() -> list[tuple[str, int]]:
    return [
        (report.name, report.rows) for report in stage_files.fn("2022", InputKind.COMMITMENT, OPENED) if report.is_new
    ]


def at(path: Path, seconds_ago: float) -> None:
    moment = time.time() - seconds_ago
    os.utime(path, (moment, moment))


def test_a_file_that_is_half_copied_is_left_alone_until_it_is_whole() -> None:
    path = csv_file(inbox(InputKind.COMMITMENT) / "forms.csv", ROWS[:1])
    assert taken() == []
    csv_file(path, ROWS)
    assert taken() == []
    at(path, 3700)
    assert taken() == [("forms.csv", 3)]


def test_a_file_of_a_sender_whose_clock_is_wrong_is_taken_when_it_has_rested_by_ours(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    path = csv_file(inbox(InputKind.COMMITMENT) / "forms.csv", ROWS)
    next_year = time.time() + 365 * 24 * 3600
    os.utime(path, (next_year, next_year))
    assert taken() == []
    monkeypatch.setenv("CADRE_INBOX_REST_SECONDS", "0.5")
    settings.cache_clear()
    time.sleep(0.6)
    assert taken() == [("forms.csv", 3)]


def test_a_file_that_is_renamed_into_place_is_taken_at_once(tmp_path: Path) -> None:
    draft = csv_file(tmp_path / "draft", ROWS)
    at(draft, 7200)
    hidden = inbox(InputKind.COMMITMENT) / ".forms.csv"
    shutil.copy2(draft, hidden)
    assert taken() == []
    draft.rename(inbox(InputKind.COMMITMENT) / "forms.csv")
    assert taken() == [("forms.csv", 3)]


def test_a_file_that_changes_while_it_is_read_is_read_with_the_next_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = csv_file(tmp_path / "forms.csv", ROWS[:1])

    def open_and_write(name: str, file: BinaryIO, wanted: Set[str]) -> AbstractContextManager[Source]:
        csv_file(path, ROWS)
        at(path, 1)
        return open_table(name, file, wanted)

    monkeypatch.setattr(pipeline, "open_table", open_and_write)
    (report,) = stage_files.fn("2022", InputKind.COMMITMENT, OPENED, [path])
    assert (report.is_new, "still being written" in report.messages[0]) == (False, True)
    monkeypatch.undo()
    (report,) = stage_files.fn("2022", InputKind.COMMITMENT, OPENED, [path])
    assert (report.is_new, report.rows) == (True, 3)


def test_an_imported_file_leaves_the_inbox_so_that_no_run_reads_it_again(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("forms.csv", "same.csv"):
        at(csv_file(inbox(InputKind.COMMITMENT) / name, ROWS), 3700)
    assert taken() == [("forms.csv", 3)]
    read: list[str] = []

    def open_and_note(name: str, file: BinaryIO, wanted: Set[str]) -> AbstractContextManager[Source]:
        read.append(name)
        return open_table(name, file, wanted)

    monkeypatch.setattr(pipeline, "open_table", open_and_note)
    assert taken() == []
    assert read == []
    at(csv_file(inbox(InputKind.COMMITMENT) / "forms.csv", [*ROWS, {**ROWS[0], "email": "new@lea.example"}]), 3650)
    assert taken() == [("forms.csv", 4)]
    assert read == ["forms.csv"]


def test_of_two_open_seasons_each_takes_its_own_files_and_none_is_taken_twice() -> None:
    open_season("2027")
    for folder, name in (("", "own.csv"), ("2022", "of-2022.csv"), ("2027", "of-2027.csv")):
        inbox(InputKind.COMMITMENT, folder).mkdir(parents=True, exist_ok=True)
        at(csv_file(inbox(InputKind.COMMITMENT, folder) / name, [{**ROWS[0], "signature": name}]), 3700)
    taken_by = {
        season: {report.name for report in stage_files.fn(season, InputKind.COMMITMENT, OPENED) if report.is_new}
        for season in ("2027", "2022")
    }
    assert taken_by == {"2027": {"of-2027.csv"}, "2022": {"own.csv", "of-2022.csv"}}


def test_a_file_of_another_format_is_looked_at_like_any_other_and_told_once() -> None:
    path = inbox(InputKind.COMMITMENT) / "forms.xls"
    path.write_bytes(b"<html><table><tr><td>email</td></tr></table></html>")
    at(path, 3700)
    (report,) = stage_files.fn("2022", InputKind.COMMITMENT, OPENED)
    assert "it is a web page (HTML)" in report.messages[0]
    assert stage_files.fn("2022", InputKind.COMMITMENT, OPENED) == []
