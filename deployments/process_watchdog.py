"""Run a command that must not outlive us: ``python -m deployments.process_watchdog COMMAND...``.

The parent holds the other end of our standard input. When it goes away, even by kill -9, the pipe closes and the command's
whole process group is stopped. Works wherever there are pipes. Processes that the command has put into groups of their own, as
Prefect's worker does with its runs, come to us on Linux when it is killed, and are ended too.
"""

import ctypes
import os
import signal
import subprocess
import sys
import threading
import time
from contextlib import suppress

import psutil

GRACE_SECONDS = 10
LOOK_SECONDS = 0.1
SET_CHILD_SUBREAPER = 36  # of prctl(2)


def main(command: list[str]) -> int:
    """Run the command until it ends or the parent does; its exit code."""
    _adopt_orphans()
    child = subprocess.Popen(command, stdin=subprocess.DEVNULL, start_new_session=True)  # noqa: S603 - our own commands
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: _stop(child.pid))
    threading.Thread(target=_watch_parent, args=(child.pid,), daemon=True).start()
    code = child.wait()
    _end(child.pid)
    return code


def _adopt_orphans() -> None:
    """Let those whose parent dies below us become our children, where the system can do that."""
    with suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def _end(group: int) -> None:
    """Stop what a command that has ended, or was killed, has left of its process group or to us, until it is gone."""
    _stop(group)
    left = psutil.Process().children(recursive=True)
    for process in left:
        with suppress(psutil.NoSuchProcess):
            process.terminate()
    for process in psutil.wait_procs(left, timeout=GRACE_SECONDS)[1]:
        with suppress(psutil.NoSuchProcess):
            process.kill()
            process.wait(GRACE_SECONDS)
    for _ in range(int(GRACE_SECONDS / LOOK_SECONDS) + 10):
        try:
            os.killpg(group, 0)
        except (ProcessLookupError, PermissionError):
            return
        time.sleep(LOOK_SECONDS)


def _watch_parent(group: int) -> None:
    while os.read(0, 1024):
        pass
    _stop(group)


def _stop(group: int) -> None:
    """Ask the process group to end, and end it after a grace; the main thread waits for it meanwhile."""
    _signal(group, signal.SIGTERM)
    timer = threading.Timer(GRACE_SECONDS, _signal, (group, signal.SIGKILL))
    timer.daemon = True
    timer.start()


def _signal(group: int, number: signal.Signals) -> None:
    with suppress(ProcessLookupError):
        os.killpg(group, number)


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
