"""E-mail addresses to which letters can be sent: what imports check is what the sender does."""

import re

import idna

# An address that every mail server can deliver to: ASCII before the @ (RFC 5321), a domain that may have other letters (IDNA).
_NAME, _LABEL = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+", r"[^\W_](?:(?:[^\W_]|-){0,61}[^\W_])?"
MAILABLE_EMAIL = rf"^(?=.{{1,254}}\Z)(?=[^@]{{1,64}}@){_NAME}(?:\.{_NAME})*@(?:{_LABEL}\.)+{_LABEL}\Z"
MAILABLE_REMEDY = (
    "write it as name@district.org, with no accents before the @ and a valid domain after it: "
    "letters cannot be sent to this address as it is"
)
_SHAPE = re.compile(MAILABLE_EMAIL)


class DomainError(ValueError):
    """A domain that cannot be written as mail servers take it; the message says why."""


def wire_domain(domain: str) -> str:
    """The domain as mail servers take it: one in other letters as IDNA (RFC 5891).

    Raises:
        DomainError: it cannot be written so.
    """
    if domain.isascii():
        return domain
    try:
        return idna.encode(domain, uts46=True).decode()
    except UnicodeError as error:
        raise DomainError(str(error)) from error


def is_mailable(address: str) -> bool:
    """Whether letters can be sent to an address: it has the shape of one, and its domain can be written for mail servers."""
    if not _SHAPE.match(address):
        return False
    try:
        wire_domain(address.rpartition("@")[2])
    except DomainError:
        return False
    return True
