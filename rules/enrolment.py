"""Who may sit in a seat, and when participation begins. Source: FAQ I, district and educator commitment."""

from dataclasses import dataclass
from datetime import date, datetime

from schemas.policy import Policy
from schemas.records import ADD_ONS, COMPONENT_NAMES, Component, Ruling


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
    enrol_by: date | None
    other_district: str | None


RULE = "enrolment-needs-a-seat"


def seat_person(request: RosterRequest, facts: SeatFacts, today: date, policy: Policy) -> Ruling:
    """Whether the person takes one of the district's seats; the seat counts as taken while the form is awaited."""
    name = COMPONENT_NAMES[request.component]
    refusal = _refusal(request, facts, today, policy, name)
    if refusal:
        return Ruling(RULE, "refused", refusal)
    return Ruling(RULE, "awaiting_form", f"A seat in {name} is held; it begins once the commitment form is signed.")


def _refusal(request: RosterRequest, facts: SeatFacts, today: date, policy: Policy, name: str) -> str:
    """The first reason that speaks against the seat, or an empty text."""
    is_late = facts.is_closed or (facts.enrol_by is not None and today > facts.enrol_by)
    is_add_on = request.component in ADD_ONS
    has_session = request.component is not Component.EXFRL or request.session in policy.exfrl.sessions
    checks = (
        (facts.other_district, f"{request.email} is enrolled by district {facts.other_district}; ask its lead first."),
        (not facts.seats_confirmed, f"The district holds no confirmed seats in {name}."),
        (is_late, f"The enrolment deadline for these seats in {name} was {facts.enrol_by}; ask program staff."),
        (
            facts.seats_filled >= facts.seats_confirmed,
            f"All {facts.seats_confirmed} seats of the district in {name} have a name on them.",
        ),
        (is_add_on and not request.is_librarian, f"{name} is for librarians and library media specialists."),
        (not has_session, f"Choose a session of {name}: {' or '.join(sorted(policy.exfrl.sessions))}."),
    )
    return next((reason for applies, reason in checks if applies), "")


def sign_form(status: str | None, signed_at: datetime) -> Ruling:
    """What a signed commitment form does: participation begins, once. Source: FAQ I, educator commitment."""
    rule = "commitment-form-first"
    if status is None:
        return Ruling(
            rule, "refused", "Nobody of this address is on a roster; check the address with the district lead."
        )
    if status == "lapsed":
        return Ruling(rule, "refused", "The form came after the deadline and the seat was released; ask program staff.")
    return Ruling(rule, "enrolled", f"The commitment form was signed on {signed_at:%Y-%m-%d}; participation may begin.")
