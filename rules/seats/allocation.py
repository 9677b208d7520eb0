"""Who gets seats: first come, first served, nothing silently cut, nobody overtaken.

Source: FAQ I (first-come, first-serve basis; CSDE confirms in mid June) and the rulings on capacity and release.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date

from rules.rule_ids import RuleId
from rules.wording import count
from schemas.policy import Policy
from schemas.records import COMPONENT_NAMES, Component, Holder, Ruling, SeatDecision, SeatRequest
from schemas.statuses import Outcome


def waitlist_order(request: SeatRequest) -> tuple[object, ...]:
    """The order of the waitlist: time of submission, then response id, so that two equal times have one order."""
    return request.placed_at, request.place_key, request.lea_id, request.request_number


def allocate(
    requests: Iterable[SeatRequest],
    seats_left: Mapping[Component, int],
    holders: frozenset[Holder],
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
    waitlist: Sequence[SeatRequest], left: int, holders: frozenset[Holder], policy: Policy
) -> Iterable[SeatDecision]:
    served = set(holders)
    position = 0
    for request in waitlist:
        useful = useful_minimum(request, Holder(request.lea_id, request.component) in served, policy)
        given = min(request.seats_open, left) if left >= useful else 0
        left -= given
        if given:
            served.add(Holder(request.lea_id, request.component))
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
    rule, name = RuleId.FIRST_COME_FIRST_SERVED, COMPONENT_NAMES[request.component]
    if not waiting:
        all_of_it = f"All {given:,} seats in {name} are" if given > 1 else f"1 seat in {name} is"
        return Ruling(rule, Outcome.CONFIRMED, f"{all_of_it} confirmed.")
    if given:
        are = "is confirmed, the last one" if given == 1 else "are confirmed, the last ones"
        other = "one waits" if waiting == 1 else f"{waiting:,} wait"
        where = f"The other {other} at position {position} on the waitlist."
        reason = f"{count(given, 'seat')} in {name} {are} left. {where}"
        return Ruling(rule, Outcome.PARTLY_CONFIRMED, reason)
    why = "no seats are left" if left == 0 else f"only {count(left, 'seat is', 'seats are')} left, too few to be of use"
    waits = "waits" if waiting == 1 else "wait"
    reason = f"{count(waiting, 'seat')} in {name} {waits} at position {position} on the waitlist, because {why}."
    return Ruling(rule, Outcome.WAITLISTED, reason)


def unfilled_seats(seats_confirmed: int, seats_filled: int) -> int:
    """Seats without a signed participant at the deadline, which go to the waitlist. Source: ruling on unfilled seats."""
    return max(seats_confirmed - seats_filled, 0)


def release_unfilled(seats_unfilled: int, enroll_by: date) -> Ruling | None:
    """The release of a district's unfilled seats after its deadline; nothing where all are filled.

    Source: ruling on unfilled seats.
    """
    if not seats_unfilled:
        return None
    goes = "goes" if seats_unfilled == 1 else "go"
    reason = f"{count(seats_unfilled, 'seat')} had no signed participant by {enroll_by} and {goes} to the waitlist."
    return Ruling(RuleId.RELEASE_UNFILLED_SEATS, Outcome.RELEASED, reason)


def share_in_order(most: Sequence[int], seats: int) -> tuple[int, ...]:
    """Seats shared in order, to each at most its number: those filled to a district's offers, oldest first, for people take the
    seats of the oldest; those released to its offers and requests, newest first.

    Source: ruling on unfilled seats.
    """
    taken: list[int] = []
    for number in most:
        taken.append(min(number, seats - sum(taken)))
    return tuple(taken)
