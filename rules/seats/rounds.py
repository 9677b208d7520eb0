"""What an approved round gives: exactly what was approved, as far as districts still request it.

Source: FAQ I (CSDE confirms the available seats) and the ruling on approvals: what the agency approved is what happens.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace

from rules.rule_ids import RuleId
from rules.wording import count
from schemas.records import COMPONENT_NAMES, Component, Ruling, SeatDecision
from schemas.statuses import Outcome

RULE = RuleId.APPROVED_ROUND


def apply_line(line: SeatDecision, seats_open: int) -> SeatDecision:
    """What one approved line comes to, where the request still has so many seats open.

    A request that was reduced or withdrawn after the agency had seen it gets no more than it still asks for, the confirmed
    seats before those on the waitlist. One that has grown gets what was approved; the rest waits for the next round.
    """
    if seats_open >= line.seats_confirmed + line.seats_waitlisted:
        return line
    confirmed = min(line.seats_confirmed, seats_open)
    waiting = seats_open - confirmed
    return replace(
        line,
        seats_confirmed=confirmed,
        seats_waitlisted=waiting,
        waitlist_position=line.waitlist_position if waiting else None,
        ruling=_reduced(line, confirmed, waiting),
    )


def _reduced(line: SeatDecision, confirmed: int, waiting: int) -> Ruling:
    name = COMPONENT_NAMES[line.request.component]
    before = count(line.seats_confirmed + line.seats_waitlisted, "seat")
    if not confirmed + waiting:
        return Ruling(RULE, Outcome.WITHDRAWN, f"The request for {before} in {name} was withdrawn before the approval.")
    reason = f"The request for {before} in {name} was reduced to {confirmed + waiting:,} before the approval."
    if not waiting:
        return Ruling(RULE, Outcome.CONFIRMED, f"{reason} {count(confirmed, 'seat is', 'seats are')} confirmed.")
    waits = f"{count(waiting, 'seat waits', 'seats wait')} at position {line.waitlist_position} on the waitlist."
    if not confirmed:
        return Ruling(RULE, Outcome.WAITLISTED, f"{reason} {waits}")
    told = f"{count(confirmed, 'seat is', 'seats are')} confirmed, and {waits}"
    return Ruling(RULE, Outcome.PARTLY_CONFIRMED, f"{reason} {told}")


def too_many_seats(lines: Iterable[SeatDecision], seats_left: Mapping[Component, int]) -> str:
    """Why approved lines cannot be applied together any more, naming components and requests; empty where they can be."""
    found = list(lines)
    reasons = []
    for component in Component:
        mine = [line for line in found if line.request.component is component and line.seats_confirmed]
        given, left = sum(line.seats_confirmed for line in mine), seats_left.get(component, 0)
        if given > left:
            keys = ", ".join(line.request.key for line in mine)
            reasons.append(f"{count(given, 'seat')} in {COMPONENT_NAMES[component]} for {keys}, but {left:,} are left")
    return "; ".join(reasons)
