"""How messages name a row: messages are shown and logged, and so no address of a person stands in them."""

import hashlib
from collections.abc import Iterable


def opaque_name(key: Iterable[object]) -> str:
    """A row's key in one word; an address in it is told by a digest, which is always the same for the same address."""
    return "/".join(_opaque(part) for value in key for part in str(value).split("/"))


def _opaque(part: str) -> str:
    return f"person-{hashlib.sha256(part.encode()).hexdigest()[:12]}" if "@" in part else part
