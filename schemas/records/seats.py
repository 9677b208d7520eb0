"""Records of seats: a seat request, and what a round gives it."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Self

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
    """What a round gives one request now, where the rest is on the waitlist, and what of it cannot be given, and why.

    ``seats_closed`` are those of ``seats_declined`` that waited when the waitlist ended.
    """

    request: SeatRequest
    seats_confirmed: int
    seats_waitlisted: int
    waitlist_position: int | None
    ruling: Ruling
    seats_declined: int = 0
    excess: Ruling | None = None
    seats_closed: int = 0


@dataclass(frozen=True, slots=True)
class DecidedSeats:
    """What the inputs of every decision say that gives, puts on the waitlist, declines, or closes seats of a request.

    Two decisions of one moment about a request, such as one that gives a part and one that closes the rest, say the same.
    ``seats_closed`` are those of ``seats_declined`` that waited when the waitlist ended.
    """

    seats_open: int
    seats_confirmed: int
    seats_waitlisted: int
    seats_declined: int
    seats_closed: int
    placed_at: str

    @classmethod
    def of(cls, decision: SeatDecision) -> Self:
        """What a decision gives, leaves waiting, and declines."""
        return cls(
            seats_open=decision.request.seats_open,
            seats_confirmed=decision.seats_confirmed,
            seats_waitlisted=decision.seats_waitlisted,
            seats_declined=decision.seats_declined,
            seats_closed=decision.seats_closed,
            placed_at=decision.request.placed_at.isoformat(),
        )

    @classmethod
    def none_left(cls, request: SeatRequest, seats: int, *, is_closed: bool) -> Self:
        """What is declined of a request that waits for nothing from now on, or closed with the waitlist."""
        placed_at = request.placed_at.isoformat()
        return cls(seats_open=seats, seats_confirmed=0, seats_waitlisted=0, seats_declined=seats,
                   seats_closed=seats if is_closed else 0, placed_at=placed_at)  # fmt: skip

    @classmethod
    def on_record(cls, inputs: Mapping[str, Any], *, is_closed: bool) -> Self:
        """What inputs on record say; ``is_closed`` says whether a decision of that moment closes the request.

        Early decisions say only how many seats were declined or closed, or not how many of them closed.
        """
        told = {"seats_open": 0, "seats_confirmed": 0, "seats_waitlisted": 0, "placed_at": "", **inputs}
        told.setdefault("seats_declined", told.get("seats", 0))
        told.setdefault("seats_closed", told["seats_declined"] if is_closed else 0)
        return cls(**{name: told[name] for name in cls.__slots__})

    def as_inputs(self) -> dict[str, Any]:
        """The inputs of a decision."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class OfferedSeats:
    """Seats that are offered to a district, as its letter names them."""

    offer_id: str
    name: str
    seats: int
