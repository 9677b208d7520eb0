"""Archives and workbooks are zip files: what may be unpacked, and how much of it. Nothing is unpacked under its own name."""

import stat
import struct
import tempfile
import zipfile
import zlib
from pathlib import Path
from typing import IO, BinaryIO

from tasks.intake.formats.limits import (
    ARCHIVE_ENTRIES,
    MIB,
    RATIO_MATTERS_BYTES,
    UNPACKED_BYTES,
    UNPACKED_RATIO,
    RejectedFileError,
    shown,
)

# What the standard library raises, each seen on a damaged archive.
DAMAGE = (
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    OSError,
    EOFError,
    NotImplementedError,
    RuntimeError,
    ValueError,
)
MAGIC = b"PK\x03\x04"
WORKBOOK_PART = "[Content_Types].xml"
TABLES = (".csv", ".tsv", ".txt", ".json", ".jsonl", ".xlsx")


def open_archive(file: BinaryIO) -> zipfile.ZipFile:
    """The archive, with not too many entries.

    Raises:
        RejectedFileError: it is damaged, or it holds more files than an export has.
    """
    try:
        archive = zipfile.ZipFile(file)
    except DAMAGE as error:
        raise RejectedFileError(f"it is damaged ({error})") from error
    if len(archive.infolist()) > ARCHIVE_ENTRIES:
        raise RejectedFileError(f"it holds more than {ARCHIVE_ENTRIES:,} files")
    return archive


def is_workbook(archive: zipfile.ZipFile) -> bool:
    """Whether the archive is an Excel workbook."""
    return WORKBOOK_PART in archive.namelist()


def require_unpackable(entries: list[zipfile.ZipInfo], limit_bytes: int) -> None:
    """Stop before anything is unpacked that would fill the memory or the disk.

    Raises:
        RejectedFileError: it is packed too tightly to be honest, too large, or encrypted.
    """
    unpacked = sum(entry.file_size for entry in entries)
    packed = sum(entry.compress_size for entry in entries) or 1
    if unpacked > limit_bytes:
        raise RejectedFileError(f"it unpacks to {unpacked / MIB:,.0f} MiB, more than {limit_bytes // MIB:,} MiB")
    if unpacked > RATIO_MATTERS_BYTES and unpacked / packed > UNPACKED_RATIO:
        raise RejectedFileError(f"it unpacks to {unpacked / packed:,.0f} times its size, as a zip bomb does")
    if any(entry.flag_bits & 1 for entry in entries):
        raise RejectedFileError("it is locked with a password")


def the_one_table(archive: zipfile.ZipFile) -> zipfile.ZipInfo:
    """The one export in an archive; whatever path it names, only its content is used.

    Raises:
        RejectedFileError: there is none, there are several, or it is not a plain file.
    """
    tables = [entry for entry in archive.infolist() if _is_table(entry)]
    if len(tables) != 1:
        names = ", ".join(shown(entry.filename) for entry in tables[:5])
        found = f"it holds {len(tables)} exports ({names})" if tables else "no export is in it"
        raise RejectedFileError(f"{found}; send an archive with exactly one CSV, TSV, JSON or XLSX file")
    if stat.S_ISLNK(tables[0].external_attr >> 16):
        raise RejectedFileError("its entry is a link to another file")
    return tables[0]


def _is_table(entry: zipfile.ZipInfo) -> bool:
    name = shown(entry.filename)
    return (
        not entry.is_dir()
        and name.lower().endswith(TABLES)
        and not name.startswith(".")
        and "__MACOSX" not in entry.filename
    )


def unpack(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, folder: Path) -> IO[bytes]:
    """The content of an entry in a nameless temporary file.

    Raises:
        RejectedFileError: it is more than it said, or damaged.
    """
    require_unpackable([entry], UNPACKED_BYTES)
    folder.mkdir(parents=True, exist_ok=True)
    target = tempfile.TemporaryFile(dir=folder)  # noqa: SIM115 - the caller closes it
    try:
        _copy(archive, entry, target)
    except RejectedFileError:
        target.close()
        raise
    target.seek(0)
    return target


def _copy(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, target: IO[bytes]) -> None:
    written = 0
    try:
        with archive.open(entry) as source:
            while block := source.read(MIB):
                written += len(block)
                _require_honest(written, entry)
                target.write(block)
    except RejectedFileError:
        raise
    except DAMAGE as error:
        raise RejectedFileError(f"it is damaged ({error})") from error


def _require_honest(written: int, entry: zipfile.ZipInfo) -> None:
    if written > entry.file_size:
        raise RejectedFileError("it unpacks to more than it says")
