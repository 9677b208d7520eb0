"""What an approved round gives: exactly what was approved, as far as districts still request it.

Source: FAQ I (CSDE confirms the available seats) and the ruling on approvals: what the agency approved is what happens.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from datetime import date

from rules.rule_ids import RuleId
from rules.seats.waitlist import close_waitlist
from rules.wording import count
from schemas.records import COMPONENT_NAMES, Component, Ruling, SeatDecision
from schemas.statuses import Outcome

RULE = RuleId.APPROVED_ROUND


def apply_line(line: SeatDecision, seats_open: int) -> SeatDecision:
    """What one approved line comes to, where the request still has so many seats open.

    A request that was reduced or withdrawn after the agency had seen it gets no more than it still asks for, the confirmed
    seats before those on the waitlist. One that has grown gets what was approved; the rest waits for the next round.
    """
    if seats_open >= line.seats_confirmed + line.seats_waitlisted + line.seats_declined:
        return line
    confirmed = min(line.seats_confirmed, seats_open)
    waiting = min(line.seats_waitlisted, seats_open - confirmed)
    declined = seats_open - confirmed - waiting
    return replace(
        line,
        seats_confirmed=confirmed,
        seats_waitlisted=waiting,
        seats_declined=declined,
        excess=line.excess if declined else None,
        waitlist_position=line.waitlist_position if waiting else None,
        ruling=_reduced(line, confirmed, waiting) if line.seats_confirmed + line.seats_waitlisted else line.ruling,
    )


def _reduced(line: SeatDecision, confirmed: int, waiting: int) -> Ruling:
    name = COMPONENT_NAMES[line.request.component]
    before = count(line.seats_confirmed + line.seats_waitlisted + line.seats_declined, "seat")
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


def would_overtake(lines: Iterable[SeatDecision], in_order: Iterable[SeatDecision]) -> str:
    """Why approved lines cannot be applied because somebody with an earlier place would be passed over; empty where nobody is.

    ``in_order`` is what every open request would get today. A line that gives more than that takes it from an earlier request
    that came on record, or grew, after the proposal. Source: ruling on strict order.
    """
    fair = {decision.request.key: decision.seats_confirmed for decision in in_order}
    keys = [line.request.key for line in lines if line.seats_confirmed > fair.get(line.request.key, 0)]
    return f"seats for {', '.join(keys)} that an earlier request is waiting for" if keys else ""


def without_waitlist(line: SeatDecision, last_day: date) -> SeatDecision:
    """An approved line that is applied after the waitlist has ended: what would wait is closed.

    Source: ruling on the end of the waitlist.
    """
    waiting, request = line.seats_waitlisted, line.request
    if not waiting:
        return line
    closed = close_waitlist(request.component, waiting, last_day)
    ruling = closed
    if line.seats_confirmed:
        told = count(line.seats_confirmed, "seat is", "seats are")
        ruling = Ruling(RULE, Outcome.PARTLY_CONFIRMED, f"{told} confirmed in {COMPONENT_NAMES[request.component]}.")
    return replace(
        line,
        seats_waitlisted=0,
        waitlist_position=None,
        seats_declined=line.seats_declined + waiting,
        seats_closed=waiting,
        ruling=ruling,
        excess=closed if line.seats_confirmed else line.excess,
    )


def served_by_release(
    in_order: Iterable[SeatDecision], by_a_round: Collection[str], *, is_last_time: bool = False
) -> list[SeatDecision]:
    """What a release changes for those on the waitlist, of what every open request would get today, in order.

    ``by_a_round`` are the keys of requests that an open round is about, or that wait for their first decision: the seats that
    fall to them stay for them, so that nobody behind is served with these. What a newer request of the same district would get
    stays too, unless it is the last time: a district's offers serve its requests in order. Source: ruling on strict order.
    """
    served, waits_for_round = list[SeatDecision](), set[str]()
    for decision in in_order:
        district = decision.request.key.rpartition("/")[0]
        if decision.request.key in by_a_round:
            waits_for_round.add(district)
        elif (decision.seats_confirmed or decision.seats_declined) and (
            is_last_time or district not in waits_for_round
        ):
            served.append(decision)
    return served
