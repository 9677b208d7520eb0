"""The section of seats: the agency's grant and the limits of a request."""

from datetime import date
from typing import Literal, Self

from pydantic import model_validator

from schemas.policy.parts import Count, Part, Positive


class ComponentSeats(Part):
    """What the agency grants of one component; a grant may grow in mid season, on a day and to a number."""

    capacity_seats: Count
    grown_on: date | None = None
    grown_capacity_seats: Count | None = None

    @model_validator(mode="after")
    def _grows_whole(self) -> Self:
        if (self.grown_on is None) != (self.grown_capacity_seats is None):
            raise ValueError("grown_on and grown_capacity_seats go together")
        if self.grown_capacity_seats is not None and self.grown_capacity_seats < self.capacity_seats:
            raise ValueError("grown_capacity_seats is less than capacity_seats: a grant grows")
        return self

    def granted(self, today: date) -> int:
        """The seats granted on a day."""
        has_grown = self.grown_on is not None and today >= self.grown_on
        return (self.grown_capacity_seats if has_grown else None) or self.capacity_seats


class Seats(Part):
    """Seat numbers of the packages, the FAQ, and the agency's grant."""

    certification: ComponentSeats
    academy: ComponentSeats
    librarian: ComponentSeats
    exfrl: ComponentSeats
    academy_recommended_seats: tuple[Positive, ...]
    addon_maximum_seats: Positive
    addon_options: tuple[Literal[1, 2, 3], ...]
    district_maximum_seats: Positive | None = None
    confirmed_on: date
    approval_deadline_days: Positive
    answer_days: Positive

    def granted(self, component: str, today: date) -> int:
        """The seats of a component that the agency grants on a day."""
        parts = {
            "certification": self.certification,
            "academy": self.academy,
            "librarian": self.librarian,
            "exfrl": self.exfrl,
        }
        return parts[component].granted(today)
