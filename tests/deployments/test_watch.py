"""The note of when an installation was last up: whoever reads it, at whatever moment, reads all of it."""

import threading
from datetime import datetime
from pathlib import Path
from unittest.mock import Mock

from deployments.watch import Watch
from tasks.core.clock import now

READS = 3_000


def test_the_note_is_whole_at_every_moment_also_at_that_of_a_kill(tmp_path: Path) -> None:
    watch, ended = Watch(Mock(), tmp_path, lambda _sentence: None, threading.Event()), threading.Event()
    watch._seen(now())

    def write() -> None:
        while not ended.is_set():
            watch._seen(now())

    writer = threading.Thread(target=write)
    writer.start()
    try:
        found = [(tmp_path / "last-alive").read_text(encoding="ascii") for _ in range(READS)]
    finally:
        ended.set()
        writer.join()
    assert [text for text in found if datetime.fromisoformat(text or "0001-01-01").year < 2000] == []
