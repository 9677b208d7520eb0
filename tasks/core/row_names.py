"""How messages name a row: messages are shown and logged, and so no address of a person stands in them."""

import hashlib
import secrets
from collections.abc import Iterable

# Drawn anew by each process: whoever has a list of addresses cannot compute their digests.
KEY = secrets.token_bytes(16)


def opaque_name(key: Iterable[object]) -> str:
    """A row's key in one word; an address in it is told by a digest, which one process makes the same for the same address."""
    return "/".join(_opaque(part) for value in key for part in str(value).split("/"))


def _opaque(part: str) -> str:
    digest = hashlib.blake2b(part.encode(), key=KEY, digest_size=6).hexdigest()
    return f"person-{digest}" if "@" in part else part
