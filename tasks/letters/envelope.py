"""A claimed letter as it goes over the wire: its bytes, and its addresses as a mail server takes them.

A domain in other letters goes as IDNA (RFC 5891); a name in other letters before the @ needs a server with SMTPUTF8 (RFC 6531).
"""

from dataclasses import dataclass
from email.utils import parseaddr
from functools import lru_cache

from schemas.contracts import DomainError, wire_domain
from schemas.policy import Policy
from tasks.core.step import ServiceSetupError
from tasks.letters.mime import message_bytes, shown_address
from tasks.letters.outbox import Message


class UnsendableAddressError(ValueError):
    """No mail server can deliver to this address; the message says why."""


@dataclass(frozen=True, slots=True)
class Envelope:
    """A letter as it goes over the wire; ``is_international``: an address that only SMTPUTF8 can name."""

    sender: str
    recipient: str
    content: bytes
    is_international: bool = False


def envelope_of(message: Message, policy: Policy, credential: str) -> Envelope:
    """The letter with its addresses.

    Raises:
        UnsendableAddressError: the letter can never be sent to its address.
        ServiceSetupError: the policy's sender is no address; no letter is at fault.
    """
    recipient = wire_address(message.payload["to"])
    try:
        sender = wire_address(policy.letters.sender)
    except UnsendableAddressError as error:
        raise ServiceSetupError(f"letters.sender of season {policy.season}: {error}; correct the policy") from error
    shown = shown_address(policy.letters.sender)
    content = message_bytes(message.key, message.created_at, message.payload, shown, recipient, credential=credential)
    return Envelope(sender, recipient, content, is_international=not (sender + recipient).isascii())


@lru_cache(maxsize=256)
def wire_address(address: str) -> str:
    """The bare address with its domain as IDNA.

    Raises:
        UnsendableAddressError: it is no address.
    """
    bare = parseaddr(address)[1]
    name, _, domain = bare.rpartition("@")
    if not name or not domain or any(sign.isspace() or not sign.isprintable() for sign in bare):
        raise UnsendableAddressError(f"{address!r} is not an e-mail address")
    try:
        return f"{name}@{wire_domain(domain)}"
    except DomainError as error:
        raise UnsendableAddressError(f"the domain of {address} cannot be written as IDNA: {error}") from error
