"""The kinds of things, each spelled one way: input files, subjects of decisions, plans, changes, and faults."""

from enum import StrEnum


class InputKind(StrEnum):
    """What an input file holds; its inbox is named so."""

    SURVEY = "survey"
    LEAD = "lead"
    ADDRESS = "address"
    ANSWER = "answer"
    SEAT_REQUEST = "seat-request"
    PROOF = "proof"
    ROSTER = "roster"
    COMMITMENT = "commitment"
    START = "start"
    SELECTION = "selection"
    ATTENDANCE = "attendance"
    PORTFOLIO = "portfolio"
    SCORE = "score"
    CREDIT = "credit"
    ACTIVITY = "activity"
    RENEWAL = "renewal"


class SubjectKind(StrEnum):
    """What a decision is about."""

    APPLICATION = "application"
    CERTIFICATE = "certificate"
    COHORT = "cohort"
    CREDIT = "credit"
    DISTRICT = "district"
    DISTRICT_NAME = "district-name"
    EDUCATOR = "educator"
    ENROLLMENT = "enrollment"
    EVALUATOR = "evaluator"
    FACILITATOR = "facilitator"
    PORTFOLIO = "portfolio"
    REVIEW = "review"
    SEASON = "season"
    SEAT_BLOCK = "seat_block"
    OFFER = "offer"
    SEAT_REQUEST = "seat_request"
    WEBINAR = "webinar"


class ConfirmedBy(StrEnum):
    """Who has confirmed the start of a cohort."""

    NOBODY = ""
    LEAD = "lead"
    SILENCE = "silence"
    OPERATOR = "operator"


class PlanKind(StrEnum):
    """What was planned."""

    COHORTS = "cohorts"
    COHORTS_AGAIN = "cohorts-again"
    ROUTING = "routing"


class ChangeKind(StrEnum):
    """What would place a district that waits for a cohort."""

    SLOT = "slot"  # another one that suits it
    FACILITATOR = "facilitator"  # more cohorts that somebody leads
    LEARNERS = "learners"  # more of them in its region


class SeatEventKind(StrEnum):
    """What happened to seats that a district requested, in the season export."""

    WAITLISTED = "waitlisted"
    OFFERED = "offered"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    LAPSED = "lapsed"
    RELEASED = "released"
    CLOSED = "closed"


class MeetingKind(StrEnum):
    """What people meet for, in the season export."""

    SESSION = "session"
    OFFICE_HOURS = "office_hours"
    WEBINAR = "webinar"
    CHECK_IN = "check_in"


class RecipientKind(StrEnum):
    """What the recipient of a letter is, in the season export."""

    PERSON = "person"
    LEAD = "lead"
    AGENCY = "agency"
    OPERATORS = "operators"
    EVALUATOR = "evaluator"
    FACILITATOR = "facilitator"
    SUPERINTENDENT = "superintendent"


class PersonRole(StrEnum):
    """What a person is in a season."""

    EDUCATOR = "educator"
    LEAD = "lead"
    SUPERINTENDENT = "superintendent"
    EVALUATOR = "evaluator"
    FACILITATOR = "facilitator"


class Severity(StrEnum):
    """How much a fault of a row matters."""

    CRITICAL = "critical"  # the row is rejected
    WARNING = "warning"
