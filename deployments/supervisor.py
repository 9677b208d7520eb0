"""Keeps the processes of an installation running: one that died is started again, and it is said so."""

import subprocess
import time
from collections.abc import Callable, Iterable
from contextlib import ExitStack
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self

from deployments.services import Service, guarded_process, wait_until

FIRST_DELAY_SECONDS = 1.0
LONGEST_DELAY_SECONDS = 60.0
STEADY_SECONDS = 60.0


@dataclass(slots=True)
class _Running:
    """A started service: its process, since when, and how often in a row it died young."""

    service: Service
    stack: ExitStack = field(default_factory=ExitStack)
    process: "subprocess.Popen[bytes] | None" = None
    started_at: float = 0.0
    start_after: float = 0.0
    failures: int = 0

    def start(self) -> "subprocess.Popen[bytes]":
        item = self.service
        self.process = self.stack.enter_context(guarded_process(item.command, item.log, item.environment))
        self.started_at = time.monotonic()
        return self.process

    def delay(self) -> float:
        """How long to wait before the next start, in seconds: longer each time that it died soon after its start."""
        is_young = time.monotonic() - self.started_at < STEADY_SECONDS
        self.failures = self.failures + 1 if is_young else 1
        return min(FIRST_DELAY_SECONDS * 2.0 ** (self.failures - 1), LONGEST_DELAY_SECONDS)


@dataclass(frozen=True, slots=True)
class Started:
    """A service with its process, which may not answer yet."""

    service: Service
    process: "subprocess.Popen[bytes]"


class Supervisor:
    """Starts services in order, starts again what died, and stops all of them in the reverse order."""

    def __init__(self, announce: Callable[[str], None]) -> None:
        """``announce`` is given a sentence whenever a service had to be started again."""
        self._announce = announce
        self._running: list[_Running] = []

    def __enter__(self) -> Self:
        """Nothing runs yet."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop everything, the newest first."""
        while self._running:
            self._running.pop().stack.close()

    def start(self, services: Iterable[Service]) -> None:
        """Start services side by side, and wait until all of them answer.

        Raises:
            ServiceFailedError: one did not come up; the message names its log.
        """
        self.wait_for(self.begin(services))

    def begin(self, services: Iterable[Service]) -> list[Started]:
        """Start services side by side; ``wait_for`` waits until they answer, when there is nothing else to do meanwhile."""
        new = [_Running(item) for item in services]
        self._running += new
        return [Started(item.service, item.start()) for item in new]

    def wait_for(self, started: Iterable[Started]) -> None:
        """Wait until all of these services answer.

        Raises:
            ServiceFailedError: one did not come up; the message names its log.
        """
        for item in started:
            wait_until(item.service.is_ready, item.process, item.service.name, item.service.log)

    def look(self) -> None:
        """Start again what has died, at once or after a delay that grows while it keeps dying."""
        for item in self._running:
            if item.process is not None and item.process.poll() is not None:
                delay = item.delay()
                self._announce(
                    f"The {item.service.name} stopped (exit code {item.process.returncode}); it is started again in "
                    f"{delay:.0f} s. Its log: {item.service.log}"
                )
                item.stack.close()
                item.process, item.start_after = None, time.monotonic() + delay
            if item.process is None and time.monotonic() >= item.start_after:
                item.start()
                self._announce(f"The {item.service.name} was started again.")
