"""The frozen records that rules take and return. No framework is imported here, so that rules stay pure."""

from schemas.records.cohorts import CohortPlan, DistrictDemand, FacilitatorOffer, PlannedCohort, StartWindow
from schemas.records.common import (
    ADD_ONS,
    COMPONENT_NAMES,
    OPTION_COMPONENTS,
    PERSON_ID,
    Component,
    DecisionNote,
    Fee,
    PersonId,
    Ruling,
    Term,
)
from schemas.records.credits import Difference, TranscriptRecord
from schemas.records.intake import Finding, RuleOutcome
from schemas.records.letters import FailedLetters
from schemas.records.portfolios import Track
from schemas.records.reviews import EvaluatorOffer, OpenReview, ReviewNeed, RoutedReview, RoutingPlan, SlaClock
from schemas.records.season import SeasonPart, Tally
from schemas.records.seats import DecidedSeats, OfferedSeats, SeatDecision, SeatRequest
from schemas.records.surveys import (
    DistrictName,
    Lead,
    Line,
    PlacedSeats,
    PlaceInOrder,
    Recognized,
    SurveyAnswer,
    Unrecognized,
)

__all__ = [
    "ADD_ONS",
    "COMPONENT_NAMES",
    "OPTION_COMPONENTS",
    "PERSON_ID",
    "CohortPlan",
    "Component",
    "DecidedSeats",
    "DecisionNote",
    "Difference",
    "DistrictDemand",
    "DistrictName",
    "EvaluatorOffer",
    "FacilitatorOffer",
    "FailedLetters",
    "Fee",
    "Finding",
    "Lead",
    "Line",
    "OfferedSeats",
    "OpenReview",
    "PersonId",
    "PlaceInOrder",
    "PlacedSeats",
    "PlannedCohort",
    "Recognized",
    "ReviewNeed",
    "RoutedReview",
    "RoutingPlan",
    "RuleOutcome",
    "Ruling",
    "SeasonPart",
    "SeatDecision",
    "SeatRequest",
    "SlaClock",
    "StartWindow",
    "SurveyAnswer",
    "Tally",
    "Term",
    "Track",
    "TranscriptRecord",
    "Unrecognized",
]
