"""Records of a season: the parts of its year, and the count of a phase's rows."""

from dataclasses import dataclass
from enum import StrEnum


class SeasonPart(StrEnum):
    """A part of a season's year, and what happens in it; each flow belongs to one."""

    OPENING = "opening"
    SURVEY = "survey"
    CONFIRMATION = "confirmation"
    SEATS = "seats"
    ENROLLMENT = "enrollment"
    ACADEMY = "academy"
    PLANNING = "planning"
    PHASE_ONE = "phase_one"
    PORTFOLIOS = "portfolios"
    REVIEWS = "reviews"
    CREDITS = "credits"
    CERTIFICATES = "certificates"
    WHOLE = "whole"


@dataclass(frozen=True, slots=True)
class Tally:
    """A phase's rows and its control totals: ``rows_in = done + rejected + waiting``."""

    phase: str
    unit: str
    rows_in: int
    done: int
    rejected: int
    waiting: int
    counts: str

    @property
    def holds(self) -> bool:
        """Whether every row that came in is accounted for."""
        return self.rows_in == self.done + self.rejected + self.waiting
