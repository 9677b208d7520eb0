"""Who gets seats: in the order of the places on the waitlist, nobody overtaken, nothing silently cut.

Source: FAQ I (first-come, first-serve basis; CSDE confirms in mid June) and the rulings on strict order, capacity, and release.
"""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from rules.rule_ids import RuleId
from rules.wording import count
from schemas.records import COMPONENT_NAMES, Component, Ruling, SeatDecision, SeatRequest
from schemas.statuses import Outcome


@dataclass(frozen=True, slots=True)
class SeatsOnHand:
    """What a request has: its seats, and whether more of it waits."""

    seats: int
    waits: bool


def waitlist_order(request: SeatRequest) -> tuple[object, ...]:
    """The order of the waitlist: time of submission, then response id, so that two equal times have one order."""
    return request.placed_at, request.place_key, request.lea_id, request.request_number


def allocate(
    requests: Collection[SeatRequest], seats_left: Mapping[Component, int], librarian_room: Mapping[str, int]
) -> tuple[SeatDecision, ...]:
    """What each open request gets of the seats that are left: all that it asks, or what is left, with the rest on the waitlist.

    Every seat is of use, since small groups join combined cohorts: no request is passed over for being larger than what is
    left. ``librarian_room`` says for a district how many more librarian seats it can use; certification seats that it gets here
    add to it. What it cannot use is declined, and goes on to the next; ``reconsider_librarians`` brings it back.

    Source: rulings on strict order and on librarian certification.
    """
    room, awaits, decisions = Counter(librarian_room), set[str](), list[SeatDecision]()
    for component in Component:
        waitlist = sorted((r for r in requests if r.component is component and r.seats_open > 0), key=waitlist_order)
        found = list(_run_down(waitlist, seats_left.get(component, 0), room, awaits))
        if component is Component.CERTIFICATION:
            for decision in found:
                room[decision.request.lea_id] += decision.seats_confirmed
            awaits |= {decision.request.lea_id for decision in found if decision.seats_waitlisted}
        decisions += found
    return tuple(decisions)


def _run_down(
    waitlist: Sequence[SeatRequest], left: int, room: Counter[str], awaits: Collection[str]
) -> Iterator[SeatDecision]:
    """``awaits`` are the districts with certification seats on the waitlist."""
    position = 0
    for request in waitlist:
        usable = _usable(request, room)
        given = min(usable, left)
        left -= given
        waiting = usable - given
        position += 1 if waiting else 0
        yield _decide(request, given, waiting, position, is_awaited=request.lea_id in awaits)


def _usable(request: SeatRequest, room: Counter[str]) -> int:
    """How many of the seats a district can use; of librarian seats as many as it has people who may sit in them."""
    if request.component is not Component.LIBRARIAN:
        return request.seats_open
    usable = min(request.seats_open, max(room[request.lea_id], 0))
    room[request.lea_id] -= usable
    return usable


def _decide(request: SeatRequest, given: int, waiting: int, position: int, *, is_awaited: bool) -> SeatDecision:
    declined = request.seats_open - given - waiting
    excess = _decline_librarians(declined, is_awaited=is_awaited) if declined else None
    if excess and not given + waiting:
        return SeatDecision(request, 0, 0, None, excess, declined)
    ruling = _explain(request, given, waiting, position)
    return SeatDecision(request, given, waiting, position if waiting else None, ruling, declined, excess)


def _explain(request: SeatRequest, given: int, waiting: int, position: int) -> Ruling:
    rule, name = RuleId.FIRST_COME_FIRST_SERVED, COMPONENT_NAMES[request.component]
    if not waiting:
        all_of_it = f"All {given:,} seats in {name} are" if given > 1 else f"1 seat in {name} is"
        return Ruling(rule, Outcome.CONFIRMED, f"{all_of_it} confirmed.")
    if given:
        are = "is confirmed, the last one" if given == 1 else "are confirmed, the last ones"
        other = "one waits" if waiting == 1 else f"{waiting:,} wait"
        where = f"The other {other} at position {position:,} on the waitlist."
        reason = f"{count(given, 'seat')} in {name} {are} left. {where}"
        return Ruling(rule, Outcome.PARTLY_CONFIRMED, reason)
    waits = "waits" if waiting == 1 else "wait"
    where = f"at position {position:,} on the waitlist, because no seats are left"
    return Ruling(rule, Outcome.WAITLISTED, f"{count(waiting, 'seat')} in {name} {waits} {where}.")


def _decline_librarians(seats: int, *, is_awaited: bool) -> Ruling:
    """Librarian seats for which a district has no possible educator certification, or none yet: its own seats wait.

    Source: ruling on librarian certification.
    """
    name, educators = COMPONENT_NAMES[Component.LIBRARIAN], COMPONENT_NAMES[Component.CERTIFICATION]
    needs = f"because each librarian also needs a seat in {educators}, or has to be certified already"
    reason = f"{count(seats, 'seat')} in {name} cannot be given, {needs}."
    if is_awaited:
        reason = f"{count(seats, 'seat')} in {name} cannot be given yet, {needs}, and the seats that you requested there wait."
        reason += (
            " You do not need to do anything: with those seats we offer you librarian seats, as far as there are any."
        )
    else:
        reason += (
            f" Request seats in {educators} for them, or tell us how many are certified. Then we offer them to you, as"
        )
        reason += " far as there are any."
    return Ruling(RuleId.LIBRARIAN_NEEDS_CERTIFICATION, Outcome.DECLINED, reason)


def reconsider_librarians(
    requests: Collection[SeatRequest], blocked: Mapping[str, int], seats_left: int, librarian_room: Mapping[str, int]
) -> Mapping[str, int]:
    """How many librarian seats of each request, by its key, can be given now that were declined before.

    ``blocked`` were declined for want of certification seats; ``requests`` are all for librarian seats that are open, or
    blocked. They are served in the order of the waitlist, so that nobody who waits is overtaken, and only as many as there are
    seats and people for. Source: rulings on strict order and on librarian certification.
    """
    asked = [replace(item, seats_declined=item.seats_declined - blocked.get(item.key, 0)) for item in requests]
    own = {item.key: item.seats_open for item in requests}
    found = allocate(asked, {Component.LIBRARIAN: seats_left}, librarian_room)
    back = {item.request.key: item.seats_confirmed - own[item.request.key] for item in found}
    return {key: seats for key, seats in back.items() if seats > 0 and key in blocked}


def take_up_again(seats: int) -> Ruling:
    """That librarian seats which were declined are requested again, now that there are certification seats for them.

    Source: ruling on librarian certification.
    """
    name, educators = COMPONENT_NAMES[Component.LIBRARIAN], COMPONENT_NAMES[Component.CERTIFICATION]
    what = count(seats, "seat is", "seats are")
    reason = f"{what} taken up again in {name}, since the district has seats in {educators} for them."
    return Ruling(RuleId.LIBRARIAN_NEEDS_CERTIFICATION, Outcome.WAITLISTED, reason)


def librarian_room(certification_seats: int, certified_librarians: int, librarian_seats: int) -> int:
    """How many more librarian seats a district can use; below zero where it holds some that nobody can sit in.

    Source: ruling on librarian certification.
    """
    return certification_seats + certified_librarians - librarian_seats


def at_position(decision: SeatDecision, position: int | None) -> SeatDecision:
    """The decision with another position: the waitlist may have moved between a proposal and its approval."""
    before = decision.waitlist_position
    if before is None or position is None or before == position:
        return decision
    told = decision.ruling.reason.replace(f"at position {before:,} ", f"at position {position:,} ")
    return replace(decision, waitlist_position=position, ruling=replace(decision.ruling, reason=told))


def unfilled_seats(seats_confirmed: int, seats_filled: int) -> int:
    """Seats without a signed participant at the deadline, which are released. Source: ruling on unfilled seats."""
    return max(seats_confirmed - seats_filled, 0)


def release_unfilled(seats_unfilled: int, enroll_by: date) -> Ruling | None:
    """The release of a district's unfilled seats after its deadline; nothing where all are filled.

    Source: ruling on unfilled seats.
    """
    if not seats_unfilled:
        return None
    are = "is" if seats_unfilled == 1 else "are"
    reason = f"{count(seats_unfilled, 'seat')} had no signed participant by {enroll_by} and {are} released."
    return Ruling(RuleId.RELEASE_UNFILLED_SEATS, Outcome.RELEASED, reason)


def seats_of_offer(
    seats_offered: Sequence[int], seats_given: Sequence[int], offer: int, seats_held: int
) -> tuple[int, ...]:
    """How many seats of each of a district's requests of one component, oldest first, it holds by one of its offers.

    Seats are offered in the order of the requests: what was offered first, the first request was given. Of an offer that is
    answered with fewer seats the oldest requests keep theirs. Source: rulings on strict order and on offers.
    """
    left = list(seats_given)
    for seats in seats_offered[:offer]:
        left = [before - now for before, now in zip(left, share_in_order(left, seats), strict=True)]
    return share_in_order(share_in_order(left, seats_offered[offer]), seats_held)


def take_back(requests: Sequence[SeatsOnHand], seats: int, by_offer: Sequence[int] = ()) -> tuple[int, ...]:
    """How many seats that go back each of a district's requests of one component loses; the requests are given oldest first.

    First those that the district holds by the offer that was answered (``by_offer``, of each request), of the newest request
    first: an answer is about its own offer. Then, and of seats that went unfilled, those of requests that wait for nothing,
    so that no request loses its place for a seat of another. Source: rulings on offers and on strict order.
    """
    newest = range(len(requests))[::-1]
    own = [min(request.seats, seats) for request, seats in zip(requests, by_offer or [0] * len(requests), strict=True)]
    lost = dict(zip(newest, share_in_order([own[index] for index in newest], seats), strict=True))
    order = sorted(newest, key=lambda index: requests[index].waits)
    more = share_in_order([requests[index].seats - lost[index] for index in order], seats - sum(lost.values()))
    for index, number in zip(order, more, strict=True):
        lost[index] += number
    return tuple(lost[index] for index in range(len(requests)))


def share_in_order(most: Sequence[int], seats: int) -> tuple[int, ...]:
    """Seats shared in order, to each at most its number: those filled to a district's offers, oldest first, for people take the
    seats of the oldest; those released to its offers, newest first.

    Source: ruling on unfilled seats.
    """
    taken: list[int] = []
    for number in most:
        taken.append(min(number, seats - sum(taken)))
    return tuple(taken)
