"""The tables. Natural keys make a second run a no-op; constraints make a duplicate or an oversold seat impossible.

Every ``*_at`` column holds the moment that a run decided for (``as_of``), never the wall clock, so that a late or repeated
run writes the same; that is also why the season digest may hash them. (An open circuit is no fact of a season: its moments are
the clock's.)

A module holds the tables of one subject. This package imports them all: only then is the metadata complete.
"""

from schemas.tables.academy import Selection, Webinar
from schemas.tables.certificates import Activity, Certificate, CertificateTerm
from schemas.tables.cohorts import Attendance, Cohort, CohortMember, CohortSession, Facilitator, StartAgreement
from schemas.tables.credits import CreditRequest
from schemas.tables.enrollment import CertificationProof, Educator, Enrollment
from schemas.tables.intake import IntakeRow, QuarantineItem, RejectedRow, RuleResult, SourceFile
from schemas.tables.ledger import Decision, Plan
from schemas.tables.letters import Outbox
from schemas.tables.persons import Person, PersonAddress, PersonMatch, PersonRoleHeld
from schemas.tables.portfolios import Extension, OfficeHour, Portfolio, Submission
from schemas.tables.reviews import Assignment, Evaluator, ReviewRound
from schemas.tables.season import District, PolicyVersion, Season
from schemas.tables.seats import Capacity, Offer, SeatBlock, SeatRequestRow, SeatRound
from schemas.tables.services import ServiceCircuit
from schemas.tables.surveys import Application, HttpSource

__all__ = [
    "Activity",
    "Application",
    "Assignment",
    "Attendance",
    "Capacity",
    "Certificate",
    "CertificateTerm",
    "CertificationProof",
    "Cohort",
    "CohortMember",
    "CohortSession",
    "CreditRequest",
    "Decision",
    "District",
    "Educator",
    "Enrollment",
    "Evaluator",
    "Extension",
    "Facilitator",
    "HttpSource",
    "IntakeRow",
    "Offer",
    "OfficeHour",
    "Outbox",
    "Person",
    "PersonAddress",
    "PersonMatch",
    "PersonRoleHeld",
    "Plan",
    "PolicyVersion",
    "Portfolio",
    "QuarantineItem",
    "RejectedRow",
    "ReviewRound",
    "RuleResult",
    "Season",
    "SeatBlock",
    "SeatRequestRow",
    "SeatRound",
    "Selection",
    "ServiceCircuit",
    "SourceFile",
    "StartAgreement",
    "Submission",
    "Webinar",
]
