"""Records of intake: what is wrong with a row, and how a rule of a contract came out."""

from dataclasses import dataclass

from schemas.kinds import Severity
from schemas.statuses import CheckOutcome


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing wrong with one row, and what to do about it."""

    row_number: int
    field: str
    value: str
    rule: str
    severity: Severity
    problem: str
    remedy: str


@dataclass(frozen=True, slots=True)
class RuleOutcome:
    """How one rule of a contract came out: ``pass``, ``fail`` with the ids of the failing rows, or ``error`` with why."""

    rule: str
    field: str
    severity: Severity
    outcome: CheckOutcome
    failing: tuple[int, ...] = ()
    detail: str = ""
