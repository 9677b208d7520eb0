"""A sender who pauses in the middle of a file and writes on after its import: what comes late is imported, or told."""

import hashlib
import os
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, update

from schemas.settings import settings
from schemas.statuses import Disposition
from schemas.tables import Application, IntakeRow, SourceFile
from tasks.core.database import reading, transaction
from tasks.core.local_folder import LocalFolder
from tasks.core.storage import storage
from tasks.core.stored_files import digest_in
from tasks.intake import second_look
from tasks.intake.pipeline import stage_files
from tasks.surveys.import_surveys import import_responses
from tests.factories.season import LEA_IDS, OPENED, csv_file
from tests.factories.surveys import IMPORTED, survey_row
from tests.tasks.intake.dropped_files import COMMITMENT, ROWS, content, count_rows, stage, text, waiting

pytestmark = pytest.mark.usefixtures("opened_season")
HALF, WHOLE = text(ROWS[:1]), text()


def inbox() -> Path:
    folder = settings().folder / "inbox" / "commitment"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def half_imported(name: str = "forms.csv", half: bytes = HALF) -> Any:
    """A file that was imported while its sender paused; the sender's open handle, and where the file lies."""
    writer = (inbox() / name).open("wb", buffering=0)
    writer.write(half)
    (report,) = stage()
    assert report.is_new
    return writer, report.received_as


def received() -> dict[str, str]:
    """Every received file's place on record, with the hash on record: what lies there has to have it."""
    with reading() as db:
        return {row.received_as: row.file_hash for row in db.scalars(select(SourceFile))}


def test_what_is_written_after_the_import_is_imported_as_another_file_and_the_first_bytes_stay(
    caplog: pytest.LogCaptureFixture,
) -> None:
    writer, place = half_imported()
    with writer:
        writer.write(WHOLE.removeprefix(HALF))
    (report,) = stage()
    assert (report.name, report.is_new, report.rows) == ("forms.csv", True, 3)
    assert "its sender wrote on after it had been imported" in caplog.text
    assert (content(place), content(report.received_as), waiting()) == (HALF, WHOLE, [])
    assert all(digest_in(storage(), place) == file_hash for place, file_hash in received().items())
    assert len(list((settings().folder / "received").rglob("*.csv*"))) == 2
    assert (stage(), count_rows()) == ([], 1 + 3)


def test_rows_of_a_survey_that_came_with_the_first_half_count_once_and_the_late_ones_are_accepted(
    tmp_path: Path,
) -> None:
    rows = [survey_row(number, lea_id) for number, lea_id in enumerate(LEA_IDS[:3], start=1)]
    whole = csv_file(tmp_path / "export.csv", rows).read_bytes()
    half = whole[: whole.rstrip(b"\r\n").rfind(b"\n") + 1]
    path = settings().folder / "inbox" / "survey" / "export.csv"
    path.parent.mkdir(parents=True)
    with path.open("wb", buffering=0) as writer:
        writer.write(half)
        import_responses.fn("2022", IMPORTED)
        writer.write(whole.removeprefix(half))
    import_responses.fn("2022", IMPORTED + timedelta(hours=1))
    with reading() as db:
        assert {row.lea_id for row in db.scalars(select(Application))} == {*LEA_IDS[:3]}
        found = Counter(db.scalars(select(IntakeRow.disposition)))
    assert found == {Disposition.ACCEPTED: 3, Disposition.REPEATED: 2}


def test_a_sender_who_pauses_again_and_again_loses_nothing() -> None:
    lines = WHOLE.splitlines(keepends=True)
    writer, _ = half_imported(half=b"".join(lines[:2]))
    with writer:
        for line in lines[2:]:
            writer.write(line)
            (report,) = stage()
    assert content(report.received_as) == WHOLE
    assert all(digest_in(storage(), place) == file_hash for place, file_hash in received().items())
    assert stage() == []


def test_a_file_that_was_refused_because_half_of_it_was_there_is_imported_when_it_is_whole() -> None:
    writer, _ = half_imported(half=b"email,signed_at")
    with writer:
        writer.write(WHOLE.removeprefix(b"email,signed_at"))
    (report,) = stage()
    assert (report.rows, content(report.received_as)) == (3, WHOLE)


def test_a_file_that_is_still_being_written_comes_back_and_rests_first(monkeypatch: pytest.MonkeyPatch) -> None:
    writer, _ = half_imported()
    monkeypatch.setenv("CADRE_INBOX_REST_SECONDS", "3600")
    settings.cache_clear()
    with writer:
        writer.write(ROWS[1]["email"].encode())
        assert stage() == []
        writer.seek(0)
        writer.write(WHOLE)
    (back,) = (settings().folder / "inbox" / "2022" / "commitment").iterdir()
    os.utime(back, (0, 0))
    (report,) = stage()
    assert (report.rows, content(report.received_as)) == (3, WHOLE)


@pytest.mark.parametrize(
    "change",
    [
        lambda path: path.write_bytes(WHOLE[:-2] + b"Q\n"),  # of the same size
        lambda path: path.write_bytes(HALF),
        lambda path: path.write_bytes(b"email\n" + WHOLE),
    ],
)
def test_a_received_file_that_is_changed_otherwise_is_told_with_each_run_even_if_its_times_are_the_old_ones(
    change: Callable[[Path], object], caplog: pytest.LogCaptureFixture
) -> None:
    (inbox() / "forms.csv").write_bytes(WHOLE)
    (report,) = stage()
    assert stage() == []  # looked at, and well
    path = settings().folder / report.received_as
    before = path.stat()
    change(path)
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    for _ in range(2):
        (told,) = stage()
        assert (told.name, told.is_new, told.received_as) == ("forms.csv", False, report.received_as)
        assert (
            "is not what its hash says. If its sender finished it late, put the whole file into the inbox"
            in told.messages[0]
        )
    assert "forms.csv: It was changed after it had been imported" in caplog.text
    assert count_rows() == 3


def test_a_file_of_before_sizes_were_kept_is_told() -> None:
    writer, _ = half_imported()
    with writer:
        writer.write(WHOLE.removeprefix(HALF))
    with transaction() as db:
        db.execute(update(SourceFile).values(size_bytes=0))
    (told,) = stage()
    assert "put the whole file into the inbox again" in told.messages[0]


def test_another_file_of_the_name_that_waits_in_the_inbox_stays_and_both_are_imported() -> None:
    writer, _ = half_imported()
    other = text([{**ROWS[0], "email": "another@lea.example"}])
    folder = settings().folder / "inbox" / "2022" / "commitment"
    folder.mkdir(parents=True)
    (folder / "forms.csv").write_bytes(other)
    with writer:
        writer.write(WHOLE.removeprefix(HALF))
    reports = stage()
    assert sorted(report.rows for report in reports) == [1, 3]
    assert {content(report.received_as) for report in reports} == {other, WHOLE}


def test_files_are_read_again_only_when_they_have_changed(monkeypatch: pytest.MonkeyPatch) -> None:
    (inbox() / "forms.csv").write_bytes(WHOLE)
    stage()
    stage()
    read: list[str] = []
    monkeypatch.setattr(second_look, "digest_in", lambda _storage, key: read.append(key))
    assert (stage(), read) == ([], [])


def test_files_of_long_ago_are_not_looked_at() -> None:
    writer, place = half_imported()
    with writer:
        writer.write(WHOLE.removeprefix(HALF))
    assert stage_files.fn("2022", COMMITMENT, OPENED + timedelta(days=8)) == []
    assert content(place) == WHOLE


@pytest.mark.parametrize("killed_at", [1, 2, 3, 4])
def test_a_second_look_that_is_killed_is_finished_by_the_next(killed_at: int, monkeypatch: pytest.MonkeyPatch) -> None:
    writer, place = half_imported()
    with writer:
        writer.write(WHOLE.removeprefix(HALF))
    own, seen = Path.rename, list[Path]()

    def rename(path: Path, target: Path) -> Path:
        seen.append(path)
        if len(seen) == killed_at:
            raise SystemExit
        return own(path, target)

    with monkeypatch.context() as killing:
        killing.setattr(Path, "rename", rename)
        killing.setattr("tasks.core.local_folder._give_back", lambda *_: None)  # nobody gives back what a kill has left
        with pytest.raises(SystemExit):
            stage()
    stage()
    stage()
    assert isinstance(storage(), LocalFolder)
    assert hashlib.sha256(WHOLE).hexdigest() in received().values()
    assert all(digest_in(storage(), place) == file_hash for place, file_hash in received().items())
    assert list(settings().folder.rglob(".*.moving.*")) == []
    assert not (settings().folder / f"{place}.beginning").exists()
