"""Files in a folder of this machine, or of a share that is mounted on several: moved by renaming, never over another file."""

import errno
import os
import re
import shutil
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO
from uuid import uuid4

from tasks.core.durable_files import keep_folder
from tasks.core.stored_files import StoredFile, digest_in

# A file on its way has a hidden name of its own, so that nobody else changes it: `.3f9a01bc.moving.june.csv`. One that a killed
# process has left so is a file of the folder like any other.
ON_ITS_WAY = re.compile(r"\.[0-9a-f]{8}\.moving\.(?P<name>.+)")
LONGEST_NAME_BYTES = 255


class LocalFolder:
    """The tree under a folder: links are not followed, and nothing outside of it is touched."""

    is_remote = False

    def __init__(self, root: Path) -> None:
        """``root`` need not be there yet."""
        self.root = root.resolve()

    def files(self, folder: str) -> list[StoredFile]:
        """What lies in a folder itself; a folder that a link leads out of the root is an oddity of its own."""
        path = self._path(folder)
        if not path.is_dir():
            return []
        if not path.resolve().is_relative_to(self.root):
            return [StoredFile(folder, path.name, oddity="a link that leads out of the inbox")]
        found = (self.look(f"{folder}/{entry.name}") for entry in os.scandir(path) if _is_shown(entry.name))
        return sorted(filter(None, found), key=lambda file: (file.name, file.key))

    def look(self, key: str) -> StoredFile | None:
        """One file as it is now; a link is one, wherever it leads."""
        path = self._path(key)
        with suppress(FileNotFoundError):  # gone since the folder was read
            found = path.lstat()
            claimed = ON_ITS_WAY.fullmatch(path.name)
            name, changed_at = (claimed["name"], 0.0) if claimed else (path.name, _changed_at(found))
            version = f"{found.st_size}-{found.st_mtime_ns}"
            return StoredFile(key, name, found.st_size, changed_at, version, _oddity(found.st_mode))
        return None

    @contextmanager
    def open(self, key: str) -> Iterator[BinaryIO]:
        """A file's bytes: a link is not followed, and a pipe not waited for."""
        handle = os.open(self._path(key), os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
        with os.fdopen(handle, "rb") as file:
            if not stat.S_ISREG(os.fstat(handle).st_mode):
                raise OSError(errno.EINVAL, "it is no plain file")
            yield file

    def put(self, source: BinaryIO, key: str) -> None:
        """Write a copy beside the place, and rename it into it."""
        _copy_whole(source, self._path(key))

    def move(self, file: StoredFile, key: str, digest: str) -> bool:
        """Take the file out of everybody's reach by a name of our own, look whether it is still the one, and rename it."""
        source, target = self._path(file.key), self._path(key)
        target.parent.mkdir(parents=True, exist_ok=True)
        claim = source.with_name(_claimed_name(file.name))
        try:
            source.rename(claim)
        except FileNotFoundError:  # somebody else has moved it
            return False
        try:
            if self._digest(claim) == digest:
                self._settle(claim, target, digest)
                return True
        except BaseException:
            _give_back(claim, source)
            raise
        _give_back(claim, source)
        return False

    def _settle(self, claim: Path, target: Path, digest: str) -> None:
        there = self._digest(target)
        if there and there != digest:
            raise FileExistsError(errno.EEXIST, "other bytes lie there under the same name")
        if there:
            claim.unlink(missing_ok=True)
        else:
            _rename(claim, target)
        keep_folder(target.parent)

    def _digest(self, path: Path) -> str:
        return digest_in(self, str(path.relative_to(self.root)))

    def delete(self, key: str) -> None:
        """Remove the file."""
        self._path(key).unlink(missing_ok=True)

    def _path(self, key: str) -> Path:
        if ".." in Path(key).parts or Path(key).is_absolute():
            raise ValueError(f"{key!r} leads out of the folder")
        return self.root / key


def _is_shown(name: str) -> bool:
    return not name.startswith(".") or ON_ITS_WAY.fullmatch(name) is not None


def _oddity(mode: int) -> str:
    if stat.S_ISREG(mode):
        return ""
    if stat.S_ISLNK(mode):
        return "a link"
    return "a folder" if stat.S_ISDIR(mode) else "a pipe, a socket, or a device"


def _changed_at(found: os.stat_result) -> float:
    """When a file was changed last; a time to come is the sender's wrong clock, and ours counts, by which it got its name."""
    return min(found.st_mtime, found.st_ctime)


def _claimed_name(name: str) -> str:
    """A hidden name of our own for a file; a name that leaves no room for it loses the end of its stem."""
    stem, suffix = os.path.splitext(name)  # noqa: PTH122 - a name, and no path
    before = f".{uuid4().hex[:8]}.moving."
    return before + shortened(stem, LONGEST_NAME_BYTES - len(before) - len(suffix.encode())) + suffix


def shortened(text: str, most_bytes: int) -> str:
    """The beginning of a text that takes no more bytes."""
    return os.fsencode(text)[: max(most_bytes, 0)].decode(errors="ignore")


def _give_back(claim: Path, source: Path) -> None:
    """Give a file its name again; if that is taken by a newer one, or cannot be, it waits under our name for the next run."""
    with suppress(OSError):
        os.link(claim, source)
        claim.unlink()


def _rename(claim: Path, target: Path) -> None:
    try:
        claim.rename(target)
    except FileNotFoundError:  # somebody else found our claim, and does the same
        return
    except OSError as error:
        if error.errno != errno.EXDEV:
            raise
        with claim.open("rb") as file:  # to another disk: the copy is there before the file is gone
            _copy_whole(file, target)
        claim.unlink(missing_ok=True)


def _copy_whole(source: BinaryIO, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    draft = target.with_name(f".{uuid4().hex}.draft")  # several may copy to the same place at once
    try:
        with draft.open("xb") as copy:
            shutil.copyfileobj(source, copy)
            copy.flush()
            os.fsync(copy.fileno())
        draft.replace(target)
    except BaseException:
        draft.unlink(missing_ok=True)
        raise
    keep_folder(target.parent)
