"""The watched folder of each kind of input: what lies in it, and what comes by other ways."""

import base64
import binascii
import hashlib
import os
import shutil
from collections.abc import Iterable, Sequence
from pathlib import Path

from schemas.kinds import InputKind
from schemas.settings import settings
from tasks.core.step import step

BASE64_MARKS = ("UEsDB", "data:")
SUFFIXES = frozenset({".csv", ".tsv", ".txt", ".json", ".jsonl", ".xlsx", ".zip"})


def inbox(kind: InputKind) -> Path:
    """The watched folder of one kind of input, under the data directory."""
    return settings().folder / "inbox" / kind


def incoming_paths(kind: InputKind, files: Sequence[Path] | None, other_ways: Sequence[Path | None] = ()) -> list[Path]:
    """The files that were named, or all in the watched folder; and those that came by other ways."""
    named = sorted(inbox(kind).glob("*")) if files is None else files
    found = [path for path in named if files is not None or path.suffix.lower() in SUFFIXES]
    return list(dict.fromkeys([*found, *filter(None, other_ways)]))


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
