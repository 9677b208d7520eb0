"""Who may sit in a seat, and when participation begins. Source: FAQ I, district and educator commitment."""

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from rules.course_sessions import has_begun
from rules.rule_ids import RuleId
from rules.wording import because, count
from schemas.policy import Policy
from schemas.records import ADD_ONS, COMPONENT_NAMES, Component, Ruling
from schemas.statuses import EnrollmentStatus, Outcome


@dataclass(frozen=True, slots=True)
class RosterRequest:
    """A lead's wish to seat one person in one component."""

    email: str
    lea_id: str
    component: Component
    session: str
    is_librarian: bool


@dataclass(frozen=True, slots=True)
class SeatFacts:
    """What is known of the district's seats of that component, and of the person.

    ``has_certification`` says that the person is in the educator certification of this season, or has it already,
    ``is_address_of_another`` that the season knows somebody else by the address.
    """

    seats_confirmed: int
    seats_filled: int
    is_closed: bool
    enroll_by: date | None
    other_district: str | None
    session_seats_left: int = 0
    has_certification: bool = False
    is_address_of_another: bool = False


@dataclass(frozen=True, slots=True)
class LeaverFacts:
    """What is known of a person who leaves: the seat, if they hold one, and how far the learning has come."""

    email: str
    has_seat: bool
    sessions_held: int
    is_over: bool


RULE = RuleId.ENROLLMENT_NEEDS_A_SEAT
HOLDING_SEAT = frozenset({EnrollmentStatus.AWAITING_FORM, EnrollmentStatus.ENROLLED})


def holds_seat(status: str | None) -> bool:
    """Whether an enrollment of this status takes a seat: signed, or awaiting the form; none where there is no enrollment."""
    return status in HOLDING_SEAT


def learns_in_cohort(component: Component) -> bool:
    """Whether who has a seat in the component has a place in a cohort with it. Source: FAQ III, cohorts of phase 1."""
    return component == Component.CERTIFICATION


def seat_person(request: RosterRequest, facts: SeatFacts, today: date, policy: Policy) -> Ruling:
    """Whether the person takes one of the district's seats; the seat counts as taken while the form is awaited."""
    name = COMPONENT_NAMES[request.component]
    rejection = _rejection(request, facts, today, policy, name)
    if rejection:
        return Ruling(RULE, Outcome.REJECTED, rejection)
    if request.component is Component.LIBRARIAN and not facts.has_certification:
        return _needs_certification(request.email)
    reason = f"A seat in {name} is held for {request.email}; participation begins once the commitment form is signed."
    return Ruling(RULE, Outcome.AWAITING_FORM, reason)


def _needs_certification(email: str) -> Ruling:
    name, educators = COMPONENT_NAMES[Component.LIBRARIAN], COMPONENT_NAMES[Component.CERTIFICATION]
    reason = (
        f"{name} needs the educator certification: put {email} on the roster for {educators} too, or send program staff proof "
        "of a valid certificate; then send this line again."
    )
    return Ruling(RuleId.LIBRARIAN_NEEDS_CERTIFICATION, Outcome.REJECTED, reason)


def _rejection(request: RosterRequest, facts: SeatFacts, today: date, policy: Policy, name: str) -> str:
    """The first reason that speaks against the seat, or an empty text."""
    is_late = facts.is_closed or (facts.enroll_by is not None and today > facts.enroll_by)
    is_add_on = request.component in ADD_ONS
    has_session = request.component is not Component.EXFRL or request.session in policy.exfrl.sessions
    seats = "1 seat" if facts.seats_confirmed == 1 else f"all {facts.seats_confirmed:,} seats"
    anothers = (
        f"{request.email} is the address of somebody else on a roster of this season: give everybody their own address."
    )
    checks = (
        (facts.is_address_of_another, anothers),
        (facts.other_district, f"District {facts.other_district} has enrolled {request.email}; ask its lead first."),
        (not facts.seats_confirmed, f"The district holds no confirmed seats in {name}; ask program staff."),
        (is_late, f"The enrollment deadline for these seats in {name} was {facts.enroll_by}; ask program staff."),
        (facts.seats_filled >= facts.seats_confirmed, f"The district has filled {seats} that it holds in {name}."),
        (
            is_add_on and not request.is_librarian,
            f"{name} is for librarians and library media specialists; check the role on the roster.",
        ),
        (
            request.component is Component.EXFRL and has_begun(request.session, today, policy),
            f"The {request.session} session of {name} has begun, and no later session has a seat; ask program staff.",
        ),
        (
            has_session and request.component is Component.EXFRL and not facts.session_seats_left,
            f"The {request.session} session of {name} is full; choose the other one.",
        ),
        (not has_session, f"Choose a session of {name}: {' or '.join(sorted(policy.exfrl.sessions))}."),
    )
    return next((reason for applies, reason in checks if applies), "")


def replace_leaver(leaver: LeaverFacts, component: Component, policy: Policy) -> Ruling:
    """Whether somebody else may take a leaver's seat: until the learning has come too far to join.

    Source: FAQ I, districts fill the seats that they reserve; ruling on replacements.
    """
    name, most = COMPONENT_NAMES[component], policy.enrollment.replacement_sessions
    held = count(leaver.sessions_held, "session has", "sessions have")
    checks = (
        (not leaver.has_seat, f"{leaver.email} holds no seat of this district in {name}; check the address."),
        (
            leaver.sessions_held > most,
            f"{held} been held, more than the {most} after which somebody else can still join. Ask program staff.",
        ),
        (leaver.is_over, f"It is too late for somebody else to join {name}; ask program staff."),
    )
    rejection = next((reason for applies, reason in checks if applies), "")
    if rejection:
        return Ruling(RuleId.LEAVER_IS_REPLACED, Outcome.REJECTED, rejection)
    reason = f"The seat of {leaver.email} in {name} passes to somebody else."
    return Ruling(RuleId.LEAVER_IS_REPLACED, Outcome.REPLACED, reason)


def is_too_late_to_join(component: Component, session: str, today: date, policy: Policy) -> bool:
    """Whether nobody can join a component any more: the academy after its last day, the course once its session has begun.

    Source: ruling on replacements; in the certification the sessions that were held decide.
    """
    if component is Component.ACADEMY:
        return today > policy.academy.closes_on
    known = policy.exfrl.sessions.get(session)
    return component is Component.EXFRL and known is not None and today >= known.opens_on


def take_over_seat(
    request: RosterRequest, leaver: LeaverFacts, facts: SeatFacts, today: date, policy: Policy
) -> Ruling:
    """Whether a person takes the seat of one who leaves: the seat is free for them, also after the enrollment deadline.

    Source: FAQ I, districts fill the seats that they reserve; ruling on replacements.
    """
    ruling = replace_leaver(leaver, request.component, policy)
    if ruling.outcome == Outcome.REJECTED:
        return ruling
    freed = replace(
        facts,
        seats_filled=facts.seats_filled - 1,
        session_seats_left=facts.session_seats_left + 1,
        is_closed=False,
        enroll_by=None,
    )
    return seat_person(request, freed, today, policy)


def end_librarian_seat(email: str) -> Ruling:
    """What becomes of a librarian's seat when the educator certification that goes with it ends.

    Source: ruling on librarian certification.
    """
    name, educators = COMPONENT_NAMES[Component.LIBRARIAN], COMPONENT_NAMES[Component.CERTIFICATION]
    reason = f"The seat of {email} in {name} ends with the one in {educators}, which it needs."
    return Ruling(RuleId.LIBRARIAN_NEEDS_CERTIFICATION, Outcome.WITHDRAWN, reason)


def accept_proof(valid_until: date, today: date) -> Ruling:
    """Whether proof of an educator certificate counts: while the certificate is valid.

    Source: ruling on librarian certification (an operator records the proof).
    """
    rule = RuleId.LIBRARIAN_NEEDS_CERTIFICATION
    if valid_until < today:
        return Ruling(
            rule, Outcome.REJECTED, f"The certificate was valid until {valid_until}; it has to be renewed first."
        )
    return Ruling(
        rule, Outcome.ACCEPTED, f"Certified as an educator until {valid_until}; an operator has seen the proof."
    )


def pass_seat_on(leaver: str, newcomer: str, component: Component) -> Ruling:
    """What becomes of a leaver whose seat somebody else has taken. Source: ruling on replacements."""
    reason = f"{newcomer} takes the seat of {leaver} in {COMPONENT_NAMES[component]}."
    return Ruling(RuleId.LEAVER_IS_REPLACED, Outcome.REPLACED, reason)


def take_promised_place(leaver: str, cohort_id: str) -> Ruling:
    """Where who comes for a leaver learns: in the leaver's cohort. Source: ruling on replacements."""
    return Ruling(RuleId.LEAVER_IS_REPLACED, Outcome.PLACED, f"Takes the place of {leaver} in cohort {cohort_id}.")


def withdraw(email: str, has_seat: bool, component: Component, reason: str) -> Ruling:
    """Whether a participation ends without somebody in its place: where there is a seat, with a reason. Source: ruling."""
    name = COMPONENT_NAMES[component]
    if not has_seat:
        told = f"The participant holds no seat in {name}; check the id and the component."
        return Ruling(RuleId.PARTICIPANT_LEAVES, Outcome.REJECTED, told)
    if not reason.strip():
        return Ruling(RuleId.PARTICIPANT_LEAVES, Outcome.REJECTED, "A withdrawal needs a reason; it stays on record.")
    return Ruling(RuleId.PARTICIPANT_LEAVES, Outcome.WITHDRAWN, f"{email} leaves {name}. {because(reason)}")


def change_session(current: str | None, wanted: str, today: date, seats_left: int, policy: Policy) -> Ruling:
    """Whether a participant of the librarianship course may move to another session: before it begins, while it has seats.

    ``current`` is the session in which they hold a seat, or none where they hold none.

    Source: FAQ IV, a summer and a fall session.
    """
    sessions = policy.exfrl.sessions
    known = wanted in sessions and current in sessions
    checks = (
        (current is None, f"The participant holds no seat in {COMPONENT_NAMES[Component.EXFRL]}; check the id."),
        (not known, f"Choose one of the sessions: {' or '.join(sorted(sessions))}."),
        (wanted == current, f"The participant is in the {current} session already."),
        (known and today >= sessions[wanted].opens_on, f"The {wanted} session has begun; ask program staff."),
        (not seats_left, f"The {wanted} session is full; ask program staff."),
    )
    rejection = next((reason for applies, reason in checks if applies), "")
    if rejection:
        return Ruling(RuleId.SESSION_OF_THE_COURSE, Outcome.REJECTED, rejection)
    reason = f"Moved from the {current} to the {wanted} session, which begins on {sessions[wanted].opens_on}."
    return Ruling(RuleId.SESSION_OF_THE_COURSE, Outcome.MOVED, reason)


def session_seats_left(session: str, seats_taken: int, policy: Policy) -> int:
    """How many more can take part in a session of the librarianship course; none where there is no such session."""
    known = policy.exfrl.sessions.get(session)
    return known.capacity_seats - seats_taken if known else 0


def is_reminder_due(
    unsigned_seats: int, enroll_by: date, today: date, last_reminded_on: date | None, policy: Policy
) -> bool:
    """Whether a lead is reminded today of seats to fill: once for each of the policy's days before the deadline that has come.

    A reminder whose day was missed, or passed before the deadline was set, is made up for on the next day. Source: FAQ I.
    """
    days = (enroll_by - timedelta(days=number) for number in policy.enrollment.reminder_days_before)
    came = max((day for day in days if day <= today), default=None)
    if unsigned_seats <= 0 or came is None or today > enroll_by:
        return False
    return last_reminded_on is None or last_reminded_on < came


def fill_percent(seats_confirmed: int, seats_signed: int) -> int:
    """How many of a district's seats have a signed participant, in whole percent rounded down; 100 where it holds none."""
    return 100 * seats_signed // seats_confirmed if seats_confirmed else 100


def sign_form(status: str | None, signed_at: datetime) -> Ruling:
    """What a signed commitment form does: participation begins, once. Source: FAQ I, educator commitment."""
    rule = RuleId.COMMITMENT_FORM_FIRST
    if holds_seat(status):
        reason = f"The commitment form was signed on {signed_at:%Y-%m-%d}; participation may begin."
        return Ruling(rule, Outcome.ENROLLED, reason)
    reasons = {
        EnrollmentStatus.REPLACED: "Somebody else has taken this seat; ask the district lead.",
        EnrollmentStatus.LAPSED: "The form came after the deadline and the seat was released; ask program staff.",
        EnrollmentStatus.WITHDRAWN: "The participation was ended; ask the district lead.",
    }
    stranger = "No roster names this address; check it with the district lead."
    return Ruling(rule, Outcome.REJECTED, reasons[EnrollmentStatus(status)] if status else stranger)


def lapse_unsigned(enroll_by: date) -> Ruling:
    """What becomes of a seat without a signed form after its last day to enroll. Source: ruling on unfilled seats."""
    reason = f"No signed commitment form came by {enroll_by}; the seat is released."
    return Ruling(RuleId.COMMITMENT_FORM_FIRST, Outcome.LAPSED, reason)
