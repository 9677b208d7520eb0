"""The section of seats: the agency's grant and the limits of a request."""

from datetime import date
from typing import Literal

from schemas.policy.parts import Count, Part, Positive


class ComponentSeats(Part):
    """What the agency grants of one component, and the least block of it that is of use to a district."""

    capacity_seats: Count
    useful_minimum_seats: Positive


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
