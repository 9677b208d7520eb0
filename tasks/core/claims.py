"""Who works on a row that was claimed: while that process is alive and the time is not over, nobody else does."""

import os
import platform
import secrets

PROCESS = secrets.token_hex(4)  # tells this process from an earlier one that had the same number


def claimant() -> str:
    """A name for the one who claims now: host, number and name of the process, and a name of its own."""
    return f"{platform.node()}/{os.getpid()}/{PROCESS}/{secrets.token_hex(4)}"


def is_gone(name: str) -> bool:
    """Whether who claimed was a process of this host that is no more, so that its time need not be waited for."""
    host, number, process, _ = (name.rsplit("/", 3) + [""] * 4)[:4]
    if host != platform.node() or not number.isdecimal():
        return False
    if int(number) == os.getpid():
        return process != PROCESS
    try:
        os.kill(int(number), 0)  # asks only whether it is there
    except ProcessLookupError:
        return True
    except OSError:  # it is there, and not ours
        return False
    return False
