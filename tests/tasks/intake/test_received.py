"""What was read is moved to where it stays, and can be found there: whoever is killed, and however many work at once."""

import os
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from schemas.settings import settings
from schemas.tables import SourceFile
from tasks.core.database import reading
from tasks.core.storage import storage
from tasks.intake import received
from tasks.intake.formats.limits import FILE_BYTES
from tasks.intake.inbox import put_into_inbox
from tasks.season.lists import SeasonFiles, read_lists
from tests.factories.season import csv_file
from tests.object_stores import use_bucket
from tests.tasks.intake.dropped_files import COMMITMENT, ROWS, content, count_rows, drop, stage, text, waiting

pytestmark = [
    pytest.mark.usefixtures("opened_season"),
    pytest.mark.parametrize("database", ["sqlite"], indirect=True),  # both: test_killed_imports.py
]


@pytest.fixture(params=["folder", "bucket"], autouse=True)
def place(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, opened_season: None) -> str:
    assert opened_season is None
    if request.param == "bucket":
        use_bucket(monkeypatch, request.getfixturevalue("object_store_url"))
    return str(request.param)


in_a_folder = pytest.mark.parametrize("place", ["folder"], indirect=True)


def test_an_imported_file_is_moved_and_its_place_is_on_record() -> None:
    where = drop("forms.csv", text())
    (report,) = stage()
    assert (report.rows, report.received_as, report.messages) == (3, where, ())
    assert (waiting(), content(where)) == ([], text())
    with reading() as db:
        assert db.scalars(select(SourceFile.received_as)).all() == [where]
    assert stage() == []


def test_a_refused_file_is_moved_too_and_the_report_says_where(caplog: pytest.LogCaptureFixture) -> None:
    where = drop("forms.xlsx", b"PK\x03\x04 and nothing that belongs to it")
    (report,) = stage()
    assert "The file cannot be imported" in report.messages[0]
    assert report.messages[-1] == f"It lies in {where}."
    assert (waiting(), content(where)[:2]) == ([], b"PK")
    with reading() as db:
        assert db.scalars(select(SourceFile.received_as)).all() == [where]
    assert f"forms.xlsx: no row was imported; it lies in {where}" in caplog.text


def test_two_files_of_one_name_are_both_kept() -> None:
    first = drop("forms.csv", text())
    stage()
    second = drop("forms.csv", text(ROWS[:1]))
    stage()
    assert (content(first), content(second), waiting()) == (text(), text(ROWS[:1]), [])


def test_a_file_that_was_imported_before_is_moved_and_not_imported_again() -> None:
    where = drop("forms.csv", text())
    stage()
    again, renamed = drop("forms.csv", text()), drop("copy.csv", text())
    reports = {report.name: report for report in stage()}
    assert {name: report.received_as for name, report in reports.items()} == {"forms.csv": again, "copy.csv": renamed}
    assert again == where
    assert all(report.messages == ("already imported",) for report in reports.values())
    assert (waiting(), content(where), content(renamed), count_rows()) == ([], text(), text(), 3)


def test_a_named_file_that_was_moved_is_known_and_one_that_never_was_is_told() -> None:
    where = drop("forms.csv", text())
    stage([Path("commitment/forms.csv")])
    (known,) = stage([Path("commitment/forms.csv")])
    assert (known.messages, known.received_as) == (("already imported",), where)
    (unknown,) = stage([Path("commitment/june.csv")])
    assert "There is no such file in the inbox" in unknown.messages[0]


def test_a_file_of_this_machine_is_copied_and_stays(tmp_path: Path) -> None:
    path = csv_file(tmp_path / "forms.csv", ROWS)
    for _ in range(2):
        (report,) = stage([path])
        assert report.received_as.endswith("-forms.csv")
        assert content(report.received_as) == path.read_bytes()
    assert count_rows() == 3


def test_a_file_that_cannot_be_moved_is_imported_once_and_moved_later(monkeypatch: pytest.MonkeyPatch) -> None:
    where = drop("forms.csv", text())
    with monkeypatch.context() as broken:
        broken.setattr(received, "storage", lambda: no_mover(storage()))
        (report,) = stage()
    assert report.is_new
    assert (report.received_as, "stays where it is until it can be moved" in report.messages[-1]) == ("", True)
    assert waiting() == ["forms.csv"]
    (report,) = stage()
    assert (report.messages, report.received_as, waiting()) == (("already imported",), where, [])
    assert count_rows() == 3


def no_mover(own: Any) -> Any:
    def move(*_: object) -> bool:
        raise PermissionError(13, "Permission denied")

    return type("NoMover", (), {"move": staticmethod(move), "look": own.look})()


def test_a_file_that_is_replaced_after_it_was_read_is_imported_with_the_next_run(
    monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    first = drop("forms.csv", text())
    own, second = received.Arrivals.put_away, ""

    def replaced(*arguments: Any) -> Any:
        nonlocal second
        second = drop("forms.csv", text(ROWS[:1]))
        return own(*arguments)

    with monkeypatch.context() as quick_sender:
        quick_sender.setattr(received.Arrivals, "put_away", replaced)
        (report,) = stage()
    assert (report.rows, waiting()) == (3, ["forms.csv"])
    if place == "bucket":  # its bytes were fetched before
        assert content(first) == text()
    else:
        assert "replaced" in report.messages[-1]
    (report,) = stage()
    assert (report.rows, report.received_as, waiting(), content(second)) == (1, second, [], text(ROWS[:1]))


@in_a_folder
def test_links_pipes_and_folders_are_named_and_stay_and_the_rest_goes_on() -> None:
    where = drop("forms.csv", text())
    folder = settings().folder / "inbox" / "commitment"
    os.mkfifo(folder / "pipe.csv")
    (folder / "link.csv").symlink_to("/etc/passwd")
    (folder / "inner.csv").symlink_to(folder / "forms.csv")
    (folder / "old").mkdir()
    reports = {report.name: report for report in stage()}
    assert reports["forms.csv"].received_as == where
    told = {name: report.messages[0].partition(",")[0] for name, report in reports.items() if not report.is_new}
    assert told == {
        "pipe.csv": "It is a pipe",
        "link.csv": "It is a link",
        "inner.csv": "It is a link",
        "old": "It is a folder",
    }
    assert sorted(path.name for path in folder.iterdir()) == ["inner.csv", "link.csv", "old", "pipe.csv"]
    assert {report.name for report in stage([Path("commitment/pipe.csv")])} == {"pipe.csv"}
    assert len(list((settings().folder / "received").rglob("*.csv"))) == 1


def test_a_folder_within_a_watched_one_is_named(caplog: pytest.LogCaptureFixture) -> None:
    drop("forms.csv", text(), "inbox/commitment/old")
    (report,) = stage()
    assert (report.name, report.is_new) == ("old", False)
    assert "old: It is a folder, and is not imported" in caplog.text


@in_a_folder
def test_a_file_that_is_too_large_stays_and_is_named_without_being_read() -> None:
    path = settings().folder / "inbox" / "commitment" / "huge.csv"
    path.parent.mkdir(parents=True)
    with path.open("wb") as file:
        file.truncate(FILE_BYTES + 1)
    (report,) = stage()
    assert "larger than" in report.messages[0]
    assert waiting() == ["huge.csv"]


@in_a_folder
def test_a_name_that_is_no_text_or_very_long_is_imported_all_the_same() -> None:
    folder = settings().folder / "inbox" / "commitment"
    folder.mkdir(parents=True)
    Path(os.fsdecode(os.fsencode(folder) + b"/caf\xe9.csv")).write_bytes(text())
    drop("学" * 80 + ".csv", text(ROWS[:1]))
    names = sorted(report.received_as.rpartition("-")[2] for report in stage())
    assert names[0] == "caf?.csv"
    assert names[1].startswith("学" * 50)
    assert names[1].endswith("学.csv")
    assert (waiting(), count_rows()) == ([], 4)


def test_what_another_interface_brings_is_moved_like_any_other_file() -> None:
    path = put_into_inbox(COMMITMENT, "2022", "http", ".csv", iter([text()[:20], text()[20:]]))
    (report,) = stage([path])
    assert (report.rows, storage().files("inbox/2022/commitment")) == (3, [])
    assert content(report.received_as) == text()


def test_the_lists_of_a_season_are_read_from_the_inbox_and_stay_there() -> None:
    names = "lea_id,name,town,region,state_code,enrollment,instructional_staff"
    drop("districts.csv", f"{names}\n9999999,Nowhere,Nowhere,East,,100,10\n".encode(), "inbox/season")
    rows = read_lists(SeasonFiles(Path("season/districts.csv"), None, None))
    assert [row["lea_id"] for row in rows.districts] == ["9999999"]
    assert [file.name for file in storage().files("inbox/season")] == ["districts.csv"]
