"""Every effect that a process has on the outside, numbered by its place in our code, and the process killed at one of them.

Watched are the few calls that all effects go through, whoever makes them. Only a process that the harness has started is
watched: production has no such hook, so that it neither pays for it nor can be killed by it.
"""

import os
import signal
import sys
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace
from types import FrameType
from typing import Any

import httpx
from sqlalchemy.engine.default import DefaultDialect

from schemas.settings import ROOT

BEFORE, AFTER = "before", "after"
ROOMS = ("flows/", "tasks/", "deployments/")
PLUMBING = ("tasks/core/", "tasks/ledger/")  # what every effect goes through says nothing about its place


@dataclass(frozen=True, slots=True)
class Point:
    """The moment before or after an effect: its kind, the function it is made in, and the how manyeth it is there."""

    kind: str
    place: str
    moment: str
    number: int

    @property
    def where(self) -> "Point":
        """The place in the code alone."""
        return replace(self, number=0)


class Watch:
    """The points that this process has come to; at one that ``is_fatal`` it ends as by kill -9, after its last words."""

    def __init__(self, is_fatal: Callable[[Point], bool], last_words: Callable[[Point], None] = lambda _: None) -> None:
        """Nothing is watched before ``install``."""
        self.points: list[Point] = []
        self._is_fatal, self._last_words = is_fatal, last_words
        self._counts: Counter[Point] = Counter()

    def install(self) -> None:
        """Watch this process until it ends."""
        from tasks.core.object_store import ObjectStore  # noqa: PLC0415 - see below
        from tasks.letters import smtp  # noqa: PLC0415 - Prefect, which it brings, reads the environment when it is imported

        self._watch_calls("commit", DefaultDialect, "do_commit")
        self._watch_calls("http", httpx.Client, "send")
        self._watch_calls(
            "smtp", smtp, "_transmit"
        )  # by which every letter goes; smtplib's own data() need not be called
        self._watch_calls("rename", os, "replace", "rename", "link")
        self._watch_calls("object", ObjectStore, "put", "copy", "remove")  # where files lie in a bucket

    def _watch_calls(self, kind: str, owner: object, *names: str) -> None:
        for name in names:
            setattr(owner, name, self._around(kind, getattr(owner, name)))

    def _around(self, kind: str, call: Callable[..., Any]) -> Callable[..., Any]:
        def watched(*arguments: Any, **named: Any) -> Any:
            place = place_in_our_code(sys._getframe(1))  # noqa: SLF001 - the interpreter's only door to the stack
            if place is None or _is_to_prefect(kind, arguments):
                return call(*arguments, **named)
            self._come_to(kind, place, BEFORE)
            answer = call(*arguments, **named)
            self._come_to(kind, place, AFTER)
            return answer

        return watched

    def _come_to(self, kind: str, place: str, moment: str) -> None:
        where = Point(kind, place, moment, 0)
        self._counts[where] += 1
        point = replace(where, number=self._counts[where])
        if self._is_fatal(point):
            self._last_words(point)
            os.kill(os.getpid(), signal.SIGKILL)
        self.points.append(point)


def _is_to_prefect(kind: str, arguments: tuple[Any, ...]) -> bool:
    return kind == "http" and str(arguments[1].url).startswith(os.environ.get("PREFECT_API_URL", "-"))


def place_in_our_code(frame: FrameType | None) -> str | None:
    """The innermost function of ours on the stack that is no plumbing, as ``tasks/seats/rounds.py:apply_rounds``."""
    innermost = None
    while frame is not None:
        name = frame.f_code.co_filename.removeprefix(f"{ROOT}/")
        if name.startswith(ROOMS):
            place = f"{name}:{frame.f_code.co_name}"
            if not name.startswith(PLUMBING):
                return place
            innermost = innermost or place
        frame = frame.f_back
    return innermost
