"""Which status may follow which, as data: one machine for each column of a table that holds a status.

Nothing else says it. The program checks every change against these machines, the database does so once more
(``schemas/migrations/``), and ``docs/states.md`` is made of them. To allow another change, add its line here, run
``make docs``, and write it into the migration that a test then names.

Source: docs/architecture.md, rule 6.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from itertools import combinations

from schemas.statuses import (
    CertificateStatus,
    ClockState,
    CreditStatus,
    EnrollmentStatus,
    OfferAnswer,
    OutboxStatus,
    RoundStatus,
    SeatRoundStatus,
    SeatState,
    StartStatus,
)


@dataclass(frozen=True, slots=True)
class Transition:
    """One change of status that is allowed, and who makes it."""

    source: StrEnum
    target: StrEnum
    by: str


@dataclass(frozen=True, slots=True)
class StateMachine:
    """The statuses of one column of a table: those in which a row may begin, and what may follow what.

    A status that stays as it is is no change, and always allowed.
    """

    title: str
    table: str
    column: str
    states: type[StrEnum]
    starts: tuple[StrEnum, ...]
    transitions: tuple[Transition, ...]

    def after(self, state: StrEnum) -> tuple[StrEnum, ...]:
        """The statuses that may follow one."""
        return tuple(item.target for item in self.transitions if item.source is state)

    def allows(self, source: StrEnum, target: StrEnum) -> bool:
        """Whether a row may go from one status to another."""
        return source is target or target in self.after(source)


SEAT_ROUND = StateMachine(
    "Seat round",
    "seat_round",
    "status",
    SeatRoundStatus,
    (SeatRoundStatus.PROPOSED,),
    (
        Transition(SeatRoundStatus.PROPOSED, SeatRoundStatus.APPROVED, "the agency's answer"),
        Transition(SeatRoundStatus.PROPOSED, SeatRoundStatus.REJECTED, "the agency's answer"),
        Transition(SeatRoundStatus.APPROVED, SeatRoundStatus.APPLIED, "the run that gives the seats"),
        Transition(SeatRoundStatus.APPROVED, SeatRoundStatus.VOID, "the run that finds no room for it any more"),
    ),
)
OFFER = StateMachine(
    "Offer of seats",
    "offer",
    "answer",
    OfferAnswer,
    (OfferAnswer.NONE,),
    (
        Transition(OfferAnswer.NONE, OfferAnswer.ACCEPTED, "the district's answer, or its roster after the last day"),
        Transition(OfferAnswer.NONE, OfferAnswer.DECLINED, "the district's answer"),
        Transition(OfferAnswer.NONE, OfferAnswer.LAPSED, "the last day to answer has passed"),
        Transition(OfferAnswer.ACCEPTED, OfferAnswer.DECLINED, "the district gives all of its seats back"),
    ),
)
START = StateMachine(
    "Start of a cohort",
    "start_agreement",
    "status",
    StartStatus,
    (StartStatus.PROPOSED,),
    (
        Transition(StartStatus.PROPOSED, StartStatus.CONFIRMED, "the lead, or silence until the day in the letter"),
        Transition(StartStatus.PROPOSED, StartStatus.ANOTHER_ASKED, "the lead"),
        Transition(StartStatus.PROPOSED, StartStatus.WITHDRAWN, "the last of the district leaves the cohort"),
        Transition(StartStatus.ANOTHER_ASKED, StartStatus.CONFIRMED, "the cohort moves, an operator, or silence"),
        Transition(StartStatus.ANOTHER_ASKED, StartStatus.PROPOSED, "an operator moves the cohort to a third start"),
        Transition(StartStatus.ANOTHER_ASKED, StartStatus.WITHDRAWN, "the last of the district leaves the cohort"),
        Transition(StartStatus.CONFIRMED, StartStatus.ANOTHER_ASKED, "the lead, dated before the day in the letter"),
        Transition(StartStatus.CONFIRMED, StartStatus.PROPOSED, "the cohort is moved for another district"),
        Transition(StartStatus.CONFIRMED, StartStatus.WITHDRAWN, "the last of the district leaves the cohort"),
        Transition(StartStatus.WITHDRAWN, StartStatus.PROPOSED, "people of the district come again"),
        Transition(
            StartStatus.WITHDRAWN, StartStatus.CONFIRMED, "people of the district come again to an agreed start"
        ),
    ),
)
ENROLLMENT = StateMachine(
    "Enrollment",
    "enrollment",
    "status",
    EnrollmentStatus,
    (EnrollmentStatus.AWAITING_FORM,),
    (
        Transition(EnrollmentStatus.AWAITING_FORM, EnrollmentStatus.ENROLLED, "the signed commitment form"),
        Transition(EnrollmentStatus.AWAITING_FORM, EnrollmentStatus.LAPSED, "no form by the enrollment deadline"),
        Transition(EnrollmentStatus.AWAITING_FORM, EnrollmentStatus.REPLACED, "a roster names somebody else"),
        Transition(EnrollmentStatus.AWAITING_FORM, EnrollmentStatus.WITHDRAWN, "an operator"),
        Transition(EnrollmentStatus.ENROLLED, EnrollmentStatus.REPLACED, "a roster names somebody else"),
        Transition(
            EnrollmentStatus.ENROLLED, EnrollmentStatus.WITHDRAWN, "an operator, or no cohort can be joined any more"
        ),
        Transition(EnrollmentStatus.LAPSED, EnrollmentStatus.AWAITING_FORM, "a roster names the person again"),
        Transition(EnrollmentStatus.REPLACED, EnrollmentStatus.AWAITING_FORM, "a roster names the person again"),
        Transition(EnrollmentStatus.WITHDRAWN, EnrollmentStatus.AWAITING_FORM, "a roster names the person again"),
    ),
)
REVIEW_ROUND = StateMachine(
    "Review round",
    "review_round",
    "status",
    RoundStatus,
    (RoundStatus.WAITING,),
    (
        Transition(RoundStatus.WAITING, RoundStatus.ASSIGNED, "routing finds all evaluators"),
        Transition(RoundStatus.ASSIGNED, RoundStatus.WAITING, "an evaluator is missing, or one more is wanted"),
        Transition(RoundStatus.ASSIGNED, RoundStatus.CERTIFIED, "the last score"),
        Transition(RoundStatus.ASSIGNED, RoundStatus.NOT_YET, "the last score"),
        Transition(RoundStatus.WAITING, RoundStatus.SUPERSEDED, "a submission from before the re-review was opened"),
        Transition(RoundStatus.ASSIGNED, RoundStatus.SUPERSEDED, "a submission from before the re-review was opened"),
    ),
)
REVIEW_CLOCK = StateMachine(
    "Review clock",
    "review_round",
    "clock_state",
    ClockState,
    (ClockState.ON_TIME,),
    tuple(
        Transition(*step, "the review watch, which may miss steps, or a late result")
        for step in combinations(ClockState, 2)
    ),
)
CERTIFICATE = StateMachine(
    "Certificate",
    "certificate",
    "status",
    CertificateStatus,
    (CertificateStatus.VALID,),
    (
        Transition(CertificateStatus.VALID, CertificateStatus.EXPIRED, "the day after its last day"),
        Transition(CertificateStatus.VALID, CertificateStatus.WITHDRAWN, "a newer result that does not certify"),
        Transition(CertificateStatus.WITHDRAWN, CertificateStatus.VALID, "a newer result that certifies again"),
        Transition(CertificateStatus.VALID, CertificateStatus.REVOKED, "an operator"),
        Transition(CertificateStatus.WITHDRAWN, CertificateStatus.REVOKED, "an operator"),
        Transition(CertificateStatus.EXPIRED, CertificateStatus.REVOKED, "an operator"),
    ),
)
CREDIT_REQUEST = StateMachine(
    "Credit request",
    "credit_request",
    "status",
    CreditStatus,
    (CreditStatus.PENDING,),
    (
        Transition(CreditStatus.PENDING, CreditStatus.SENDING, "a sender claims it"),
        Transition(CreditStatus.PENDING, CreditStatus.CANCELING, "an operator, for the participant"),
        Transition(CreditStatus.SENDING, CreditStatus.PENDING, "the sender got no answer"),
        Transition(CreditStatus.SENDING, CreditStatus.REQUESTED, "the credit provider accepts it"),
        Transition(CreditStatus.SENDING, CreditStatus.REFUSED, "the credit provider's documented answer"),
        Transition(CreditStatus.SENDING, CreditStatus.CANCELING, "an operator, for the participant"),
        Transition(CreditStatus.REQUESTED, CreditStatus.SENT, "the credit provider sends the transcript"),
        Transition(CreditStatus.REQUESTED, CreditStatus.REFUSED, "the credit provider's documented answer"),
        Transition(CreditStatus.REQUESTED, CreditStatus.CANCELING, "an operator, for the participant"),
        Transition(CreditStatus.CANCELING, CreditStatus.VOID, "the provider never had it"),
        Transition(CreditStatus.CANCELING, CreditStatus.REFUNDED, "the credit provider cancels it"),
        Transition(CreditStatus.CANCELING, CreditStatus.REQUESTED, "the credit provider does not cancel it"),
        Transition(CreditStatus.CANCELING, CreditStatus.SENT, "it was too late"),
        Transition(CreditStatus.CANCELING, CreditStatus.REFUSED, "the credit provider had refused it"),
    ),
)
MESSAGE = StateMachine(
    "Message of the outbox",
    "outbox",
    "status",
    OutboxStatus,
    (OutboxStatus.PENDING,),
    (
        Transition(OutboxStatus.PENDING, OutboxStatus.SENDING, "a sender claims a letter"),
        Transition(OutboxStatus.PENDING, OutboxStatus.SENT, "the credit provider accepts a request"),
        Transition(OutboxStatus.PENDING, OutboxStatus.FAILED, "the credit provider refuses a request"),
        Transition(OutboxStatus.PENDING, OutboxStatus.WITHDRAWN, "a request ends before it was sent"),
        Transition(OutboxStatus.SENDING, OutboxStatus.SENT, "the mail server accepts the letter"),
        Transition(OutboxStatus.SENDING, OutboxStatus.FAILED, "it can never be sent, or was tried often enough"),
        Transition(OutboxStatus.SENDING, OutboxStatus.PENDING, "a temporary failure: it is tried again later"),
    ),
)
MACHINES = (
    SEAT_ROUND,
    OFFER,
    ENROLLMENT,
    REVIEW_ROUND,
    REVIEW_CLOCK,
    CERTIFICATE,
    CREDIT_REQUEST,
    MESSAGE,
    START,
)

# A seat request has no status of its own: each of its seats has one, and the row counts them (``seats_undecided``, ...).
REQUESTED_SEATS = StateMachine(
    "Seats of a request",
    "seat_request",
    "seats_",
    SeatState,
    (SeatState.UNDECIDED, SeatState.DECLINED),
    (
        Transition(SeatState.UNDECIDED, SeatState.CONFIRMED, "an approved round, or a release"),
        Transition(SeatState.UNDECIDED, SeatState.WAITLISTED, "an approved round, or a release"),
        Transition(SeatState.UNDECIDED, SeatState.DECLINED, "an approved round, or the end of the waitlist"),
        Transition(SeatState.WAITLISTED, SeatState.UNDECIDED, "a release, which decides on it again at once"),
        Transition(
            SeatState.WAITLISTED, SeatState.DECLINED, "the district took less than offered, or the waitlist ends"
        ),
        Transition(SeatState.CONFIRMED, SeatState.RELEASED, "given back, lapsed, or not filled by the deadline"),
    ),
)


def never_fewer(machine: StateMachine) -> tuple[frozenset[StrEnum], ...]:
    """The sets of states that nothing leaves: however things move along the transitions, they never become fewer there.

    Conversely, counts in which none of these sets has become smaller, and the sum is the same, can be moved to.
    """
    sets = (frozenset(some) for size in range(1, len(machine.states)) for some in combinations(machine.states, size))
    return tuple(some for some in sets if all(some.issuperset(machine.after(state)) for state in some))


def can_move(machine: StateMachine, before: Mapping[StrEnum, int], after: Mapping[StrEnum, int]) -> bool:
    """Whether things that are counted by state can have moved from one count to another along the transitions."""
    if sum(before.values()) != sum(after.values()):
        return False
    kept = never_fewer(machine)
    return all(sum(after[state] for state in some) >= sum(before[state] for state in some) for some in kept)
