"""No process of a practice reaches anything outside of this machine, whatever its settings and its libraries want.

The events are the interpreter's own: none of these tests would connect to anything if the guard let it through.
"""

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from deployments.environment import GUARD
from deployments.practice.guard.sitecustomize import NOTE, OutsideLoopbackError, refuse_outside

UNSPECIFIED = "0.0.0.0"  # noqa: S104 - what is refused here


@pytest.mark.parametrize("event", ["socket.connect", "socket.bind", "socket.sendto", "socket.sendmsg"])
@pytest.mark.parametrize("host", ["192.0.2.1", "198.51.100.7", UNSPECIFIED, "2001:db8::1", "mail.agency.example", ""])
def test_an_address_outside_of_loopback_is_refused(event: str, host: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(NOTE, raising=False)
    with pytest.raises(OutsideLoopbackError, match="reaches nothing outside of this machine"):
        refuse_outside(event, (None, (host, 443)))


@pytest.mark.parametrize("event", ["socket.getaddrinfo", "socket.gethostbyname", "socket.gethostbyaddr"])
def test_a_name_is_not_even_looked_up(event: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(NOTE, raising=False)
    with pytest.raises(OutsideLoopbackError):
        refuse_outside(event, ("mail.agency.example", 25, 0, 0, 0))


@pytest.mark.parametrize("address", [("127.0.0.1", 80), ("::1", 80, 0, 0), ("localhost", 80), "/run/postgresql", None])
def test_this_machine_is_reached(address: object) -> None:
    refuse_outside("socket.connect", (None, address))
    refuse_outside("socket.getaddrinfo", (None, 80, 0, 0, 0))
    refuse_outside("socket.getaddrinfo", ("localhost", 80, 0, 0, 0))


def test_every_python_that_a_practice_starts_is_guarded_and_notes_what_was_refused(tmp_path: Path) -> None:
    """The address is one for documentation (RFC 5737), and the event is raised without a socket that could reach it."""
    note = tmp_path / "refused.log"
    program = "import sys; sys.audit('socket.connect', None, ('192.0.2.1', 443))"
    done = subprocess.run(
        [sys.executable, "-c", program],
        env={**os.environ, "PYTHONPATH": str(GUARD), NOTE: str(note)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert "OutsideLoopbackError" in done.stderr
    assert note.read_text(encoding="utf-8").startswith("socket.connect 192.0.2.1 by ")


def test_a_guarded_process_still_talks_to_this_machine(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        program = f"import socket; socket.create_connection(('localhost', {server.getsockname()[1]}), 5).close()"
        environment = {**os.environ, "PYTHONPATH": str(GUARD), NOTE: str(tmp_path / "refused.log")}
        subprocess.run([sys.executable, "-c", program], env=environment, check=True)
    assert not (tmp_path / "refused.log").exists()
