"""The places where people's files lie: a folder, a bucket, and whatever else fsspec knows keep the same promises."""

import io
import os
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import fsspec
import pytest

from schemas.settings import Settings
from tasks.core.local_folder import LocalFolder
from tasks.core.object_store import ObjectStore
from tasks.core.step import ServiceDownError, ServiceSetupError
from tasks.core.storage import open_storage
from tasks.core.stored_files import Storage, StoredFile, digest_of
from tests.object_stores import SECRET, bucket_settings, client

JUNE, TARGET = "inbox/roster/june.csv", "received/2022/roster/2022-06-20-abc-june.csv"


@pytest.fixture(params=["folder", "file", "s3", "memory"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Storage]:
    if request.param == "s3":
        url, bucket = request.getfixturevalue("object_store_url"), f"bucket-{uuid4().hex}"
        client(url).create_bucket(Bucket=bucket)
        yield of_settings(tmp_path, **bucket_settings(url, bucket))
    else:
        bucket = uuid4().hex
        fsspec.filesystem("memory").mkdir(bucket)
        urls = {"folder": "", "file": f"file://{tmp_path}/a%20share", "memory": f"memory://{bucket}/files"}
        yield of_settings(tmp_path, CADRE_INBOX_URL=urls[request.param])


def of_settings(home: Path, **found: str) -> Storage:
    values: dict[str, Any] = {name.removeprefix("CADRE_").lower(): value for name, value in found.items()}
    return open_storage(Settings(home=home, **values))


def drop(store: Storage, content: bytes, key: str = JUNE) -> StoredFile:
    store.put(io.BytesIO(content), key)
    found = store.look(key)
    assert found is not None
    return found


def content(store: Storage, key: str) -> bytes | None:
    try:
        with store.open(key) as file:
            return file.read()
    except FileNotFoundError:
        return None


def digest(text: bytes) -> str:
    return digest_of(io.BytesIO(text))


def test_what_is_put_there_is_listed_and_read_as_it_was(store: Storage) -> None:
    assert store.files("inbox/roster") == []
    for name in ("june.csv", "a name with spaces, ä and #?.csv", ".hidden"):
        drop(store, name.encode() * 9, f"inbox/roster/{name}")
    drop(store, b"deeper", "inbox/roster/old/june.csv")
    found = {file.name: file for file in store.files("inbox/roster")}
    assert {name for name, file in found.items() if not file.oddity} == {"june.csv", "a name with spaces, ä and #?.csv"}
    assert found["old"].oddity == "a folder"
    assert found["june.csv"].size_bytes == 9 * len("june.csv")
    with store.open(found["june.csv"].key) as file:
        assert (file.read(4), file.seek(0), file.read()) == (b"june", 0, b"june.csv" * 9)


def test_a_file_is_moved_with_its_bytes(store: Storage) -> None:
    assert store.move(drop(store, b"june"), TARGET, digest(b"june"))
    assert (content(store, JUNE), content(store, TARGET)) == (None, b"june")
    assert store.files("inbox/roster") == []


def test_a_file_that_lies_there_already_is_never_written_over(store: Storage) -> None:
    drop(store, b"another", TARGET)
    with pytest.raises(FileExistsError):
        store.move(drop(store, b"june"), TARGET, digest(b"june"))
    assert [file.name for file in store.files("inbox/roster")] == ["june.csv"]
    assert (content(store, JUNE), content(store, TARGET)) == (b"june", b"another")


def test_a_file_whose_bytes_lie_there_already_leaves_its_place(store: Storage) -> None:
    drop(store, b"june", TARGET)
    assert store.move(drop(store, b"june"), TARGET, digest(b"june"))
    assert (content(store, JUNE), content(store, TARGET)) == (None, b"june")


def test_a_file_that_its_sender_has_replaced_is_not_moved(store: Storage) -> None:
    old = drop(store, b"june")
    drop(store, b"JUNE")
    assert not store.move(old, TARGET, digest(b"june"))
    assert (content(store, JUNE), content(store, TARGET)) == (b"JUNE", None)
    assert [file.name for file in store.files("inbox/roster")] == ["june.csv"]


def test_a_file_that_is_gone_is_no_error(store: Storage) -> None:
    file = drop(store, b"june")
    store.delete(JUNE)
    store.delete(JUNE)
    assert not store.move(file, TARGET, digest(b"june"))
    assert store.look(JUNE) is None
    with pytest.raises(FileNotFoundError), store.open(JUNE):
        pass


def test_many_who_move_one_file_at_once_end_as_one(store: Storage) -> None:
    for number in range(5):
        text = b"june %d" % number
        file, faults, gate = drop(store, text), list[Exception](), threading.Barrier(6)

        def move(file: StoredFile = file, text: bytes = text, gate: Any = gate, faults: Any = faults) -> None:
            gate.wait()
            try:
                store.move(file, f"{TARGET}-{text!r}", digest(text))
            except Exception as error:  # noqa: BLE001 - told below
                faults.append(error)

        threads = [threading.Thread(target=move) for _ in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert faults == []
        assert (store.files("inbox/roster"), content(store, f"{TARGET}-{text!r}")) == ([], text)


class Broken(io.BytesIO):
    """A source that ends in the middle."""

    def read(self, size: int | None = -1) -> bytes:
        if self.tell():
            raise ConnectionResetError
        return super().read(size)


@pytest.mark.parametrize("store", ["folder", "s3"], indirect=True)  # fsspec's memory shows files while they are written
def test_what_breaks_off_while_it_is_written_is_not_there_at_all(store: Storage) -> None:
    with pytest.raises((ConnectionResetError, ServiceDownError)):
        store.put(Broken(b"june" * 10_000_000), JUNE)
    assert (store.look(JUNE), store.files("inbox/roster")) == (None, [])


@pytest.mark.parametrize("key", ["../june.csv", "inbox/../../june.csv", "/etc/passwd"])
def test_nothing_outside_is_touched(store: Storage, key: str) -> None:
    with pytest.raises(ValueError, match="leads out of"), store.open(key):
        pass


def test_links_pipes_and_folders_are_told_and_never_followed_or_waited_for(tmp_path: Path) -> None:
    store, folder = LocalFolder(tmp_path / "root"), tmp_path / "root" / "inbox"
    (folder / "a-folder").mkdir(parents=True)
    os.mkfifo(folder / "pipe.csv")
    (folder / "link.csv").symlink_to("/etc/passwd")
    (folder / "dangling.csv").symlink_to("nowhere")
    (tmp_path / "root" / "out").symlink_to(tmp_path)
    oddities = {file.name: file.oddity for file in store.files("inbox")}
    assert oddities == {
        "a-folder": "a folder",
        "pipe.csv": "a pipe, a socket, or a device",
        "link.csv": "a link",
        "dangling.csv": "a link",
    }
    assert [file.oddity for file in store.files("out")] == ["a link that leads out of the inbox"]
    for name in ("pipe.csv", "link.csv", "a-folder"):
        with pytest.raises(OSError, match=r".+"), store.open(f"inbox/{name}"):
            pass


def test_a_file_that_a_killed_process_left_on_its_way_is_a_file_like_any_other(tmp_path: Path) -> None:
    store, folder = LocalFolder(tmp_path), tmp_path / "inbox"
    folder.mkdir()
    (folder / ".0123abcd.moving.june.csv").write_bytes(b"june")
    (file,) = store.files("inbox")
    assert (file.name, file.changed_at) == ("june.csv", 0.0)
    assert store.move(file, TARGET, digest(b"june"))
    assert (content(store, TARGET), list(folder.iterdir())) == (b"june", [])


def test_a_name_as_long_as_a_folder_takes_is_moved(tmp_path: Path) -> None:
    store, name = LocalFolder(tmp_path), "ä" * 125 + ".csv"
    assert store.move(drop(store, b"june", f"inbox/{name}"), TARGET, digest(b"june"))
    assert content(store, TARGET) == b"june"


@pytest.mark.skipif(not Path("/dev/shm").is_dir(), reason="there is no second disk here")  # noqa: S108 - a disk, not a file
def test_a_file_is_moved_to_another_disk_by_a_copy(tmp_path: Path) -> None:
    other = Path("/dev/shm") / f"cadre-{uuid4().hex}"  # noqa: S108 - see above
    other.mkdir()
    try:
        (tmp_path / "received").symlink_to(other)
        store = LocalFolder(tmp_path)
        assert store.move(drop(store, b"june"), "received/june.csv", digest(b"june"))
        assert ([path.name for path in other.iterdir()], content(store, JUNE)) == (["june.csv"], None)
    finally:
        for path in other.iterdir():
            path.unlink()
        other.rmdir()


def test_a_bucket_that_is_not_there_or_does_not_answer_is_told_without_its_secret(
    object_store_url: str, tmp_path: Path
) -> None:
    for url, kind in ((object_store_url, ServiceSetupError), ("http://127.0.0.1:9", ServiceDownError)):
        store = of_settings(tmp_path, **bucket_settings(url, "no-such-bucket"))
        assert isinstance(store, ObjectStore)
        with pytest.raises(kind) as told:
            store.files("inbox")
        assert SECRET not in str(told.value)


def test_an_address_that_nothing_can_read_is_told(tmp_path: Path) -> None:
    with pytest.raises(ServiceSetupError, match="Nothing here can read nosuch"):
        of_settings(tmp_path, CADRE_INBOX_URL="nosuch://bucket/prefix")
