"""Who gets seats: first come, first served, nothing silently cut, nobody overtaken.

Source: FAQ I (first-come, first-serve basis; CSDE confirms in mid June) and the rulings on capacity and release.
"""

from collections.abc import Iterable, Mapping, Sequence

from rules.rule_ids import RuleId
from schemas.policy import Policy
from schemas.records import COMPONENT_NAMES, Claim, Component, Ruling, SeatDecision


def line_order(claim: Claim) -> tuple[object, ...]:
    """The order of the line: time of submission, then response id, so that two equal times have one order."""
    return claim.placed_at, claim.place_key, claim.lea_id, claim.claim_number


def allocate(
    claims: Iterable[Claim],
    seats_left: Mapping[Component, int],
    holders: frozenset[tuple[str, Component]],
    policy: Policy,
) -> tuple[SeatDecision, ...]:
    """What each open claim gets of the seats that are left.

    ``holders`` are the districts that hold seats of a component already: any further seat is of use to them. A claim gets all
    that it asks, else what is left if that is of use, the rest waiting in line; a claim that cannot use what is left waits
    whole, and the seats go to the next claim that can.
    """
    decisions: list[SeatDecision] = []
    for component in Component:
        line = sorted((c for c in claims if c.component is component and c.seats_open > 0), key=line_order)
        decisions += _run_down(line, seats_left.get(component, 0), holders, policy)
    return tuple(decisions)


def _run_down(
    line: Sequence[Claim], left: int, holders: frozenset[tuple[str, Component]], policy: Policy
) -> Iterable[SeatDecision]:
    served = set(holders)
    position = 0
    for claim in line:
        useful = useful_minimum(claim, (claim.lea_id, claim.component) in served, policy)
        given = min(claim.seats_open, left) if left >= useful else 0
        left -= given
        if given:
            served.add((claim.lea_id, claim.component))
        waiting = claim.seats_open - given
        position += 1 if waiting else 0
        yield SeatDecision(
            claim, given, waiting, position if waiting else None, _explain(claim, given, waiting, position, left)
        )


def useful_minimum(claim: Claim, is_holder: bool, policy: Policy) -> int:
    """The fewest seats that help this claim: the component's minimum, or all that it asks where that is less."""
    if is_holder:
        return 1
    part = {
        Component.CERTIFICATION: policy.seats.certification,
        Component.ACADEMY: policy.seats.academy,
        Component.LIBRARIAN: policy.seats.librarian,
        Component.EXFRL: policy.seats.exfrl,
    }[claim.component]
    return min(part.useful_minimum_seats, claim.seats_open)


def _explain(claim: Claim, given: int, waiting: int, position: int, left: int) -> Ruling:
    name = COMPONENT_NAMES[claim.component]
    if not waiting:
        return Ruling(RuleId.FIRST_COME_FIRST_SERVED, "confirmed", f"All {given} seats in {name} are confirmed.")
    if given:
        reason = (
            f"{given} seats in {name} are confirmed, the last ones left; {waiting} wait at position {position} in line."
        )
        return Ruling(RuleId.FIRST_COME_FIRST_SERVED, "partly_confirmed", reason)
    why = "no seats are left" if left == 0 else f"the {left} seats left are too few to be of use"
    reason = f"{waiting} seats in {name} wait at position {position} in line, because {why}."
    return Ruling(RuleId.FIRST_COME_FIRST_SERVED, "waitlisted", reason)


def release(seats_confirmed: int, seats_filled: int) -> int:
    """Seats without a signed participant at the deadline, which go to the line. Source: ruling on unfilled seats."""
    return max(seats_confirmed - seats_filled, 0)
