"""Files in a bucket of an object store, through fsspec: nothing is renamed, but copied, checked, and then deleted."""

import errno
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any, BinaryIO, cast

from fsspec import AbstractFileSystem

from tasks.core.step import ServiceDownError, ServiceSetupError
from tasks.core.stored_files import StoredFile, digest_in

BLOCK_BYTES = 16 * 1024 * 1024
REMEDY = "check CADRE_INBOX_URL, CADRE_INBOX_ENDPOINT, CADRE_INBOX_KEY_ID, and the secret that belongs to it"


class ObjectStore:
    """The tree under a prefix of a bucket; an object is there whole or not at all."""

    is_remote = True

    def __init__(self, files: AbstractFileSystem, root: str, spool: Path) -> None:
        """``root`` is the bucket with the prefix; what is read goes through nameless files in the folder ``spool``."""
        self._files, self._root, self._spool = files, root.strip("/"), spool

    def files(self, folder: str) -> list[StoredFile]:
        """What lies under a prefix itself; what lies deeper is told as folders."""
        place = self._place(folder)
        with understood():
            found = self._listed(place)
        own = [item for item in found if item["name"].strip("/") != place and not item["name"].endswith("/")]
        shown = [_stored(folder, item) for item in own]
        return sorted((file for file in shown if not file.name.startswith(".")), key=lambda file: file.name)

    def _listed(self, place: str) -> list[dict[str, Any]]:
        try:
            return list(self._files.ls(place, detail=True))
        except FileNotFoundError:  # nothing there yet, or no bucket
            bucket = self._root.partition("/")[0]
            try:
                self._files.ls(bucket)
            except FileNotFoundError as error:
                raise ServiceSetupError(f"There is no bucket {bucket!r} at the object store; {REMEDY}.") from error
            return []

    def look(self, key: str) -> StoredFile | None:
        """One object as it is now."""
        with understood():
            try:
                return _stored(key.rpartition("/")[0], self._files.info(self._place(key)))
            except FileNotFoundError:
                return None

    @contextmanager
    def open(self, key: str) -> Iterator[BinaryIO]:
        """A file's bytes, fetched whole before the first is read."""
        place = self._place(key)
        self._spool.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=self._spool) as copy:
            with understood(), self._files.open(place, "rb", block_size=BLOCK_BYTES) as remote:
                shutil.copyfileobj(remote, copy)
            copy.seek(0)
            yield cast("BinaryIO", copy)

    def put(self, source: BinaryIO, key: str) -> None:
        """Send the bytes; they appear when all of them have arrived."""
        place = self._place(key)
        with understood():
            remote = self._files.open(place, "wb", block_size=BLOCK_BYTES, autocommit=False)
            try:
                shutil.copyfileobj(source, remote)
                remote.close()
            except BaseException:
                remote.discard()
                remote.closed = True  # else it would be sent when it is cleared away
                raise
            remote.commit()

    def move(self, file: StoredFile, key: str, digest: str) -> bool:
        """Copy, read the copy, and delete the original, each only after the one before."""
        there = digest_in(self, key)
        if there and there != digest:
            raise FileExistsError(errno.EEXIST, "other bytes lie there under the same name")
        try:
            return self._is_unchanged(file) and self._move(file, key, digest, is_there=bool(there))
        except FileNotFoundError:  # somebody else has moved it
            return False

    def _move(self, file: StoredFile, key: str, digest: str, *, is_there: bool) -> bool:
        if not is_there:
            self.copy(file, key)
        if digest_in(self, key) != digest or not self._is_unchanged(file):  # its sender has replaced it in this moment
            return False
        self.remove(file.key)
        return True

    def _is_unchanged(self, file: StoredFile) -> bool:
        found = self.look(file.key)
        return found is not None and found.version == file.version

    def copy(self, file: StoredFile, key: str) -> None:
        """Copy within the bucket, if it is still the same object; nothing of it goes over this machine."""
        with understood():
            self._files.cp_file(self._place(file.key), self._place(key), **self._only_if(file))

    def _only_if(self, file: StoredFile) -> dict[str, str]:
        mark = file.version.partition("|")[0]
        return {"CopySourceIfMatch": mark} if mark and "s3" in self._files.protocol else {}

    def remove(self, key: str) -> None:
        """Remove an object."""
        with understood():
            self._files.rm_file(self._place(key))

    def delete(self, key: str) -> None:
        """Remove an object; one that is gone is no error."""
        try:
            self.remove(key)
        except FileNotFoundError:
            return

    def _place(self, key: str) -> str:
        if ".." in key.split("/") or key.startswith("/"):
            raise ValueError(f"{key!r} leads out of the bucket's part")
        return f"{self._root}/{key}".rstrip("/")


def _stored(folder: str, item: dict[str, Any]) -> StoredFile:
    name = str(item["name"]).rstrip("/").rpartition("/")[2]
    oddity = "" if item["type"] == "file" else "a folder"
    written = item.get("LastModified") or item.get("created")
    changed_at = written.timestamp() if isinstance(written, datetime) else float(written or 0)
    return StoredFile(f"{folder}/{name}", name, int(item["size"] or 0), changed_at, _version(item), oddity)


def _version(item: dict[str, Any]) -> str:
    """What tells one object from another of the same name: the store's own mark, or time and size where it has none."""
    marks = (item.get(name, "") for name in ("ETag", "LastModified", "created", "size"))
    return "|".join(f"{mark.timestamp()}" if isinstance(mark, datetime) else str(mark) for mark in marks)


@contextmanager
def understood() -> Iterator[None]:
    """What goes wrong on the way to the store, in the two kinds that a step knows; a missing file stays what it is.

    Raises:
        ServiceDownError: nobody answers, or the store has a fault of its own.
        ServiceSetupError: it does not let us in.
    """
    try:
        yield
    except (FileNotFoundError, FileExistsError, ServiceSetupError):
        raise
    except PermissionError as error:
        raise ServiceSetupError(f"The object store refuses to let this installation in; {REMEDY}.") from error
    except Exception as error:
        if isinstance(error, OSError) and error.errno in {errno.ENOSPC, errno.EDQUOT}:  # this machine's disk
            raise
        if type(error).__name__ in {"NoCredentialsError", "PartialCredentialsError", "ParamValidationError"}:
            raise ServiceSetupError(f"The object store cannot be asked ({type(error).__name__}); {REMEDY}.") from error
        raise ServiceDownError(f"The object store does not answer ({type(error).__name__}).") from error
