"""Records of the interest survey: a submission, what it asks for, and the district that it means."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import NamedTuple

from schemas.records.common import Component, Ruling


@dataclass(frozen=True, slots=True)
class SurveyAnswer:
    """One valid submission of the district interest survey."""

    response_id: str
    submitted_at: datetime
    lea_id: str
    is_information_request: bool
    option: int | None
    seats: Mapping[Component, int]
    slots: tuple[str, ...]
    superintendent_name: str
    lead_name: str
    lead_email: str
    certified_librarians: int = 0
    start_from: date | None = None
    start_until: date | None = None


class PlaceInOrder(NamedTuple):
    """A place in the order of submission: since when, and by which response."""

    placed_at: datetime
    place_key: str


class PlacedSeats(NamedTuple):
    """Seats that a district requests at one place."""

    place: PlaceInOrder
    seats: int


@dataclass(frozen=True, slots=True)
class Lead:
    """Whom the superintendent named: fills in the survey, enrolls staff, and gets the district's letters."""

    name: str
    email: str


@dataclass(frozen=True, slots=True)
class Line:
    """One component of an application: what was asked, what is admitted, what is rejected and why."""

    component: Component
    seats_requested: int
    seats_admitted: int
    rulings: tuple[Ruling, ...] = ()


@dataclass(frozen=True, slots=True)
class DistrictName:
    """What a district is called and known by; ``state_code`` is the agency's own, or empty."""

    lea_id: str
    name: str
    town: str
    state_code: str = ""


@dataclass(frozen=True, slots=True)
class Recognized:
    """The district that an answer means; ``ruling`` says why, where it was not its id."""

    lea_id: str
    ruling: Ruling | None


@dataclass(frozen=True, slots=True)
class Unrecognized:
    """Why no district was taken, with those that it may be."""

    problem: str
    candidates: tuple[str, ...]
