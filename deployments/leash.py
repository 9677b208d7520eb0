"""Run a command that must not outlive us: ``python -m deployments.leash COMMAND...``.

The parent holds the other end of our standard input. When it goes away, even by kill -9, the pipe closes and the command's
whole process group is stopped. Works wherever there are pipes.
"""

import os
import signal
import subprocess
import sys
import threading

GRACE_SECONDS = 10


def main(command: list[str]) -> int:
    """Run the command until it ends or the parent does; its exit code."""
    child = subprocess.Popen(command, stdin=subprocess.DEVNULL, start_new_session=True)  # noqa: S603 - our own commands
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: _stop(child))
    threading.Thread(target=_watch_parent, args=(child,), daemon=True).start()
    return child.wait()


def _watch_parent(child: "subprocess.Popen[bytes]") -> None:
    while os.read(0, 1024):
        pass
    _stop(child)


def _stop(child: "subprocess.Popen[bytes]") -> None:
    if child.poll() is not None:
        return
    try:
        os.killpg(child.pid, signal.SIGTERM)
        child.wait(GRACE_SECONDS)
    except subprocess.TimeoutExpired:
        os.killpg(child.pid, signal.SIGKILL)
    except ProcessLookupError:
        return


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
