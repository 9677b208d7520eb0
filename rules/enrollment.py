"""Who may sit in a seat, and when participation begins. Source: FAQ I, district and educator commitment."""

from dataclasses import dataclass
from datetime import date, datetime

from rules.rule_ids import RuleId
from schemas.policy import Policy
from schemas.records import ADD_ONS, COMPONENT_NAMES, Component, Ruling
from schemas.statuses import Outcome


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
    """What is known of the district's seats of that component, and of the person."""

    seats_confirmed: int
    seats_filled: int
    is_closed: bool
    enroll_by: date | None
    other_district: str | None
    session_seats_left: int = 0


@dataclass(frozen=True, slots=True)
class LeaverFacts:
    """What is known of a person who leaves: the seat, if they hold one, and how far the learning has come."""

    email: str
    holds_seat: bool
    sessions_held: int
    is_over: bool


RULE = RuleId.ENROLLMENT_NEEDS_A_SEAT


def seat_person(request: RosterRequest, facts: SeatFacts, today: date, policy: Policy) -> Ruling:
    """Whether the person takes one of the district's seats; the seat counts as taken while the form is awaited."""
    name = COMPONENT_NAMES[request.component]
    rejection = _rejection(request, facts, today, policy, name)
    if rejection:
        return Ruling(RULE, "rejected", rejection)
    return Ruling(RULE, "awaiting_form", f"A seat in {name} is held; it begins once the commitment form is signed.")


def _rejection(request: RosterRequest, facts: SeatFacts, today: date, policy: Policy, name: str) -> str:
    """The first reason that speaks against the seat, or an empty text."""
    is_late = facts.is_closed or (facts.enroll_by is not None and today > facts.enroll_by)
    is_add_on = request.component in ADD_ONS
    has_session = request.component is not Component.EXFRL or request.session in policy.exfrl.sessions
    checks = (
        (facts.other_district, f"{request.email} is enrolled by district {facts.other_district}; ask its lead first."),
        (not facts.seats_confirmed, f"The district holds no confirmed seats in {name}."),
        (is_late, f"The enrollment deadline for these seats in {name} was {facts.enroll_by}; ask program staff."),
        (
            facts.seats_filled >= facts.seats_confirmed,
            f"All {facts.seats_confirmed} seats of the district in {name} have a name on them.",
        ),
        (is_add_on and not request.is_librarian, f"{name} is for librarians and library media specialists."),
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
    checks = (
        (not leaver.holds_seat, f"{leaver.email} holds no seat of this district in {name}; check the address."),
        (
            leaver.sessions_held > most,
            f"{leaver.sessions_held} sessions have been held; a leaver can be replaced until {most} have.",
        ),
        (leaver.is_over, f"{name} is over; nobody can join any more."),
    )
    rejection = next((reason for applies, reason in checks if applies), "")
    if rejection:
        return Ruling(RuleId.LEAVER_IS_REPLACED, "rejected", rejection)
    return Ruling(
        RuleId.LEAVER_IS_REPLACED, "replaced", f"The seat of {leaver.email} in {name} passes to somebody else."
    )


def withdraw(email: str, holds_seat: bool, component: Component, reason: str) -> Ruling:
    """Whether a participation ends without somebody in its place: where there is a seat, with a reason. Source: ruling."""
    name = COMPONENT_NAMES[component]
    if not holds_seat:
        return Ruling(RuleId.PARTICIPANT_LEAVES, "rejected", f"{email} holds no seat in {name}; check the address.")
    if not reason.strip():
        return Ruling(RuleId.PARTICIPANT_LEAVES, "rejected", "To withdraw somebody needs a reason; it stays on record.")
    return Ruling(RuleId.PARTICIPANT_LEAVES, "withdrawn", f"{email} leaves {name}: {reason.strip()}.")


def change_session(current: str, wanted: str, today: date, seats_left: int, policy: Policy) -> Ruling:
    """Whether a participant of the librarianship course may move to another session: before both begin, while it has seats.

    Source: FAQ IV, a summer and a fall session.
    """
    sessions = policy.exfrl.sessions
    known = wanted in sessions and current in sessions
    checks = (
        (not known, f"Choose one of the sessions: {' or '.join(sorted(sessions))}."),
        (wanted == current, f"The participant is in the {current} session already."),
        (known and today >= sessions[wanted].opens_on, f"The {wanted} session has begun."),
        (not seats_left, f"The {wanted} session is full."),
    )
    rejection = next((reason for applies, reason in checks if applies), "")
    if rejection:
        return Ruling(RuleId.SESSION_OF_THE_COURSE, "rejected", rejection)
    opens_on = sessions[wanted].opens_on
    return Ruling(
        RuleId.SESSION_OF_THE_COURSE,
        "moved",
        f"Moved from the {current} to the {wanted} session, which begins on {opens_on}.",
    )


def fill_percent(seats_confirmed: int, seats_signed: int) -> int:
    """How many of a district's seats have a signed participant, in whole percent rounded down; 100 where it holds none."""
    return 100 * seats_signed // seats_confirmed if seats_confirmed else 100


def sign_form(status: str | None, signed_at: datetime) -> Ruling:
    """What a signed commitment form does: participation begins, once. Source: FAQ I, educator commitment."""
    rule = RuleId.COMMITMENT_FORM_FIRST
    if status is None:
        return Ruling(
            rule, "rejected", "Nobody of this address is on a roster; check the address with the district lead."
        )
    if status == "replaced":
        return Ruling(rule, "rejected", "Somebody else has taken this seat; ask the district lead.")
    if status == "lapsed":
        return Ruling(
            rule, "rejected", "The form came after the deadline and the seat was released; ask program staff."
        )
    return Ruling(rule, "enrolled", f"The commitment form was signed on {signed_at:%Y-%m-%d}; participation may begin.")


def lapse_unsigned(enroll_by: date) -> Ruling:
    """What becomes of a seat without a signed form after its last day to enroll. Source: ruling on unfilled seats."""
    reason = f"No signed commitment form came by {enroll_by}; the seat goes to the waitlist."
    return Ruling(RuleId.COMMITMENT_FORM_FIRST, Outcome.LAPSED, reason)
