"""What an installation says of itself while it is up."""

import sys
from pathlib import Path

from rich.console import Console

from tasks.core.clock import machine_time


class Journal:
    """What an installation says of itself: on the console, and with the time in its log."""

    def __init__(self, console: Console, log: Path) -> None:
        """The log is appended to."""
        self.console = console
        self._log = log
        log.parent.mkdir(parents=True, exist_ok=True)

    def announce(self, text: str) -> None:
        """Say a sentence on the console and in the log."""
        moment = machine_time()
        with self._log.open("a", encoding="utf-8") as file:
            file.write(f"{moment:%Y-%m-%d %H:%M:%S}Z {text}\n")
        self.console.print(f"{moment.astimezone():%H:%M:%S} {text}", highlight=False, markup=False, soft_wrap=True)
        sys.stdout.flush()
