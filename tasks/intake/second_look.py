"""A second look at received files: a sender who paused for longer than a file has to rest, and then wrote on, loses nothing.

Such a file was imported half, and moved: what its sender writes after that goes to where it lies now. Whoever imports the next
files of the kind reads the received ones of the last days again, once after each change. A file that has become longer goes
back into the inbox, and is imported as another one; the bytes that were imported stay in its place. Any other change is told.
"""

import hashlib
import json
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path, PurePosixPath
from typing import BinaryIO, cast

from sqlalchemy import select

from schemas.kinds import InputKind
from schemas.settings import settings
from schemas.tables import SourceFile
from tasks.core.database import reading
from tasks.core.progress import run_log
from tasks.core.storage import local_root, storage
from tasks.core.stored_files import BLOCK_BYTES, StoredFile, digest_in
from tasks.intake.inbox import INBOX
from tasks.intake.store import FileReport

LOOK_BACK = timedelta(days=7)
HASH_SIGNS = 12
BEGINNING = ".beginning"
WRITTEN_ON = (
    "its sender wrote on after it had been imported. The whole file is in the inbox again, and is imported as another one; "
    "rows that are known count once."
)
CHANGED = (
    "It was changed after it had been imported, and is not what its hash says. If its sender finished it late, put the whole "
    "file into the inbox again; if somebody edited it, put the original back."
)


@dataclass(frozen=True, slots=True)
class Imported:
    """A file on record: what it was called, what it held, and where it stays."""

    season: str
    kind: InputKind
    name: str
    file_hash: str
    size_bytes: int
    place: str


def look_again(season: str, kind: InputKind, as_of: datetime) -> list[FileReport]:
    """Bring back the received files of the last days whose senders wrote on; a report of each that was changed otherwise.

    Not in a bucket, where a file appears when all of it has arrived.
    """
    root = local_root(settings())
    if storage().is_remote or root is None:
        return []
    seen, now_seen, reports = _seen(season, kind), dict[str, str](), list[FileReport]()
    for file in _imported_since(season, kind, as_of - LOOK_BACK):
        lying = _lying(file)
        mark = _mark(root / lying.key) if lying else ""
        if lying is None or not mark:
            continue
        if mark == seen.get(file.place) or digest_in(storage(), lying.key) == file.file_hash:
            now_seen[file.place] = mark
        else:
            reports += _look_closer(file, lying)
    if now_seen != seen:
        _note(season, kind, now_seen)
    return reports


def _imported_since(season: str, kind: InputKind, since: datetime) -> Sequence[Imported]:
    query = select(SourceFile.name, SourceFile.file_hash, SourceFile.size_bytes, SourceFile.received_as)
    query = query.where(SourceFile.season == season, SourceFile.kind == kind, SourceFile.received_at >= since)
    with reading() as db:
        return [Imported(season, kind, *row) for row in db.execute(query.order_by(SourceFile.received_as)) if row[-1]]


def _lying(file: Imported) -> StoredFile | None:
    """A received file, as it lies there now; where a killed second look left it on its way, by the name that it has on it."""
    found = storage().look(file.place)
    if found is None:
        folder, name = PurePosixPath(file.place).parent, PurePosixPath(file.place).name
        there = storage().files(str(folder))
        found = next((other for other in there if other.name == name), None)
        kept = next((other for other in there if other.name == f"{name}{BEGINNING}"), None)
        if found is None and kept:
            storage().move(kept, file.place, file.file_hash)
    return found if found and not found.oddity else None


def _look_closer(file: Imported, lying: StoredFile) -> list[FileReport]:
    """Bring a file back that begins with what was imported and is longer; a report of any other."""
    try:
        with storage().open(lying.key) as whole, tempfile.TemporaryFile(dir=_spool()) as copy:
            beginning = cast("BinaryIO", copy)
            if not (file.size_bytes < lying.size_bytes and _copy_beginning(whole, beginning, file)):
                run_log().warning("%s: %s It lies in %s.", file.name, CHANGED, file.place)
                return [FileReport(file.name, file.file_hash, messages=(CHANGED,), received_as=file.place)]
            storage().put(beginning, f"{file.place}{BEGINNING}")
    except FileNotFoundError:  # another run has brought it back
        return []
    if _bring_back(file, lying):
        run_log().warning("%s: %s", file.name, WRITTEN_ON)
        kept = storage().look(f"{file.place}{BEGINNING}")
        if kept:
            storage().move(kept, file.place, file.file_hash)
    return []


def _spool() -> Path:
    folder = settings().folder / "tmp"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _copy_beginning(whole: BinaryIO, copy: BinaryIO, file: Imported) -> bool:
    """Copy as many bytes as were imported; whether they are the ones."""
    digest, left = hashlib.sha256(), file.size_bytes
    while block := whole.read(min(BLOCK_BYTES, left)):
        digest.update(block)
        copy.write(block)
        left -= len(block)
    copy.seek(0)
    return digest.hexdigest() == file.file_hash


def _bring_back(file: Imported, lying: StoredFile) -> bool:
    """Move a file into the season's watched folder, so that what its sender still writes arrives there, too.

    Not in this run, where it was changed in this moment.
    """
    digest = digest_in(storage(), lying.key)
    own = PurePosixPath(PurePosixPath(file.place).name.split("-", 4)[-1])  # after the day and the hash
    for name in (own.name, f"{own.stem}-{digest[:HASH_SIGNS]}{own.suffix}"):
        with suppress(FileExistsError):
            return storage().move(lying, f"{INBOX}/{file.season}/{file.kind}/{name}", digest)
    return False


def _mark(path: Path) -> str:
    """What is another one after each change of a file, whatever times its writer sets."""
    try:
        found = path.lstat()
    except FileNotFoundError:
        return ""
    return f"{found.st_ino}-{found.st_size}-{found.st_mtime_ns}-{found.st_ctime_ns}"


def _seen_file(season: str, kind: InputKind) -> Path:
    return settings().folder / "second-looks" / f"{season}-{kind}.json"


def _seen(season: str, kind: InputKind) -> Mapping[str, str]:
    """The marks with which files were last found to hold what was imported; without them they are read again."""
    with suppress(OSError, ValueError):
        found = json.loads(_seen_file(season, kind).read_text(encoding="utf-8"))
        return found if isinstance(found, dict) else {}
    return {}


def _note(season: str, kind: InputKind, marks: Mapping[str, str]) -> None:
    path = _seen_file(season, kind)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(marks), encoding="utf-8")
