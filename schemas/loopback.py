"""Which hosts are this machine itself: what a practice installation may talk to."""

from ipaddress import ip_address
from urllib.parse import urlsplit

LOCALHOST = "localhost"


def is_loopback(host: str) -> bool:
    """Whether a host, by name or by address, is this machine and nothing else."""
    name = host.lower().strip("[]")
    if name == LOCALHOST:
        return True
    try:
        return ip_address(name).is_loopback
    except ValueError:
        return False


def host_of(url: str) -> str:
    """The host that a URL names; empty where it names none, or is none."""
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""
