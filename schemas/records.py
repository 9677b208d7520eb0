"""The frozen records that rules take and return. No framework is imported here, so that rules stay pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any


class Component(StrEnum):
    """What a seat is a place in (packages: options 1-3 and the add-ons)."""

    CERTIFICATION = "certification"
    ACADEMY = "academy"
    LIBRARIAN = "librarian"
    EXFRL = "exfrl"


ADD_ONS = (Component.LIBRARIAN, Component.EXFRL)
OPTION_COMPONENTS: Mapping[int, tuple[Component, ...]] = {
    1: (Component.CERTIFICATION,),
    2: (Component.ACADEMY,),
    3: (Component.CERTIFICATION, Component.ACADEMY),
}
COMPONENT_NAMES: Mapping[str, str] = {
    Component.CERTIFICATION: "ISTE Certification for Educators",
    Component.ACADEMY: "the Summer Learning Academy",
    Component.LIBRARIAN: "ISTE Certification for Librarians",
    Component.EXFRL: "Exploring Future Ready Librarianship",
}


class Track(StrEnum):
    """Whose artifacts a portfolio holds (FAQ III: additional role-based artifacts for librarians)."""

    EDUCATOR = "educator"
    LIBRARIAN = "librarian"


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
class Ruling:
    """What a rule decided: the outcome in one word, and a sentence that the district lead can read."""

    rule: str
    outcome: str
    reason: str


@dataclass(frozen=True, slots=True)
class DecisionNote:
    """A ruling about one subject with the facts that it rests on, ready to be recorded."""

    subject_kind: str
    subject_key: str
    ruling: Ruling
    inputs: Mapping[str, Any] = field(default_factory=dict)


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


@dataclass(frozen=True, slots=True)
class Lead:
    """Whom the superintendent named: fills in the survey, enrols staff, and gets the district's letters."""

    name: str
    email: str


@dataclass(frozen=True, slots=True)
class Line:
    """One component of an application: what was asked, what may stand in line, what is refused and why."""

    component: Component
    seats_asked: int
    seats_admitted: int
    rulings: tuple[Ruling, ...] = ()


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


@dataclass(frozen=True, slots=True)
class DistrictDemand:
    """A district's certification learners who wait for a cohort, and the slots that suit it (best is rank 1)."""

    lea_id: str
    region: str
    learners: int
    slot_ranks: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class FacilitatorOffer:
    """When a facilitator can lead sessions, and how many cohorts."""

    facilitator_id: str
    slots: tuple[str, ...]
    maximum_cohorts: int


@dataclass(frozen=True, slots=True)
class PlannedCohort:
    """One cohort of a plan: its slot, who leads it, and how many learners of each district."""

    kind: str
    region: str
    slot: str
    facilitator_id: str
    learners_by_lea_id: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class CohortPlan:
    """A plan of cohorts with the value and the proven bound of each objective level."""

    cohorts: tuple[PlannedCohort, ...]
    unplaced: Mapping[str, Ruling]
    values: Mapping[str, int]
    bounds: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class ReviewNeed:
    """One portfolio round that waits for reviewers; who was ``asked`` in this round is not asked again."""

    portfolio_id: str
    round_number: int
    lea_id: str
    track: Track
    grade_band: str
    submitted_at: datetime
    seen_by: frozenset[str]
    reviews: int
    asked: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class EvaluatorOffer:
    """A member of the independent panel, with the reviews open on the desk."""

    evaluator_id: str
    lea_id: str | None
    tracks: tuple[str, ...]
    grade_bands: tuple[str, ...]
    conflicts: frozenset[str]
    open_reviews: int
    maximum_open_reviews: int


@dataclass(frozen=True, slots=True)
class RoutedReview:
    """One portfolio given to one evaluator, with the fit (0 to 1) that spoke for it."""

    need: ReviewNeed
    evaluator_id: str
    fit: Decimal
    ruling: Ruling


@dataclass(frozen=True, slots=True)
class RoutingPlan:
    """Who reviews what, who could not be given a reviewer and why, the total fit, and what is proven to be its bound."""

    routed: tuple[RoutedReview, ...]
    unrouted: Mapping[str, Ruling]
    total_fit_millionths: int
    bound_millionths: int


@dataclass(frozen=True, slots=True)
class SlaClock:
    """When a round's result is due (target) and when it is late (breach), both UTC."""

    due_at: datetime
    breach_at: datetime


@dataclass(frozen=True, slots=True)
class Fee:
    """A fee in integer cents with the sentence that explains it."""

    fee_cents: int
    ruling: Ruling


@dataclass(frozen=True, slots=True)
class TranscriptRecord:
    """A request for a transcript as one side has it: ``requested``, ``sent``, ``refused`` or ``cancelled``."""

    status: str
    credits: int
    fee_cents: int


@dataclass(frozen=True, slots=True)
class Difference:
    """Where our books and the provider's do not agree."""

    key: str
    kind: str
    reason: str


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing wrong with one row, and what to do about it."""

    row_number: int
    field: str
    value: str
    rule: str
    severity: str
    problem: str
    remedy: str


@dataclass(frozen=True, slots=True)
class Tally:
    """A phase's rows and its conservation equation: ``rows_in = done + refused + waiting``."""

    phase: str
    unit: str
    rows_in: int
    done: int
    refused: int
    waiting: int
    equation: str

    @property
    def holds(self) -> bool:
        """Whether every row that came in is accounted for."""
        return self.rows_in == self.done + self.refused + self.waiting


@dataclass(frozen=True, slots=True)
class Term:
    """The days from ``starts_on`` to ``ends_on``, both included."""

    starts_on: date
    ends_on: date


@dataclass(frozen=True, slots=True)
class DistrictName:
    """What a district is called and known by; ``state_code`` is the agency's own, or empty."""

    lea_id: str
    name: str
    town: str
    state_code: str = ""


@dataclass(frozen=True, slots=True)
class Recognised:
    """The district that an answer means; ``ruling`` says why, where it was not its id."""

    lea_id: str
    ruling: Ruling | None


@dataclass(frozen=True, slots=True)
class Unrecognised:
    """Why no district was taken, with those that it may be."""

    problem: str
    candidates: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RuleOutcome:
    """How one rule of a contract came out: ``pass``, ``fail`` with the ids of the failing rows, or ``error`` with why."""

    rule: str
    field: str
    severity: str
    outcome: str
    failing: tuple[int, ...] = ()
    detail: str = ""
