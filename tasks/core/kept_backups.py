"""The backups that an installation has: where the last one went, and which of the files that are there count."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from schemas.settings import Settings
from tasks.core.durable_files import write_durably

NOTE = "last-backup.txt"
NAMES = ("cadre-*.db", "cadre-*.dump")
BEGINNINGS: Mapping[str, bytes] = {".db": b"SQLite format 3\0", ".dump": b"PGDMP"}


@dataclass(frozen=True, slots=True)
class KeptBackup:
    """A file that looks like a backup: of when it is, and what makes it none; empty where it can be restored."""

    path: Path
    made_at: datetime
    fault: str


def backup_folder(config: Settings) -> Path:
    """Where backups go by default."""
    return config.folder / "backups"


def note_backup(config: Settings, path: Path) -> None:
    """Note where a backup went, wherever it is: `cadre doctor` looks there, too."""
    write_durably(config.folder / NOTE, f"{path.resolve()}\n".encode())


def last_noted(config: Settings) -> Path | None:
    """Where the last backup went; nothing where none was noted."""
    note = config.folder / NOTE
    return Path(note.read_text(encoding="utf-8").strip()) if note.exists() else None


def kept_backups(config: Settings) -> list[KeptBackup]:
    """Every backup of the folder for them and of the one where the last went, the newest first."""
    noted = last_noted(config)
    folders = {backup_folder(config), *([noted.parent] if noted else [])}
    return sorted((found for folder in folders for found in _kept_in(folder)), key=lambda found: found.made_at)[::-1]


def _kept_in(folder: Path) -> Iterator[KeptBackup]:
    for path in (found for pattern in NAMES for found in folder.glob(pattern)):
        yield KeptBackup(path, _made_at(path), _fault_of(path))


def _made_at(path: Path) -> datetime:
    """When a backup was made: its name says so; a copy that is newer does not make it newer."""
    changed = datetime.fromtimestamp(path.stat().st_mtime, UTC)
    try:
        return min(datetime.strptime(path.stem, "cadre-%Y%m%dT%H%M%SZ").replace(tzinfo=UTC), changed)
    except ValueError:
        return changed


def _fault_of(path: Path) -> str:
    """What makes a file no backup: no manifest beside it, another size than the manifest's, or another kind of file."""
    try:
        manifest: Any = json.loads(path.with_name(f"{path.name}.json").read_bytes())
        wanted = manifest.get("bytes", 0) if manifest["tables"] else None  # earlier versions did not say the size
        with path.open("rb") as file:
            beginning = file.read(len(BEGINNINGS[path.suffix]))
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return "has no readable manifest (.json) beside it"
    size = path.stat().st_size
    if wanted and size != wanted:
        return f"has {size:,} bytes, and its manifest says {wanted:,}"
    return "" if beginning == BEGINNINGS[path.suffix] else "is cut short, or no file of a database"
