"""The season policy: every number and date that a rule uses, validated before a season may run on it.

What belongs here: the shape of a policy file and what makes one contradictory. What does not: decisions (``rules/``)
and the numbers themselves (``deployments/seasons/*.toml``, edited by operators).
"""

from schemas.policy.academy import Academy, Course, PlannedWebinar
from schemas.policy.certificates import Certificates
from schemas.policy.cohorts import Cohorts
from schemas.policy.credits import Credits, Endorsement
from schemas.policy.enrollment import Enrollment, Exfrl, ExfrlSession
from schemas.policy.letters import Letters
from schemas.policy.parts import SLOT, Cents, Count, Positive, TimeZone, Window
from schemas.policy.portfolios import Portfolio
from schemas.policy.reviews import Fit, Review, ReviewGroup
from schemas.policy.schedules import PlannedRun
from schemas.policy.season import Operation, Policy, PolicyError, parse_policy, read_policy
from schemas.policy.seats import ComponentSeats, Seats
from schemas.policy.surveys import HttpSurvey, Recognition, Survey

__all__ = [
    "SLOT",
    "Academy",
    "Cents",
    "Certificates",
    "Cohorts",
    "ComponentSeats",
    "Count",
    "Course",
    "Credits",
    "Endorsement",
    "Enrollment",
    "Exfrl",
    "ExfrlSession",
    "Fit",
    "HttpSurvey",
    "Letters",
    "Operation",
    "PlannedRun",
    "PlannedWebinar",
    "Policy",
    "PolicyError",
    "Portfolio",
    "Positive",
    "Recognition",
    "Review",
    "ReviewGroup",
    "Seats",
    "Survey",
    "TimeZone",
    "Window",
    "parse_policy",
    "read_policy",
]
