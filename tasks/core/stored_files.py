"""What the program asks of the place where people's files lie, whatever it is: a folder, or a bucket of an object store."""

import hashlib
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import BinaryIO, Protocol

BLOCK_BYTES = 1024 * 1024


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A file as it lies there: ``key`` is its place from the root on, with slashes; ``name`` what its sender called it.

    ``changed_at`` is in seconds since 1970, 0 where nobody knows. ``version`` is another one when the bytes are.
    ``oddity`` says what it is if it is no plain file; then nobody opens it.
    """

    key: str
    name: str
    size_bytes: int = 0
    changed_at: float = 0.0
    version: str = ""
    oddity: str = ""


class Storage(Protocol):
    """A tree of files that all machines of an installation see.

    Raises:
        ServiceDownError: it cannot be reached; the same may work later.
        ServiceSetupError: it is not there, or does not let us in.
        OSError: what is asked cannot be done with this one file.
    """

    is_remote: (
        bool  # looked at over the network, so not within a transaction; a file appears there when all of it has arrived
    )

    def files(self, folder: str) -> list[StoredFile]:
        """What lies in a folder itself, by name; hidden files are left out. Nothing where there is no such folder."""

    def look(self, key: str) -> StoredFile | None:
        """One file as it is now, or nothing where there is none."""

    def open(self, key: str) -> AbstractContextManager[BinaryIO]:
        """A file's bytes, to be read and sought in.

        Raises:
            FileNotFoundError: there is none.
        """

    def put(self, source: BinaryIO, key: str) -> None:
        """Put what is left to read of an open file in a place, whole or not at all; what lay there before is replaced."""

    def move(self, file: StoredFile, key: str, digest: str) -> bool:
        """Move a file, if it still holds the bytes of the digest; whether it is no longer where it was by our doing.

        The bytes are in the old place or in the new one at every moment. Several who move one file at once end as one.

        Raises:
            FileExistsError: other bytes lie in the new place; both files stay.
        """

    def delete(self, key: str) -> None:
        """Remove a file; one that is gone is no error."""


def digest_of(file: BinaryIO) -> str:
    """The SHA-256 of an open file's bytes, hexadecimal."""
    digest = hashlib.sha256()
    while block := file.read(BLOCK_BYTES):
        digest.update(block)
    return digest.hexdigest()


def digest_in(storage: Storage, key: str) -> str:
    """The digest of a file there; empty where there is none."""
    try:
        with storage.open(key) as file:
            return digest_of(file)
    except FileNotFoundError:
        return ""
