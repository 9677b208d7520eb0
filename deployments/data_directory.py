"""The data directory is one process's at a time: a season that runs, an installation, or a practice."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class SeasonBusyError(RuntimeError):
    """Another process runs a season on the same data directory."""


@contextmanager
def only_one(folder: Path) -> Iterator[None]:
    """Hold the data directory for this process.

    Raises:
        SeasonBusyError: another process holds it.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "season.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            message = f"another `make run`, `make up`, or `make practice` works on {folder}; stop it, or use another CADRE_HOME"
            raise SeasonBusyError(message) from error
        yield
