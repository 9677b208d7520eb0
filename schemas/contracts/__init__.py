"""The contract of each input: its fields, what must hold of every row, and the remedy where it does not.

What belongs here: contracts as data. What does not: running them (``tasks/intake/expectations.py``, the one place that imports
Great Expectations) and decisions about people and seats (``rules/``).
"""

from collections.abc import Mapping

from schemas.contracts.academy import SELECTION
from schemas.contracts.addresses import MAILABLE_EMAIL, MAILABLE_REMEDY, DomainError, is_mailable, wire_domain
from schemas.contracts.certificates import ACTIVITY, RENEWAL
from schemas.contracts.cohorts import ATTENDANCE, START
from schemas.contracts.common import (
    COUNT,
    DAY,
    MOMENT,
    SHAPES,
    Contract,
    Expect,
    Field,
)
from schemas.contracts.credits import CREDIT
from schemas.contracts.enrollment import ADDRESS, COMMITMENT, PROOF, ROSTER
from schemas.contracts.portfolios import PORTFOLIO
from schemas.contracts.reviews import SCORE
from schemas.contracts.seats import ANSWER, SEAT_REQUEST
from schemas.contracts.surveys import (
    LEAD,
    MATCHING,
    NO_DISTRICT,
    NO_START_DAY,
    START_FROM,
    START_ORDER,
    START_REMEDY,
    START_UNTIL,
    SURVEY,
    UNKNOWN_DISTRICT,
)
from schemas.kinds import InputKind

CONTRACTS: Mapping[InputKind, Contract] = {
    contract.kind: contract
    for contract in (
        SURVEY,
        LEAD,
        ADDRESS,
        ANSWER,
        SEAT_REQUEST,
        PROOF,
        ROSTER,
        COMMITMENT,
        START,
        SELECTION,
        ATTENDANCE,
        PORTFOLIO,
        SCORE,
        CREDIT,
        ACTIVITY,
        RENEWAL,
    )
}

__all__ = [
    "ACTIVITY",
    "ADDRESS",
    "ANSWER",
    "ATTENDANCE",
    "COMMITMENT",
    "CONTRACTS",
    "COUNT",
    "CREDIT",
    "DAY",
    "LEAD",
    "MAILABLE_EMAIL",
    "MAILABLE_REMEDY",
    "MATCHING",
    "MOMENT",
    "NO_DISTRICT",
    "NO_START_DAY",
    "PORTFOLIO",
    "RENEWAL",
    "ROSTER",
    "SCORE",
    "SELECTION",
    "SHAPES",
    "START",
    "START_FROM",
    "START_ORDER",
    "START_REMEDY",
    "START_UNTIL",
    "SURVEY",
    "UNKNOWN_DISTRICT",
    "Contract",
    "DomainError",
    "Expect",
    "Field",
    "is_mailable",
    "wire_domain",
]
