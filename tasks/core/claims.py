"""Who works on a row that was claimed: while that process is alive and the time is not over, nobody else does."""

import os
import platform
import secrets


def claimant() -> str:
    """A name for the one who claims now: host, process, and a number of its own."""
    return f"{platform.node()}/{os.getpid()}/{secrets.token_hex(4)}"


def is_gone(name: str) -> bool:
    """Whether who claimed was a process of this host that is no more, so that its time need not be waited for."""
    host, _, rest = name.rpartition("/")[0].rpartition("/")
    if host != platform.node() or not rest.isdecimal():
        return False
    try:
        os.kill(int(rest), 0)  # asks only whether it is there
    except ProcessLookupError:
        return True
    except PermissionError:
        return False
    return False
