"""Every status and outcome, each spelled one way: rules decide them, tables keep them, CHECK constraints allow no others."""

from enum import StrEnum


class Disposition(StrEnum):
    """What became of a row of an imported file."""

    STAGED = "staged"  # checked, and waits for its phase
    ACCEPTED = "accepted"
    SUPERSEDED = "superseded"  # a later row of the same subject counts instead
    REPEATED = "repeated"  # the same content is on record already
    QUARANTINED = "quarantined"  # a person must correct it
    ERROR = "error"  # settling it failed for a reason that nobody foresaw


REJECTED_ROWS = (Disposition.QUARANTINED, Disposition.ERROR)


class CheckOutcome(StrEnum):
    """Whether an expectation held on a whole file."""

    PASS = "pass"  # noqa: S105 - no password
    FAIL = "fail"
    ERROR = "error"


class SeatRoundStatus(StrEnum):
    """A proposal of seats to the agency."""

    PROPOSED = "proposed"
    APPROVED = "approved"
    REJECTED = "rejected"
    APPLIED = "applied"
    VOID = "void"  # approved, and can no longer be applied


class SeatState(StrEnum):
    """A seat that a district requested; a seat request counts its seats by these."""

    UNDECIDED = "undecided"
    CONFIRMED = "confirmed"
    WAITLISTED = "waitlisted"
    DECLINED = "declined"  # more than can be requested, not waited for any more, or the waitlist has ended
    RELEASED = "released"  # confirmed, and given back, lapsed, or not filled


class OfferAnswer(StrEnum):
    """What a district said to an offer of seats."""

    NONE = ""
    ACCEPTED = "accepted"
    DECLINED = "declined"
    LAPSED = "lapsed"


class EnrollmentStatus(StrEnum):
    """A person in a seat."""

    AWAITING_FORM = "awaiting_form"
    ENROLLED = "enrolled"
    LAPSED = "lapsed"
    REPLACED = "replaced"
    WITHDRAWN = "withdrawn"


class CohortKind(StrEnum):
    """Whether a cohort is of one district or of several."""

    PRIVATE = "private"
    COMBINED = "combined"


class CohortStatus(StrEnum):
    """Where a cohort stands on a day, in the season export."""

    PLANNED = "planned"
    RUNNING = "running"
    FINISHED = "finished"
    MERGED = "merged"


class StartStatus(StrEnum):
    """The start of a cohort between the program and one district's lead."""

    PROPOSED = "proposed"
    ANOTHER_ASKED = "another_asked"  # by the lead, and not decided yet
    CONFIRMED = "confirmed"
    WITHDRAWN = "withdrawn"  # nobody of the district is in the cohort any more


class StartAnswer(StrEnum):
    """What a lead says to a proposed start."""

    CONFIRM = "confirm"
    ANOTHER = "another"


class MeetingStatus(StrEnum):
    """Where a meeting stands at a moment, in the season export."""

    PLANNED = "planned"
    HELD = "held"
    CANCELED = "canceled"


class RoundKind(StrEnum):
    """Why a portfolio is reviewed."""

    FIRST = "first"
    RESUBMISSION = "resubmission"
    RE_REVIEW = "re_review"


class RoundStatus(StrEnum):
    """One review of a portfolio."""

    WAITING = "waiting"  # for evaluators
    ASSIGNED = "assigned"
    CERTIFIED = "certified"
    NOT_YET = "not_yet"
    SUPERSEDED = "superseded"  # a re-review without a result: an earlier submission came to light


class ClockState(StrEnum):
    """Where a round stands on its review clock, in the order in which it gets there."""

    ON_TIME = "on_time"
    WARNED_EARLY = "warned_early"
    WARNED_LATE = "warned_late"
    OVERDUE = "overdue"  # past the target
    BREACHED = "breached"  # past the limit


class CertificateStatus(StrEnum):
    """A certificate."""

    VALID = "valid"
    EXPIRED = "expired"
    WITHDRAWN = "withdrawn"  # a newer result of the same portfolio does not certify
    REVOKED = "revoked"


class CreditStatus(StrEnum):
    """A request for graduate credits."""

    PENDING = "pending"
    SENDING = "sending"  # claimed by a sender, and perhaps on its way
    REQUESTED = "requested"
    CANCELING = "canceling"  # withdrawn, and the provider has yet to cancel what it may have
    SENT = "sent"
    REFUSED = "refused"  # the credit provider's documented answer
    VOID = "void"
    REFUNDED = "refunded"


class TranscriptStatus(StrEnum):
    """A request for a transcript as the credit provider has it."""

    REQUESTED = "requested"  # accepted, and not answered yet
    SENT = "sent"
    REFUSED = "refused"  # in its documented answer
    CANCELED = "cancelled"  # by us; the provider's own spelling


class DifferenceKind(StrEnum):
    """In what our books and the credit provider's list do not agree."""

    MISSING = "missing"  # we sent a request that the provider does not have
    UNKNOWN = "unknown"  # the provider has a request that we did not send
    AMOUNT = "amount"
    STATE = "state"


class ProviderStatus(StrEnum):
    """A request for a transcript in the credit provider's own words."""

    PROCESSING = "processing"
    SENT = "sent"
    REFUSED = "refused"
    CANCELED = "cancelled"


class OutboxKind(StrEnum):
    """Where an effect on the outside goes."""

    MAIL = "mail"
    TRANSCRIPT = "transcript"


class OutboxStatus(StrEnum):
    """An effect on the outside."""

    PENDING = "pending"  # until it is due
    SENDING = "sending"  # claimed by a sender, until its claim runs out
    SENT = "sent"
    FAILED = "failed"  # for good: the reason is its answer
    WITHDRAWN = "withdrawn"  # before it was sent


class AnswerKind(StrEnum):
    """What an answer of somebody else's server means for us."""

    DONE = "done"
    REFUSED = "refused"  # this one item, by the service's documented answer: a value, and no fault
    TEMPORARY = "temporary"  # trying again helps
    SET_UP_WRONG = "set_up_wrong"  # we are, or they have changed, or nobody knows: a person must look


class SmtpStage(StrEnum):
    """Where in an SMTP conversation a reply comes."""

    GREETING = "greeting"  # connecting, EHLO, and STARTTLS
    LOGIN = "login"
    SENDER = "sender"
    RECIPIENT = "recipient"
    CONTENT = "content"


class Outcome(StrEnum):
    """What a rule decided, in one word; ``docs/rules.md`` says which rule decides what."""

    ACCEPTED = "accepted"
    PARTLY_ACCEPTED = "partly_accepted"
    REJECTED = "rejected"  # as it stands; the reason says what to do
    SUPERSEDED = "superseded"  # it is on record already
    DECLINED = "declined"  # an offer, or seats that cannot be requested
    REFUSED = "refused"  # by the credit provider, in its documented answer
    WARNING = "warning"  # said, and nothing depends on it
    LAPSED = "lapsed"
    CONFIRMED = "confirmed"
    PARTLY_CONFIRMED = "partly_confirmed"
    WAITLISTED = "waitlisted"
    RELEASED = "released"
    OPERATOR = "operator"  # a person has to decide
    AWAITING_FORM = "awaiting_form"
    ENROLLED = "enrolled"
    LEFT = "left"
    REPLACED = "replaced"
    PASSED_ON = "passed_on"
    WITHDRAWN = "withdrawn"
    CHANGED = "changed"
    RECORDED = "recorded"  # a webinar, whose recording is there
    RECOMMENDED = "recommended"
    RECOGNIZED = "recognized"
    PLACED = "placed"
    WAITING = "waiting"
    COMBINED = "combined"
    MOVED = "moved"
    MERGED = "merged"
    PARTED = "parted"  # two records of persons that were merged
    DISSOLVED = "dissolved"  # a cohort that never met
    LED_ANEW = "led_anew"  # by another facilitator
    PROPOSED = "proposed"
    NONE = "none"
    ON_TRACK = "on_track"
    WARNED = "warned"  # no other session may be missed
    AT_RISK = "at_risk"
    COMPLETED = "completed"
    INCOMPLETE = "incomplete"
    EXTENDED = "extended"
    PLANNED = "planned"
    CANCELED = "canceled"
    WRITTEN = "written"
    REMINDED = "reminded"
    REASSIGNED = "reassigned"
    ROUTED = "routed"
    REQUESTED = "requested"
    HELD = "held"
    RESUMED = "resumed"
    CERTIFIED = "certified"
    NOT_YET = "not_yet"
    FIRST = "first"  # a round of review has begun: its RoundKind
    RESUBMISSION = "resubmission"
    RE_REVIEW = "re_review"
    WARNED_EARLY = "warned_early"  # a step on the review clock: its ClockState
    WARNED_LATE = "warned_late"
    OVERDUE = "overdue"
    BREACHED = "breached"
    BOTH = "both"
    ONE = "one"
    ISSUED = "issued"
    RENEWED = "renewed"
    RESTORED = "restored"  # a certificate whose newest result certifies again
    EXPIRED = "expired"
    REVOKED = "revoked"
    FEE = "fee"
    VOID = "void"
    REFUNDED = "refunded"
    AGREES = "agrees"
    DIFFERS = "differs"
    CLOSED = "closed"  # a waitlist that has ended
    OPEN = "open"
    NOT_OPENED = "not_opened"
    OVER = "over"
