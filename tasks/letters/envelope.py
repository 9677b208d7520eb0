"""A claimed letter as it goes over the wire: its bytes, and its addresses as a mail server takes them.

A domain in other letters goes as IDNA (RFC 5891); a name in other letters before the @ needs a server with SMTPUTF8 (RFC 6531).
"""

from dataclasses import dataclass
from email.policy import SMTPUTF8, compat32
from email.utils import parseaddr

import idna

from schemas.policy import Policy
from tasks.letters.compose import message_of
from tasks.letters.outbox import Message

CRLF = compat32.clone(linesep="\r\n")


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
    """
    sender, recipient = wire_address(policy.letters.sender), wire_address(message.payload["to"])
    mail = message_of(message.key, message.created_at, message.payload, policy, credential)
    if not recipient.isascii() or not sender.isascii():
        return Envelope(sender, recipient, mail.as_bytes(policy=SMTPUTF8), is_international=True)
    if recipient != parseaddr(message.payload["to"])[1]:
        mail.replace_header("To", recipient)
    return Envelope(sender, recipient, mail.as_bytes(policy=CRLF))


def wire_address(address: str) -> str:
    """The bare address with its domain as IDNA.

    Raises:
        UnsendableAddressError: it is no address.
    """
    name, _, domain = parseaddr(address)[1].rpartition("@")
    try:
        return f"{name}@{domain if domain.isascii() else idna.encode(domain, uts46=True).decode()}"
    except idna.IDNAError as error:
        raise UnsendableAddressError(f"the domain of {address} cannot be written as IDNA: {error}") from error
