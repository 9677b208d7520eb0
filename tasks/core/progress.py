"""A long computation that people can follow and stop: it runs beside the thread that hears the signals.

A solver cannot be interrupted. It runs in a thread that dies with its process, while the main thread says in the flow
run's log how far it is; so a canceled run ends at once, and nothing of it is written.
"""

import threading
import time
from collections.abc import Callable
from logging import Logger, LoggerAdapter
from typing import TypeVar

from prefect.exceptions import MissingContextError
from prefect.logging import get_logger, get_run_logger

R = TypeVar("R")
LOOK_SECONDS = 0.2
LOG_SECONDS = 5.0
Log = Logger | LoggerAdapter[Logger]


def run_with_progress(what: str, compute: Callable[[Callable[[str], None]], R]) -> R:
    """What ``compute`` returns or raises; it is given a function that reports how far it is."""
    newest = [""]
    results: list[R] = []
    faults: list[BaseException] = []

    def report(line: str) -> None:
        newest[0] = line or newest[0]

    def work() -> None:
        try:
            results.append(compute(report))
        except BaseException as error:  # noqa: BLE001 - it is raised again below, where it belongs
            faults.append(error)

    worker = threading.Thread(target=work, name=what, daemon=True)
    worker.start()
    _log_until_done(worker, what, newest)
    if faults:
        raise faults[0]
    return results[0]


def _log_until_done(worker: threading.Thread, what: str, newest: list[str]) -> None:
    started = logged = time.monotonic()
    while worker.is_alive():
        worker.join(LOOK_SECONDS)
        if time.monotonic() - logged >= LOG_SECONDS:
            logged = time.monotonic()
            run_log().info("%s: %.0f s, %s", what, logged - started, newest[0])


def run_log() -> Log:
    """The log of the flow run, or the program's own outside of a run."""
    try:
        return get_run_logger()
    except MissingContextError:
        return get_logger("cadre")
