import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

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


def test_a_watched_server_ends_when_its_parent_is_killed(tmp_path: Path) -> None:
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


LEAVER = """
import pathlib, subprocess, sys, time
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"], start_new_session={apart})
pathlib.Path({note!r}).write_text(str(child.pid))
time.sleep(60)
"""


@pytest.mark.parametrize("apart", [False, True], ids=["in its group", "in a group of its own, as runs of a worker are"])
def test_what_a_killed_command_leaves_behind_is_ended_before_it_is_started_again(apart: bool, tmp_path: Path) -> None:
    note = tmp_path / "pid"
    command = [sys.executable, "-c", LEAVER.format(note=str(note), apart=apart)]
    watchdog = subprocess.Popen(
        [sys.executable, "-m", "deployments.process_watchdog", *command], cwd=ROOT, stdin=subprocess.PIPE
    )
    deadline = time.monotonic() + 20
    while not note.exists() or not note.read_text(encoding="utf-8"):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    left = int(note.read_text(encoding="utf-8"))
    command_pid = int(Path(f"/proc/{left}/stat").read_text(encoding="utf-8").split(")")[1].split()[1])
    os.kill(command_pid, signal.SIGKILL)
    watchdog.wait(20)
    assert watchdog.stdin is not None
    watchdog.stdin.close()
    assert not is_alive(left)
