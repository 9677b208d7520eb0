"""The watched folder of each kind of input: what lies in it, and what comes by other ways."""

import hashlib
import os
import shutil
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator

from schemas.kinds import InputKind
from schemas.settings import settings
from tasks.core.progress import run_log

SUFFIXES = frozenset({".csv", ".tsv", ".txt", ".json", ".jsonl", ".xlsx", ".zip"})


def inbox_root() -> Path:
    """The folder of all watched folders: the only place from which a run imports files."""
    return (settings().folder / "inbox").resolve()


def inbox(kind: InputKind) -> Path:
    """The watched folder of one kind of input, under the data directory."""
    return inbox_root() / kind


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


InboxFile = Annotated[Path, AfterValidator(in_inbox)]


def incoming_paths(kind: InputKind, files: Sequence[Path] | None, other_ways: Sequence[Path | None] = ()) -> list[Path]:
    """The files that were named, or all in the watched folder; and those that came by other ways."""
    return list(dict.fromkeys([*(_lying_in(kind) if files is None else files), *filter(None, other_ways)]))


def _lying_in(kind: InputKind) -> list[Path]:
    """What lies in the watched folder itself: a link that leads out of the inbox is left alone, and that is said."""
    found = sorted(path for path in inbox(kind).glob("*") if path.suffix.lower() in SUFFIXES)
    inside = [path for path in found if path.resolve().is_relative_to(inbox_root())]
    if len(inside) < len(found):
        count = len(found) - len(inside)
        run_log().warning(
            "%d of the files in inbox/%s are links that lead out of the inbox: not imported.", count, kind
        )
    return inside


def keep_copy(path: Path, kind: InputKind, file_hash: str, name: str) -> None:
    """Keep the file's bytes in the data directory: what was imported can always be looked up."""
    target = settings().folder / "received" / kind / f"{file_hash[:16]}-{name}"
    if not target.exists():
        target.parent.mkdir(parents=True, exist_ok=True)
        draft = target.with_name(f".{target.name}.{os.getpid()}.draft")  # two seasons may keep the same file at once
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
