"""The section of letters."""

from schemas.policy.parts import Part


class Letters(Part):
    """Who signs, and where letters to the agency and to program staff go."""

    sender: str
    signature: str
    operators: str
    agency: str
    issuer_url: str
