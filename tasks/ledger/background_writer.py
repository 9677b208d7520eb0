"""Units of work that are written on a thread of their own, call by call, while the run goes on deciding."""

import sys
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from contextlib import contextmanager
from typing import Concatenate, ParamSpec

from sqlalchemy.orm import Session

from tasks.core.database import transaction

P = ParamSpec("P")

TURN_SECONDS = 0.0005


class Aside:
    """Calls that are done one after the other on another thread."""

    def __init__(self, thread: Executor) -> None:
        """Take the thread, which has nothing else to do."""
        self._thread = thread
        self._waiting: deque[Future[object]] = deque()

    def call(self, function: Callable[P, object], *arguments: P.args, **options: P.kwargs) -> None:
        """Have a function called, once everything that was asked for before is done; do not wait for it."""
        self._waiting.append(self._thread.submit(function, *arguments, **options))

    def wait_for_all_but(self, few: int) -> None:
        """Wait until only a few calls are still to be done: what they work on is kept in memory until then.

        Raises:
            Exception: whatever a call raised.
        """
        while len(self._waiting) > few:
            self._waiting.popleft().result()


class Writer(Aside):
    """Writes on a thread of its own while the run goes on deciding; the open transaction is used by one of both at a time."""

    def __init__(self, db: Session, thread: Executor) -> None:
        """Take the session of the transaction, and the thread."""
        super().__init__(thread)
        self._db = db

    @property
    def db(self) -> Session:
        """The session, as soon as everything is written that was asked for.

        Raises:
            Exception: whatever the writing raised.
        """
        self.wait_for_all_but(0)
        return self._db

    def write(
        self, write: "Callable[Concatenate[Session, P], object]", *arguments: P.args, **options: P.kwargs
    ) -> None:
        """Call ``write`` with the session and the arguments, once what was asked for before is written; do not wait for it."""
        self.call(write, self._db, *arguments, **options)


@contextmanager
def short_turns() -> Iterator[None]:
    """Let Python's threads take turns more often: a driver asks for one with every buffer that it hands to its server."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(TURN_SECONDS)
    try:
        yield
    finally:
        sys.setswitchinterval(before)


@contextmanager
def writing() -> Iterator[Writer]:
    """A unit of work some of which is written while the rest is still being decided."""
    with (
        short_turns(),
        transaction() as db,
        ThreadPoolExecutor(max_workers=1, thread_name_prefix="writer") as thread,
    ):
        writer = Writer(db, thread)
        yield writer
        writer.db.flush()
