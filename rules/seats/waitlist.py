"""Who joins the waitlist late, who leaves it, and how it ends.

Source: rulings on strict order, on more seats after the survey, and on the end of the waitlist.
"""

from dataclasses import dataclass
from datetime import date

from rules.rule_ids import RuleId
from rules.wording import count
from schemas.policy import Policy
from schemas.records import ADD_ONS, COMPONENT_NAMES, OPTION_COMPONENTS, Component, Ruling
from schemas.statuses import Outcome

MORE = RuleId.MORE_SEATS_REQUESTED


def leave_waitlist(component: Component, seats: int, last_day: date) -> Ruling:
    """The rest of a request whose own seats the district gives back, or does not fill: it does not wait for more.

    What the district has requested besides keeps its place. Source: ruling on strict order.
    """
    leaves = "leaves" if seats == 1 else "leave"
    reason = (
        f"{count(seats, 'seat')} in {COMPONENT_NAMES[component]} {leaves} the waitlist, because the district did not take "
        f"all seats that it was offered. Until {last_day} it can request more, at the end of the waitlist."
    )
    return Ruling(RuleId.TAKES_LESS_THAN_OFFERED, Outcome.DECLINED, reason)


def is_waitlist_over(today: date, policy: Policy) -> bool:
    """Whether nobody is put on the waitlist any more. Source: ruling on the end of the waitlist."""
    return today > policy.enrollment.last_release_on


def may_close_waitlist(today: date, policy: Policy) -> bool:
    """Whether those who wait are told that the waitlist has ended: on the last day of releases, or late."""
    return today >= policy.enrollment.last_release_on


def close_waitlist(component: Component, seats: int, last_day: date) -> Ruling:
    """What becomes of seats that still wait on the last day of releases. Source: ruling on the end of the waitlist."""
    name, have = COMPONENT_NAMES[component], "has" if seats == 1 else "have"
    reason = f"{count(seats, 'seat')} in {name} {have} not become free. The waitlist ended on {last_day}."
    return Ruling(RuleId.WAITLIST_CLOSED, Outcome.CLOSED, reason)


@dataclass(frozen=True, slots=True)
class MoreSeats:
    """A district's request for more seats: what it has already, and what its application allows.

    ``option`` is none where the district has not applied; ``librarian_room`` how many more librarian seats it can use.
    """

    component: Component
    seats: int
    seats_so_far: int
    option: int | None
    librarian_room: int


def admitted_of(more: MoreSeats, policy: Policy) -> int:
    """How many of the seats can be requested on top of what the district has. Source: rulings on add-ons and on librarians."""
    limits = [more.seats]
    if more.component in ADD_ONS:
        limits.append(policy.seats.addon_maximum_seats - more.seats_so_far)
    elif policy.seats.district_maximum_seats is not None:
        limits.append(policy.seats.district_maximum_seats - more.seats_so_far)
    if more.component is Component.LIBRARIAN:
        limits.append(more.librarian_room)
    return max(min(limits), 0)


def request_more(more: MoreSeats, today: date, policy: Policy) -> Ruling:
    """Whether a district may ask for more seats after the survey has closed, until the last day of releases.

    Source: ruling on more seats after the survey.
    """
    rejection = _rejection(more, today, policy)
    if rejection:
        return Ruling(MORE, Outcome.REJECTED, rejection)
    admitted, name = admitted_of(more, policy), COMPONENT_NAMES[more.component]
    join = "joins" if admitted == 1 else "join"
    reason = f"{count(admitted, 'more seat')} in {name} {join} the end of the waitlist."
    if admitted < more.seats:
        reason += f" {_why_fewer(more, policy)}"
    return Ruling(MORE, Outcome.REQUESTED, reason)


def _rejection(more: MoreSeats, today: date, policy: Policy) -> str:
    """The first reason that speaks against the request, or an empty text."""
    name, last_day = COMPONENT_NAMES[more.component], policy.enrollment.last_release_on
    has_part = more.option is not None and (
        more.option in policy.seats.addon_options
        if more.component in ADD_ONS
        else more.component in OPTION_COMPONENTS[more.option]
    )
    checks = (
        (more.option is None, "The district has not applied for seats this season; ask program staff."),
        (
            today <= policy.survey.closes_on,
            f"The survey is open until {policy.survey.closes_on}: fill it in again with the number of seats.",
        ),
        (is_waitlist_over(today, policy), f"More seats could be requested until {last_day}. The waitlist has ended."),
        (not has_part, f"Option {more.option}, which the district chose, does not include {name}."),
        (not more.seats, "The request names no seats; write how many more the district needs."),
        (not admitted_of(more, policy), _why_fewer(more, policy)),
    )
    return next((reason for applies, reason in checks if applies), "")


def _why_fewer(more: MoreSeats, policy: Policy) -> str:
    name = COMPONENT_NAMES[more.component]
    if more.component is Component.LIBRARIAN and more.librarian_room <= admitted_of(more, policy):
        educators = COMPONENT_NAMES[Component.CERTIFICATION]
        return (
            f"Each librarian in {name} also needs a seat in {educators}, or has to be certified already: the district has no "
            f"seats for more librarians. Request seats in {educators} first."
        )
    most = policy.seats.addon_maximum_seats if more.component in ADD_ONS else policy.seats.district_maximum_seats
    return f"A district can have at most {count(most or 0, 'seat')} in {name}, and this one has {more.seats_so_far} already."
