"""The section of letters."""

from email.utils import parseaddr
from typing import Annotated

from pydantic import AfterValidator

from schemas.contracts.addresses import is_mailable
from schemas.policy.parts import Part


def _mailable(address: str) -> str:
    """An address of our own: every mail server must be able to name it."""
    bare = parseaddr(address)[1]
    if not is_mailable(bare):
        raise ValueError(
            f"'{address}' is no address that every mail server takes; write it as Program <program@agency.gov>"
        )
    return address


Address = Annotated[str, AfterValidator(_mailable)]


class Letters(Part):
    """Who signs, and where letters to the agency and to program staff go."""

    sender: Address
    signature: str
    operators: Address
    agency: Address
    issuer_url: str
