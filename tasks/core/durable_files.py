"""Files that must outlive a power failure: put in their place whole, and on the disk before anybody relies on them."""

import os
from pathlib import Path


def write_durably(path: Path, content: bytes, mode: int = 0o644) -> None:
    """Put a file in its place whole, with exactly these permissions: after any crash the old one is there, or the new one."""
    draft = path.with_name(f".{path.name}.{os.getpid()}.draft")
    draft.unlink(missing_ok=True)
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as file:
        os.fchmod(file.fileno(), mode)
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)
    keep_folder(path.parent)


def keep_folder(folder: Path) -> None:
    """Bring a folder's own entries to the disk: a file that was renamed or removed stays so."""
    bring_to_disk(folder)


def bring_to_disk(path: Path) -> None:
    """Let what was written to a file, or the entries of a folder, be on the disk before anybody relies on it."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
