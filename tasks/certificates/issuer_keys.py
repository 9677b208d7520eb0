"""The issuer's keys: made by an explicit command and never on the way, replaced by rotation, and told apart by their ids.

A command writes the private key, then the published set, then the register, each of them whole. So one that is killed has not
changed which key signs, and a key that nobody uses is all that it can leave behind.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from joserfc.jwk import RSAKey

from tasks.certificates.key_files import (
    BACKUP,
    ROTATE,
    Activation,
    IssuerKeyError,
    add_private_key,
    has_same_numbers,
    only_one_changes_keys,
    private_ids,
    private_key,
    publish,
    published_path,
    read_published,
    read_register,
    remove_private_key,
    write_register,
)

NO_KEY = "There is no key to sign credentials with. Make one, once for an installation: `cadre certificate key create`."
BEGUN = "A key was begun and is not in use yet; `cadre certificate key create` goes on with it."
LOST = f"Public keys are published, but their private keys are missing: {BACKUP}. Where there is none, {ROTATE}."
STRAYED = (
    f"There are private keys, and no register that says which of them signs: {BACKUP}. Where there is none, {ROTATE}."
)


@dataclass(frozen=True, slots=True)
class IssuerKey:
    """A key as operators see it; ``active_since`` and ``reason`` are empty where it never signed."""

    kid: str
    is_active: bool
    is_published: bool
    has_private_key: bool
    active_since: str = ""
    reason: str = ""


def active_key() -> RSAKey:
    """The key that signs; nothing is made or changed.

    Raises:
        IssuerKeyError: there is none, its private key is missing or is another one, or its public half is not published.
    """
    register, published = read_register(), read_published()
    if not register:
        raise IssuerKeyError(_why_none(published))
    kid = register[-1].kid
    key = private_key(kid)
    if kid not in published:
        raise IssuerKeyError(f"The active key {kid} is not published; `cadre certificate publish` publishes it.")
    if not has_same_numbers(published[kid], key):
        raise IssuerKeyError(f"The published key {kid} does not belong to its private key: {BACKUP}.")
    return key


def key_problem() -> str:
    """Why nothing can be signed, and what to do about it; empty where all is well."""
    try:
        active_key()
    except IssuerKeyError as error:
        return str(error)
    return ""


def create_key(at: datetime) -> str:
    """Make the first key, or go on with one that a killed command has begun; its id.

    Raises:
        IssuerKeyError: there is a key already, or the published keys have lost their private ones; nothing is changed.
    """
    with only_one_changes_keys():
        register, published = read_register(), read_published()
        if register:
            kid = private_key(register[-1].kid).kid
            raise IssuerKeyError(f"There is a key already, {kid}; `cadre certificate key rotate` replaces it.")
        begun = _begun(published)
        if not begun and (published or private_ids()):
            raise IssuerKeyError(_why_none(published))
        return _activate(register, Activation(begun or add_private_key(), at.isoformat(), "the first key"))


def rotate_key(reason: str, at: datetime) -> str:
    """Make a new key, which signs from now on; its id. The earlier ones stay published, and their private keys stay here.

    Raises:
        IssuerKeyError: there is nothing to replace, or a public half that has to stay published is missing.
    """
    with only_one_changes_keys():
        register = read_register()
        earlier = [item.kid for item in register] or private_ids()  # all that may have signed
        if not earlier and not read_published():
            raise IssuerKeyError(_why_none(()))
        publish(earlier)  # before anything is made
        return _activate(register, Activation(add_private_key(), at.isoformat(), reason))


def drop_private_key(kid: str) -> None:
    """Remove a private key for good; its public half stays published, so that what it has signed verifies.

    Raises:
        IssuerKeyError: it signs, or there is no such private key.
    """
    with only_one_changes_keys():
        register = read_register()
        if kid not in private_ids():
            raise IssuerKeyError(
                f"There is no private key {kid} here; `cadre certificate key list` shows those there are."
            )
        if not register or kid == register[-1].kid:
            raise IssuerKeyError(f"The key {kid} signs; `cadre certificate key rotate` first, then drop it.")
        publish(item.kid for item in register)
        remove_private_key(kid)


def publish_keys() -> Path:
    """Write the published set again from what there is; where it is.

    Raises:
        IssuerKeyError: there is no key, its private key is missing, or a public half is.
    """
    with only_one_changes_keys():
        publish(item.kid for item in read_register())
    active_key()
    return published_path()


def public_keys() -> dict[str, Any]:
    """The published set as a verifier gets it.

    Raises:
        IssuerKeyError: nothing is published here.
    """
    published = read_published()
    if not published:
        raise IssuerKeyError(f"No public key is in {published_path()}; name the issuer's public keys.")
    return {"keys": list(published.values())}


def list_keys() -> list[IssuerKey]:
    """Every key that is known here, in the order in which they became active; those that never signed come last.

    Raises:
        IssuerKeyError: a file is damaged.
    """
    register, published, private = {item.kid: item for item in read_register()}, read_published(), private_ids()
    return [
        IssuerKey(
            kid,
            is_active=kid == next(reversed(register), ""),
            is_published=kid in published,
            has_private_key=kid in private,
            active_since=register[kid].active_since if kid in register else "",
            reason=register[kid].reason if kid in register else "",
        )
        for kid in dict.fromkeys((*register, *published, *private))
    ]


def _activate(register: Sequence[Activation], new: Activation) -> str:
    """Publish a key, and only then let it sign."""
    publish([new.kid])
    write_register([*register, new])
    return new.kid


def _why_none(published: Collection[str]) -> str:
    """Why no key is active."""
    if _begun(published):
        return BEGUN
    return LOST if published else STRAYED if private_ids() else NO_KEY


def _begun(published: Collection[str]) -> str:
    """A private key that could become active where none is: one that is published, or the only one where nothing is published.

    Several that nobody has published are those of a register that was lost: none of them is chosen by chance.
    """
    private = private_ids()
    begun = [kid for kid in published if kid in private] if published else private
    return begun[-1] if begun and (published or len(begun) == 1) else ""
