"""Who gets seats: first come, first served, nothing silently cut, nobody overtaken.

Source: FAQ I (first-come, first-serve basis; CSDE confirms in mid June) and the rulings on capacity and release.
"""

from collections.abc import Iterable, Mapping, Sequence

from rules.rule_ids import RuleId
from schemas.policy import Policy
from schemas.records import COMPONENT_NAMES, Component, Ruling, SeatDecision, SeatRequest


def waitlist_order(request: SeatRequest) -> tuple[object, ...]:
    """The order of the waitlist: time of submission, then response id, so that two equal times have one order."""
    return request.placed_at, request.place_key, request.lea_id, request.request_number


def allocate(
    requests: Iterable[SeatRequest],
    seats_left: Mapping[Component, int],
    holders: frozenset[tuple[str, Component]],
    policy: Policy,
) -> tuple[SeatDecision, ...]:
    """What each open request gets of the seats that are left.

    ``holders`` are the districts that hold seats of a component already: any further seat is of use to them. A request gets all
    that it asks, else what is left if that is of use, the rest on the waitlist; a request that cannot use what is left waits
    whole, and the seats go to the next request that can.
    """
    decisions: list[SeatDecision] = []
    for component in Component:
        waitlist = sorted((c for c in requests if c.component is component and c.seats_open > 0), key=waitlist_order)
        decisions += _run_down(waitlist, seats_left.get(component, 0), holders, policy)
    return tuple(decisions)


def _run_down(
    waitlist: Sequence[SeatRequest], left: int, holders: frozenset[tuple[str, Component]], policy: Policy
) -> Iterable[SeatDecision]:
    served = set(holders)
    position = 0
    for request in waitlist:
        useful = useful_minimum(request, (request.lea_id, request.component) in served, policy)
        given = min(request.seats_open, left) if left >= useful else 0
        left -= given
        if given:
            served.add((request.lea_id, request.component))
        waiting = request.seats_open - given
        position += 1 if waiting else 0
        yield SeatDecision(
            request, given, waiting, position if waiting else None, _explain(request, given, waiting, position, left)
        )


def useful_minimum(request: SeatRequest, is_holder: bool, policy: Policy) -> int:
    """The fewest seats that help this request: the component's minimum, or all that it asks where that is less."""
    if is_holder:
        return 1
    part = {
        Component.CERTIFICATION: policy.seats.certification,
        Component.ACADEMY: policy.seats.academy,
        Component.LIBRARIAN: policy.seats.librarian,
        Component.EXFRL: policy.seats.exfrl,
    }[request.component]
    return min(part.useful_minimum_seats, request.seats_open)


def _explain(request: SeatRequest, given: int, waiting: int, position: int, left: int) -> Ruling:
    name = COMPONENT_NAMES[request.component]
    if not waiting:
        return Ruling(RuleId.FIRST_COME_FIRST_SERVED, "confirmed", f"All {given} seats in {name} are confirmed.")
    if given:
        where = f"{waiting} wait at position {position} on the waitlist"
        reason = f"{given} seats in {name} are confirmed, the last ones left; {where}."
        return Ruling(RuleId.FIRST_COME_FIRST_SERVED, "partly_confirmed", reason)
    why = "no seats are left" if left == 0 else f"the {left} seats left are too few to be of use"
    reason = f"{waiting} seats in {name} wait at position {position} on the waitlist, because {why}."
    return Ruling(RuleId.FIRST_COME_FIRST_SERVED, "waitlisted", reason)


def release(seats_confirmed: int, seats_filled: int) -> int:
    """Seats without a signed participant at the deadline, which go to the waitlist. Source: ruling on unfilled seats."""
    return max(seats_confirmed - seats_filled, 0)
