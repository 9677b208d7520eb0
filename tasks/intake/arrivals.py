"""A file as it arrives: one of the inbox, or one of this machine that somebody has named."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import BinaryIO

from tasks.core.stored_files import Storage, StoredFile
from tasks.intake.formats.limits import FILE_BYTES, MIB, shown


@dataclass(frozen=True, slots=True)
class Arrival:
    """A file that a run imports: one of the inbox, or one of this machine, which stays where it is.

    ``fetched`` holds its bytes where they came over the network.
    """

    storage: Storage
    file: StoredFile
    is_of_inbox: bool = True
    is_named: bool = False
    fetched: list[BinaryIO] = field(default_factory=list, compare=False)

    @property
    def name(self) -> str:
        """What its sender called it, as it may be shown and stored."""
        return shown(self.file.name)

    @property
    def obstacle(self) -> str:
        """Why nobody should even open it, with what to do; empty where nothing is known against it."""
        if self.file.oddity:
            return f"It is {self.file.oddity}, and is not imported; put the file itself into the inbox."
        if self.file.size_bytes > FILE_BYTES:
            return f"It is larger than {FILE_BYTES // MIB:,} MiB, and is not imported; send it in parts."
        return ""

    @contextmanager
    def open(self) -> Iterator[BinaryIO]:
        """Its bytes, to be read and sought in.

        Raises:
            OSError: it cannot be opened, or is none any more.
        """
        if self.fetched:
            self.fetched[0].seek(0)
            yield self.fetched[0]
        else:
            with self.storage.open(self.file.key) as file:
                yield file

    def fetch(self, stack: ExitStack) -> None:
        """Bring its bytes to this machine, where they stay until the stack ends, if they lie on another one."""
        if self.storage.is_remote and not self.obstacle:
            try:
                self.fetched.append(stack.enter_context(self.storage.open(self.file.key)))
            except FileNotFoundError:
                return  # told when it is to be read

    def has_changed(self) -> bool:
        """Whether somebody has written to it since it was found."""
        found = None if self.fetched else self.storage.look(self.file.key)
        return found is not None and found.version != self.file.version
