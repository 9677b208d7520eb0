"""Keeps a process on this machine: a socket that would connect, bind, or send outside of loopback is refused before it does.

Names are not looked up either, but for ``localhost``: the look-up itself would ask a server elsewhere. What was refused is
noted in the file that CADRE_REFUSED_CONNECTIONS names. It stands on nothing but the standard library, and runs
before any path is set.
"""

import ipaddress
import os
import socket
import sys

NOTE = "CADRE_REFUSED_CONNECTIONS"
ADDRESSED = frozenset({"socket.connect", "socket.bind", "socket.sendto", "socket.sendmsg"})
NAMED = frozenset({"socket.getaddrinfo", "socket.gethostbyname", "socket.gethostbyaddr"})
UNADDRESSED = (None, "", b"")


class OutsideLoopbackError(ConnectionRefusedError):
    """A process of a practice wanted to reach something outside of this machine."""


def refuse_outside(event: str, arguments: tuple[object, ...]) -> None:
    """An audit hook (PEP 578) that lets only loopback through.

    Raises:
        OutsideLoopbackError: the host is another one.
    """
    if event in ADDRESSED:
        _check_address(event, arguments[1])
    elif event in NAMED and arguments[0] not in UNADDRESSED:
        _check(event, arguments[0])


def _check_address(event: str, address: object) -> None:
    """Addresses of the internet are tuples; those of pipes on this machine are texts, and an open connection has none."""
    if isinstance(address, tuple) and address:
        _check(event, address[0])


def _check(event: str, host: object) -> None:
    name = host.decode(errors="replace") if isinstance(host, bytes) else str(host)
    if _is_this_machine(name, event):
        return
    _note(f"{event} {name}")
    raise OutsideLoopbackError(f"A practice reaches nothing outside of this machine: {event} {name!r} is refused.")


def _is_this_machine(name: str, event: str) -> bool:
    if name == "localhost" or (event in NAMED and name == socket.gethostname()):
        return True
    try:
        return ipaddress.ip_address(name.partition("%")[0]).is_loopback
    except ValueError:
        return False


def _note(what: str) -> None:
    path = os.environ.get(NOTE)
    if path:
        with open(path, "a", encoding="utf-8") as file:  # noqa: PTH123 - before any import that can be spared
            file.write(f"{what} by {' '.join(sys.orig_argv)}\n")


def stay_on_this_machine() -> None:
    """Let this process reach loopback only, for as long as it runs."""
    sys.addaudithook(refuse_outside)


if __name__ == "sitecustomize":
    stay_on_this_machine()
