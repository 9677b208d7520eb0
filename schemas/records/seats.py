"""Records of seats: a seat request, and what a round gives it."""

from dataclasses import dataclass
from datetime import datetime

from schemas.records.common import Component, Ruling


@dataclass(frozen=True, slots=True)
class SeatRequest:
    """A seat request: seats of one component requested by one district at one moment."""

    lea_id: str
    component: Component
    request_number: int
    seats_requested: int
    placed_at: datetime
    place_key: str
    seats_confirmed: int = 0
    seats_declined: int = 0

    @property
    def seats_open(self) -> int:
        """Seats still without a decision that gives or rejects them."""
        return self.seats_requested - self.seats_confirmed - self.seats_declined

    @property
    def key(self) -> str:
        """The request's name in decisions."""
        return f"{self.lea_id}/{self.component}/{self.request_number}"


@dataclass(frozen=True, slots=True)
class SeatDecision:
    """What a round gives one request now, where the rest is on the waitlist, and what of it cannot be given, and why."""

    request: SeatRequest
    seats_confirmed: int
    seats_waitlisted: int
    waitlist_position: int | None
    ruling: Ruling
    seats_declined: int = 0
    excess: Ruling | None = None


@dataclass(frozen=True, slots=True)
class OfferedSeats:
    """Seats that are offered to a district, as its letter names them."""

    offer_id: str
    name: str
    seats: int
