"""The watched folder of each kind of input: what lies in it, and what comes by other ways."""

import base64
import binascii
import hashlib
import os
import shutil
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from uuid import uuid4

from sqlalchemy import select
from sqlalchemy.orm import Session

from schemas.kinds import InputKind
from schemas.settings import settings
from schemas.tables import InboxFile
from tasks.core.clock import now
from tasks.core.database import batches, upsert
from tasks.core.progress import run_log
from tasks.core.step import step

BASE64_MARKS = ("UEsDB", "data:")
SUFFIXES = frozenset({".csv", ".tsv", ".txt", ".json", ".jsonl", ".xlsx", ".zip"})


def inbox(kind: InputKind) -> Path:
    """The watched folder of one kind of input, under the data directory."""
    return settings().folder / "inbox" / kind


def incoming_paths(kind: InputKind, files: Sequence[Path] | None, other_ways: Sequence[Path | None] = ()) -> list[Path]:
    """The files that were named, or all at rest in the watched folder; and those that came by other ways."""
    found = _at_rest(inbox(kind)) if files is None else files
    return list(dict.fromkeys([*found, *filter(None, other_ways)]))


def _at_rest(folder: Path) -> list[Path]:
    """The files that nobody writes to: unchanged for some seconds.

    One that is renamed into place keeps its time of change, and is taken at once; one that is still being copied comes with the
    next run.
    """
    rested = now().timestamp() - settings().inbox_rest_seconds
    found = []
    for path in sorted(folder.glob("[!.]*")):
        if path.suffix.lower() in SUFFIXES and path.is_file():
            if path.stat().st_mtime <= rested:
                found.append(path)
            else:
                run_log().info("A file in %s is still being written; it is read with the next run.", folder)
    return found


class KnownFiles:
    """The files of one run, and what they were hashed as before: an unchanged file is not read again to be told apart."""

    def __init__(self, db: Session, paths: Sequence[Path]) -> None:
        """Look up what is known of the files."""
        self._paths, self._db = paths, db
        self._new: dict[str, dict[str, object]] = {}
        self._known: dict[str, InboxFile] = {}
        for some in batches([str(path.absolute()) for path in paths]):
            found = db.scalars(select(InboxFile).where(InboxFile.path.in_(some)))
            self._known.update((row.path, row) for row in found)

    def __iter__(self) -> Iterator[Path]:
        """The files."""
        return iter(self._paths)

    def hash_of(self, path: Path) -> str:
        """The hash of a file that has not changed since it was hashed; empty where it has, or is new."""
        known, found = self._known.get(str(path.absolute())), path.stat()
        is_same = known and (known.size_bytes, known.modified_ns) == (found.st_size, found.st_mtime_ns)
        return known.file_hash if known and is_same else ""

    def note(self, path: Path, found: os.stat_result, file_hash: str) -> None:
        """Note what a file was hashed as."""
        size = {"size_bytes": found.st_size, "modified_ns": found.st_mtime_ns}
        self._new[str(path.absolute())] = {"path": str(path.absolute()), **size, "file_hash": file_hash}

    def write(self) -> None:
        """Keep what was noted, in the open transaction."""
        upsert(self._db, InboxFile, list(self._new.values()))


def keep_copy(path: Path, kind: InputKind, file_hash: str, name: str) -> None:
    """Keep the file's bytes in the data directory: what was imported can always be looked up."""
    target = settings().folder / "received" / kind / f"{file_hash[:16]}-{name}"
    if not target.exists():
        target.parent.mkdir(parents=True, exist_ok=True)
        draft = target.with_name(f".{target.name}.{uuid4().hex}.draft")  # two runs may keep the same file at once
        shutil.copyfile(path, draft)
        draft.replace(target)


def put_into_inbox(kind: InputKind, name: str, suffix: str, blocks: Iterable[bytes]) -> Path:
    """Write a file into the watched folder, whole or not at all; the same content is the same file."""
    folder = inbox(kind)
    folder.mkdir(parents=True, exist_ok=True)
    draft = folder / f".{name}.{os.getpid()}.draft"
    digest = hashlib.sha256()
    with draft.open("wb") as file:
        for block in blocks:
            digest.update(block)
            file.write(block)
    path = folder / f"{name}-{digest.hexdigest()[:16]}{suffix}"
    draft.replace(path)
    return path


@step
def keep_upload(kind: InputKind, upload: str) -> Path | None:
    """Keep what was pasted into the run form as a file in the watched folder; nothing where nothing was pasted.

    A table is pasted as its text; a workbook or an archive as base64.
    """
    if not upload.strip():
        return None
    content = _content(upload)
    return put_into_inbox(kind, "upload", _suffix(content), [content])


def _content(upload: str) -> bytes:
    text = upload.strip()
    if not text.startswith(BASE64_MARKS):
        return upload.encode()
    try:
        return base64.b64decode("".join(text.rpartition(",")[2].split()), validate=True)
    except binascii.Error:
        return upload.encode()


def _suffix(content: bytes) -> str:
    if content.startswith(b"PK\x03\x04"):
        return ".xlsx" if b"[Content_Types].xml" in content else ".zip"
    return ".jsonl" if content.lstrip()[:1] in {b"{", b"["} else ".csv"
