"""A second process for a large export, on a core of its own: it writes some tables in the same view of the database."""

import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import IO

from sqlalchemy.orm import Session

from tasks.core.shared_view import sharing_view
from tasks.season.export import beside
from tasks.season.export.files import Written
from tasks.season.export.tables import Export

TOLD_CHARACTERS = 800


class SecondProcessError(RuntimeError):
    """The second process of an export failed; the message ends with what it said last."""


@dataclass(frozen=True, slots=True)
class SecondProcess:
    """The process as the first one talks to it, in lines; an answer that does not come is an error."""

    process: "subprocess.Popen[bytes]"
    errors: IO[bytes]

    def begin(self, db: Session) -> None:
        """Let it read in the view that this session takes with that.

        Raises:
            SecondProcessError: it ended.
        """
        self._expect(beside.READY)
        with sharing_view(db) as view:
            self._tell(view.encode())
            self._expect(beside.BEGUN)

    def write(self, export: Export) -> None:
        """Let it write its tables.

        Raises:
            SecondProcessError: it ended.
        """
        self._tell(beside.EXPORT_AS_JSON.dump_json(export))

    def written(self) -> Sequence[Written]:
        """Wait for it; what it has written.

        Raises:
            SecondProcessError: it ended before it had written everything.
        """
        return beside.FILES_AS_JSON.validate_json(self._line())

    def _tell(self, line: bytes) -> None:
        assert self.process.stdin
        try:
            self.process.stdin.write(line + b"\n")
            self.process.stdin.flush()
        except BrokenPipeError:
            raise self._failed() from None

    def _expect(self, word: str) -> None:
        if self._line().decode().strip() != word:
            raise self._failed()

    def _line(self) -> bytes:
        assert self.process.stdout
        line = self.process.stdout.readline()
        if not line.endswith(b"\n"):
            raise self._failed()
        return line

    def _failed(self) -> SecondProcessError:
        assert self.process.stdin
        self.process.stdin.close()  # which ends it, should it still be there
        code = self.process.wait()
        self.errors.seek(0)
        said = self.errors.read().decode(errors="replace")[-TOLD_CHARACTERS:]
        return SecondProcessError(f"The second process of the export ended with exit code {code}. {said}".strip())


@contextmanager
def second_process() -> Iterator[SecondProcess]:
    """A second process, which is gone when the block ends."""
    command = [sys.executable, "-m", beside.__name__]
    with tempfile.TemporaryFile() as errors:
        process = subprocess.Popen(  # noqa: S603 - our own command
            command, bufsize=0, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors
        )
        with process:
            try:
                yield SecondProcess(process, errors)
            finally:
                process.kill()
