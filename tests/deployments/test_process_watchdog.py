import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from schemas.settings import ROOT

PARENT = """
import subprocess, sys, time
child = subprocess.Popen([sys.executable, "-m", "deployments.process_watchdog", sys.executable, "-c",
    "import os, time, pathlib; pathlib.Path({pid!r}).write_text(str(os.getpid())); time.sleep(60)"],
    stdin=subprocess.PIPE)
time.sleep(60)
"""


def is_alive(pid: int) -> bool:
    try:
        return f"{pid} (python" in Path(f"/proc/{pid}/stat").read_text(encoding="utf-8") and " Z " not in Path(
            f"/proc/{pid}/stat"
        ).read_text(encoding="utf-8")
    except OSError:
        return False


def test_a_server_on_the_leash_ends_when_its_parent_is_killed(tmp_path: Path) -> None:
    note = tmp_path / "pid"
    parent = subprocess.Popen([sys.executable, "-c", PARENT.format(pid=str(note))], cwd=ROOT)
    deadline = time.monotonic() + 20
    while not note.exists() or not note.read_text(encoding="utf-8"):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    child = int(note.read_text(encoding="utf-8"))
    assert is_alive(child)
    os.kill(parent.pid, signal.SIGKILL)
    parent.wait()
    while is_alive(child):
        assert time.monotonic() < deadline, "the child outlived its parent"
        time.sleep(0.05)
