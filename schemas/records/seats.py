"""Records of seats: a place in line, and what a round gives it."""

from dataclasses import dataclass
from datetime import datetime

from schemas.records.common import Component, Ruling


@dataclass(frozen=True, slots=True)
class Claim:
    """A place in line: seats of one component asked by one district at one moment."""

    lea_id: str
    component: Component
    claim_number: int
    seats_asked: int
    placed_at: datetime
    place_key: str
    seats_confirmed: int = 0
    seats_declined: int = 0

    @property
    def seats_open(self) -> int:
        """Seats still without a decision that gives or refuses them."""
        return self.seats_asked - self.seats_confirmed - self.seats_declined

    @property
    def key(self) -> str:
        """The claim's name in decisions."""
        return f"{self.lea_id}/{self.component}/{self.claim_number}"


@dataclass(frozen=True, slots=True)
class SeatDecision:
    """What a round gives one claim now, and where the rest stands in line."""

    claim: Claim
    seats_confirmed: int
    seats_waitlisted: int
    waitlist_position: int | None
    ruling: Ruling
