"""The watched folder of each kind of input: what lies in it, and what comes by other ways."""

import hashlib
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path, PurePosixPath
from typing import Annotated, BinaryIO, cast

from pydantic import AfterValidator

from schemas.kinds import InputKind
from schemas.settings import Settings, settings
from tasks.core.clock import machine_time
from tasks.core.local_folder import LocalFolder
from tasks.core.progress import run_log
from tasks.core.storage import local_root, storage
from tasks.core.stored_files import StoredFile
from tasks.intake.arrivals import Arrival
from tasks.intake.formats import foreign

INBOX = "inbox"
SUFFIXES = frozenset({".csv", ".tsv", ".txt", ".json", ".jsonl", ".xlsx", ".xlsm", ".zip"}) | foreign.SUFFIXES


def inbox_root() -> Path:
    """The folder of all watched folders, where it is one of this machine: the only place from which a run imports files."""
    return ((local_root(settings()) or settings().folder) / INBOX).resolve()


def inbox(kind: InputKind, season: str = "") -> Path:
    """The watched folder of one kind of input: of a season, or of the installation's own."""
    return inbox_root() / season / kind


def shown_root(config: Settings) -> str:
    """Where people drop their files, as they are told it."""
    root = local_root(config)
    return str(root.resolve() / INBOX) if root else f"{config.inbox_url.rstrip('/')}/{INBOX}"


def in_inbox(path: Path) -> Path:
    """The file of the inbox that a run names, whole or from the inbox on, as from the inbox on: ``roster/june.csv``.

    Raises:
        ValueError: it lies somewhere else, also by way of a link: who may start a run may not thereby read every file of the
            machine.
    """
    if local_root(settings()):
        found = (inbox_root() / path).resolve()
        if found.is_relative_to(inbox_root()):
            return found.relative_to(inbox_root())
    elif not path.is_absolute() and ".." not in path.parts:
        return path
    raise ValueError(
        f"Only files of the inbox can be imported: put the file into a folder of {shown_root(settings())}, and name it from "
        "there, as roster/june.csv."
    )


InboxPath = Annotated[Path, AfterValidator(in_inbox)]


def incoming(
    kind: InputKind, season: str, files: Sequence[Path] | None, other_ways: Iterable[Path | None] = ()
) -> list[Arrival]:
    """The files that were named, or all at rest in the season's watched folders; and those that came by other ways.

    Files of the inbox are named from the inbox on; what is named whole is a file of this machine.
    """
    named = [*(files or ()), *filter(None, other_ways)]
    watched = _watched(kind, season) if files is None else ()
    found = [arrival for folder in watched for arrival in _at_rest(folder)]
    seen = {arrival.file.key for arrival in found}
    others = [arrival for path in dict.fromkeys(named) for arrival in named_arrivals(path)]
    return [*found, *(arrival for arrival in others if not arrival.is_of_inbox or arrival.file.key not in seen)]


def named_arrivals(path: Path) -> list[Arrival]:
    """The file that somebody named; one of the inbox that a killed process has left on its way goes by its own name."""
    if path.is_absolute() and not (local_root(settings()) and path.is_relative_to(inbox_root())):
        real = path.resolve()
        outside = LocalFolder(real.parent)
        found = outside.look(real.name) or StoredFile(real.name, real.name)
        return [Arrival(outside, found, is_of_inbox=False, is_named=True)]
    key = PurePosixPath(INBOX) / in_inbox(path).as_posix()
    found_there = [file for file in storage().files(str(key.parent)) if file.name == key.name]
    return [Arrival(storage(), file, is_named=True) for file in found_there or [StoredFile(str(key), key.name)]]


def _watched(kind: InputKind, season: str) -> list[str]:
    """Where a season's files are dropped; of several open seasons each has a folder, and the installation's own both."""
    own = [f"{INBOX}/{kind}"] if season == settings().season else []
    return [*own, f"{INBOX}/{season}/{kind}"]


def _at_rest(folder: str) -> Iterator[Arrival]:
    """The files that nobody writes to: unchanged for some seconds; and what is no file, to be told.

    One that is renamed into place keeps its time of change, and is taken at once; one that is still being copied comes with the
    next run.
    """
    latest, waiting = machine_time().timestamp() - settings().inbox_rest_seconds, 0
    for file in storage().files(folder):
        if file.oddity != "a folder" and PurePosixPath(file.name).suffix.lower() not in SUFFIXES and file.key != folder:
            continue
        if file.oddity or storage().is_remote or file.changed_at <= latest:
            yield Arrival(storage(), file)
        else:
            waiting += 1
    if waiting:
        run_log().info("%d of the files in %s are still being written: read with the next run.", waiting, folder)


def put_into_inbox(kind: InputKind, season: str, name: str, suffix: str, blocks: Iterable[bytes]) -> Path:
    """Write a file into the season's watched folder, whole or not at all; the same content is the same file.

    Its path from the inbox on.
    """
    folder = settings().folder / "tmp"
    folder.mkdir(parents=True, exist_ok=True)
    digest = hashlib.sha256()
    with tempfile.TemporaryFile(dir=folder) as draft:
        for block in blocks:
            digest.update(block)
            draft.write(block)
        draft.seek(0)
        path = Path(season) / kind / f"{name}-{digest.hexdigest()[:16]}{suffix}"
        storage().put(cast("BinaryIO", draft), f"{INBOX}/{path.as_posix()}")
    return path
