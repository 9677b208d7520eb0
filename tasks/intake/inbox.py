"""The watched folder of each kind of input: what lies in it, and what comes by other ways."""

import hashlib
import os
import shutil
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Annotated
from uuid import uuid4

from pydantic import AfterValidator
from sqlalchemy import select
from sqlalchemy.orm import Session

from schemas.kinds import InputKind
from schemas.settings import settings
from schemas.tables import InboxFile
from tasks.core.clock import now
from tasks.core.database import batches, upsert
from tasks.core.progress import run_log

SUFFIXES = frozenset({".csv", ".tsv", ".txt", ".json", ".jsonl", ".xlsx", ".zip"})


def inbox_root() -> Path:
    """The folder of all watched folders: the only place from which a run imports files."""
    return (settings().folder / "inbox").resolve()


def inbox(kind: InputKind, season: str = "") -> Path:
    """The watched folder of one kind of input, under the data directory: of a season, or of the installation's own."""
    return inbox_root() / season / kind


def in_inbox(path: Path) -> Path:
    """The file of the inbox that a run names, whole or from the inbox on (``roster/june.csv``); links are followed.

    Raises:
        ValueError: it lies somewhere else: who may start a run may not thereby read every file of the machine.
    """
    found = (inbox_root() / path).resolve()
    if not found.is_relative_to(inbox_root()):
        raise ValueError(
            f"Only files of the inbox can be imported: put the file into a folder of {inbox_root()}, and name it from "
            "there, as roster/june.csv."
        )
    return found


InboxPath = Annotated[Path, AfterValidator(in_inbox)]


def incoming_paths(
    kind: InputKind, season: str, files: Sequence[Path] | None, other_ways: Sequence[Path | None] = ()
) -> list[Path]:
    """The files that were named, or all at rest in the season's watched folders; and those that came by other ways."""
    found = files if files is not None else [path for folder in _watched(kind, season) for path in _at_rest(folder)]
    return list(dict.fromkeys([*found, *filter(None, other_ways)]))


def _watched(kind: InputKind, season: str) -> list[Path]:
    """Where a season's files are dropped; of several open seasons each has a folder, and the installation's own both."""
    own = [inbox(kind)] if season == settings().season else []
    return [*own, inbox(kind, season)]


def _lying_in(folder: Path) -> list[Path]:
    """What lies in the watched folder itself: a link that leads out of the inbox is left alone, and that is said."""
    found = [path for path in sorted(folder.glob("[!.]*")) if path.suffix.lower() in SUFFIXES and path.is_file()]
    inside = [path for path in found if path.resolve().is_relative_to(inbox_root())]
    if len(inside) < len(found):
        count = len(found) - len(inside)
        shown = folder.relative_to(inbox_root())
        run_log().warning(
            "%d of the files in inbox/%s are links that lead out of the inbox: not imported.", count, shown
        )
    return inside


def _at_rest(folder: Path) -> list[Path]:
    """The files that nobody writes to: unchanged for some seconds.

    One that is renamed into place keeps its time of change, and is taken at once; one that is still being copied comes with the
    next run.
    """
    moment, paths = now().timestamp(), _lying_in(folder)
    found = [path for path in paths if _changed_at(path, moment) <= moment - settings().inbox_rest_seconds]
    if len(found) < len(paths):
        count = len(paths) - len(found)
        shown = folder.relative_to(inbox_root())
        run_log().info("%d of the files in inbox/%s are still being written: read with the next run.", count, shown)
    return found


def _changed_at(path: Path, moment: float) -> float:
    """When a file was changed last, in seconds since 1970; a time to come is the sender's wrong clock, and ours counts."""
    found = path.stat()
    return found.st_mtime if found.st_mtime <= moment else found.st_ctime


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


def put_into_inbox(kind: InputKind, season: str, name: str, suffix: str, blocks: Iterable[bytes]) -> Path:
    """Write a file into the season's watched folder, whole or not at all; the same content is the same file."""
    folder = inbox(kind, season)
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
