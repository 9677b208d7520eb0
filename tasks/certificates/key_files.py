"""What is kept of the issuer's keys, in ``keys/`` of the data directory; each file is put in its place whole.

``<key id>.pem`` is a private key. ``register.json`` names the keys in the order of their use; the last one signs.
``issuer.jwks.json`` is what the agency publishes: the public half of every key that ever signed.
"""

import base64
import fcntl
import json
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from joserfc.errors import JoseError
from joserfc.jwk import RSAKey

from schemas.settings import settings
from tasks.core.durable_files import keep_folder, write_durably
from tasks.core.step import ServiceSetupError

ALGORITHM = "RS256"
KEY_BITS = 2048
FOLDER_MODE, PRIVATE_MODE = 0o700, 0o600

BACKUP = "put the folder `keys` of the data directory back from the backup"
ROTATE = "`cadre certificate key rotate` begins with a new key, and what was signed before still verifies"


class IssuerKeyError(ServiceSetupError):
    """The keys are not as they have to be; the message says what to do about it."""


@dataclass(frozen=True, slots=True)
class Activation:
    """A key that became active: its id, since when it signs, and why it was made."""

    kid: str
    active_since: str
    reason: str


def keys_folder() -> Path:
    """Where the issuer's keys are, with the lists that are published beside them."""
    return settings().folder / "keys"


def published_path() -> Path:
    """The public halves of all keys, to be published."""
    return keys_folder() / "issuer.jwks.json"


@contextmanager
def only_one_changes_keys() -> Iterator[None]:
    """Let one process at a time change what is in the folder; others wait for it. No other user may look into the folder."""
    folder = keys_folder()
    folder.mkdir(parents=True, exist_ok=True, mode=FOLDER_MODE)
    folder.chmod(FOLDER_MODE)
    with (folder / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def read_register() -> list[Activation]:
    """The keys that have signed, the active one last.

    Raises:
        IssuerKeyError: the file is damaged.
    """
    found = _read_keys(keys_folder() / "register.json", ("kid", "active_since", "reason"))
    return [Activation(**item) for item in found]


def write_register(register: Iterable[Activation]) -> None:
    """Let the last key of the register sign from now on."""
    content = {"keys": [asdict(item) for item in register]}
    write_durably(keys_folder() / "register.json", json.dumps(content, indent=1).encode(), PRIVATE_MODE)


def read_published() -> dict[str, dict[str, Any]]:
    """The published keys by their ids, in the order in which they were published.

    Raises:
        IssuerKeyError: the file is damaged.
    """
    return {item["kid"]: item for item in _read_keys(published_path(), ("kid", "kty", "n", "e"))}


def publish(kids: Iterable[str]) -> None:
    """Add to the published set what it does not have of these keys; nothing is ever taken out of it.

    Raises:
        IssuerKeyError: a public half is neither published nor to be had from a private key.
    """
    published, private = read_published(), private_ids()
    for kid in kids:
        if kid not in published and kid not in private:
            where = f"put keys/{published_path().name} back from the backup, or from where it is published"
            raise IssuerKeyError(
                f"The public half of the key {kid}, which has signed credentials, is missing: {where}."
            )
        if kid not in published:
            published[kid] = dict(private_key(kid).as_dict(private=False))
    if published:
        write_durably(published_path(), json.dumps({"keys": list(published.values())}, indent=1).encode())


def _read_keys(path: Path, fields: tuple[str, ...]) -> list[dict[str, Any]]:
    """The list in one of our files, each item with these fields; empty where there is no file."""
    try:
        items = [dict(item) for item in json.loads(path.read_bytes())["keys"]] if path.exists() else []
        _require_texts(items, fields)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise IssuerKeyError(f"keys/{path.name} cannot be read ({type(error).__name__}): {BACKUP}.") from error
    return items


def _require_texts(items: Iterable[Mapping[str, Any]], fields: tuple[str, ...]) -> None:
    if not all(isinstance(item[field], str) for item in items for field in fields):
        raise TypeError(fields)


def private_ids() -> list[str]:
    """The ids of the private keys that are here."""
    return sorted(path.stem for path in keys_folder().glob("[!.]*.pem"))


def private_key(kid: str) -> RSAKey:
    """The private key of an id.

    Raises:
        IssuerKeyError: it is missing, cannot be read, or is the key of another id.
    """
    path = _private_path(kid)
    try:
        found = path.stat()
        key = _read_once(path, found.st_mtime_ns, found.st_size)
    except FileNotFoundError as error:
        raise IssuerKeyError(f"The private key {kid} is missing: {BACKUP}. Where there is none, {ROTATE}.") from error
    except (OSError, ValueError, JoseError) as error:
        raise IssuerKeyError(f"The private key {kid} cannot be read ({type(error).__name__}): {BACKUP}.") from error
    if key.kid != kid:
        raise IssuerKeyError(f"The private key in keys/{path.name} does not belong to the public key {kid}: {BACKUP}.")
    return key


def add_private_key() -> str:
    """A new private key, which nobody uses yet; its id."""
    key = RSAKey.generate_key(KEY_BITS)
    write_durably(_private_path(_id_of(key)), key.as_pem(private=True), PRIVATE_MODE)
    return _id_of(key)


def remove_private_key(kid: str) -> None:
    """Remove a private key for good."""
    _private_path(kid).unlink()
    keep_folder(keys_folder())


def _private_path(kid: str) -> Path:
    return keys_folder() / f"{kid}.pem"


@lru_cache(maxsize=4)
def _read_once(path: Path, _changed_at: int, _size: int) -> RSAKey:
    """The key of a file; reading it checks its numbers, which takes as long as a hundred signatures."""
    pem = path.read_bytes()
    return RSAKey.import_key(pem, {"use": "sig", "alg": ALGORITHM, "kid": _id_of(RSAKey.import_key(pem))})


def _id_of(key: RSAKey) -> str:
    """A key's id: the beginning of its thumbprint (RFC 7638), so that an id belongs to one key only."""
    return base64.urlsafe_b64decode(f"{key.thumbprint()}=").hex()[:16]


def has_same_numbers(public: Mapping[str, Any], key: RSAKey) -> bool:
    """Whether a published key is the public half of a private one."""
    own = key.as_dict(private=False)
    return all(public[field] == own[field] for field in ("kty", "n", "e"))
