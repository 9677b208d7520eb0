"""What of a district's application can be requested, and which place in the order of submission each seat has.

Source: packages (options, add-ons, minimums), FAQ I (recommendations), and the rulings on resubmission.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta

from rules.rule_ids import RuleId
from rules.wording import count
from schemas.contracts import is_mailable
from schemas.policy import Policy
from schemas.records import (
    ADD_ONS,
    COMPONENT_NAMES,
    OPTION_COMPONENTS,
    Component,
    Lead,
    Line,
    PlacedSeats,
    PlaceInOrder,
    Ruling,
    SeatRequest,
    SurveyAnswer,
)
from schemas.statuses import Outcome


def admit(answer: SurveyAnswer, policy: Policy) -> tuple[Line, ...]:
    """The lines of an application, each with the seats that can be requested and the rulings about it.

    A request for more information has no lines. Source: packages, options 1-3.
    """
    if answer.is_information_request or answer.option is None:
        return ()
    option = answer.option
    lines = [_line(component, seats, option, policy) for component, seats in answer.seats.items() if seats > 0]
    note = note_start(answer.start_from, answer.start_until, policy)
    return tuple(
        replace(line, rulings=(*line.rulings, note))
        if note and line.component is Component.CERTIFICATION and line.seats_admitted
        else line
        for line in lines
    )


def note_start(earliest: date | None, latest: date | None, policy: Policy) -> Ruling | None:
    """A note where cohorts cannot start in the time that a district prefers; nothing where they can, or it names none.

    Source: ruling on the start agreed with the lead.
    """
    first, last = policy.cohorts.earliest_start_on, policy.cohorts.latest_start_on
    if (earliest or first) <= last and (latest or last) >= first:
        return None
    wish = f"not before {earliest}" if earliest and earliest > last else f"by {latest}"
    reason = (
        f"Cohorts start from {first} through {last}. You prefer a start {wish}; we will propose one within this time."
    )
    return Ruling(RuleId.START_WINDOW, Outcome.WARNING, reason)


def admitted_seats(component: Component, seats: int, option: int | None, policy: Policy) -> int:
    """How many of the requested seats are admitted; ``option`` is nothing for a request for more information."""
    return _line(component, seats, option, policy).seats_admitted if option and seats > 0 else 0


def _line(component: Component, seats: int, option: int, policy: Policy) -> Line:
    if component in ADD_ONS:
        return _add_on_line(component, seats, option, policy)
    if component not in OPTION_COMPONENTS[option]:
        return Line(component, seats, 0, (_not_in_option(component, option),))
    admitted = min(seats, policy.seats.district_maximum_seats or seats)
    rulings = [*_recommendation(component, seats, policy), *_over_maximum(component, seats, admitted)]
    return Line(component, seats, admitted, tuple(rulings))


def _not_in_option(component: Component, option: int) -> Ruling:
    reason = f"Option {option} does not include {COMPONENT_NAMES[component]}; the rest of the application stands."
    return Ruling(RuleId.LINE_BELONGS_TO_OPTION, Outcome.DECLINED, reason)


def _add_on_line(component: Component, seats: int, option: int, policy: Policy) -> Line:
    if option not in policy.seats.addon_options:
        return Line(component, seats, 0, (_not_in_option(component, option),))
    admitted = min(seats, policy.seats.addon_maximum_seats)
    if admitted == seats:
        return Line(component, seats, seats)
    reason = (
        f"{COMPONENT_NAMES[component]} has at most {admitted} seats for each district: {admitted} of the {seats} requested "
        f"are admitted, {seats - admitted} cannot be given."
    )
    return Line(component, seats, admitted, (Ruling(RuleId.ADD_ON_MAXIMUM, Outcome.DECLINED, reason),))


def _recommendation(component: Component, seats: int, policy: Policy) -> Iterable[Ruling]:
    least = min(policy.seats.academy_recommended_seats)
    if component is Component.ACADEMY and seats < least:
        reason = f"The academy recommends at least {least} seats for a district; fewer are fine."
        yield Ruling(RuleId.ACADEMY_RECOMMENDATION, Outcome.WARNING, reason)
    private = policy.cohorts.private_minimum_participants
    if component is Component.CERTIFICATION and seats < private:
        reason = f"{seats} certification seats are fewer than {private}: your educators join a combined cohort."
        yield Ruling(RuleId.PRIVATE_COHORT_MINIMUM, Outcome.COMBINED, reason)


def _over_maximum(component: Component, seats: int, admitted: int) -> Iterable[Ruling]:
    if admitted < seats:
        reason = f"At most {admitted} seats of {COMPONENT_NAMES[component]} can be given to one district this season."
        yield Ruling(RuleId.DISTRICT_MAXIMUM, Outcome.DECLINED, reason)


def is_another_lead(before: Lead | None, after: Lead) -> bool:
    """Whether a newer response names another lead; who only writes their name in another way is the same one.

    Source: packages, the superintendent names a district lead.
    """
    return before is not None and before.email != after.email


def change_lead(before: Lead, after: Lead) -> Ruling:
    """Whether somebody else becomes the district's lead: letters go to the new one from now on.

    Source: packages, the superintendent names a district lead.
    """
    if not after.name.strip() or not is_mailable(after.email):
        return Ruling(
            RuleId.DISTRICT_LEAD,
            Outcome.REJECTED,
            "A lead needs a name, and an e-mail address as name@district.org, with no accents before the @.",
        )
    if before == after:
        return Ruling(RuleId.DISTRICT_LEAD, Outcome.REJECTED, f"{after.name} ({after.email}) is the lead already.")
    return Ruling(
        RuleId.DISTRICT_LEAD, Outcome.CHANGED, f"{after.name} ({after.email}) is the lead instead of {before.email}."
    )


def stack_places(admitted: Sequence[int]) -> list[tuple[int, int]]:
    """Which submission each seat stands with: pairs of a submission's index and its seats, oldest first.

    ``admitted`` are the seats that each of a district's submissions asked for, in their order. Source: ruling on resubmission.
    """
    stack: list[tuple[int, int]] = []
    held = admitted[-1] if admitted else 0
    for index in range(
        len(admitted) - 1, -1, -1
    ):  # from the newest: a seat stands as far back as it was always asked for
        lower = min(held, admitted[index])
        if lower < held:
            stack.append((index + 1, held - lower))
            held = lower
        if not held:
            break
    return ([(0, held)] if held else []) + stack[::-1]


def requests_of_places(
    lea_id: str,
    component: Component,
    places: Sequence[PlacedSeats],
    rejected: int,
    newest: PlaceInOrder,
) -> Iterable[SeatRequest]:
    """Seat requests by place; the newest carries what is declined."""
    told = [*places] if places or not rejected else [PlacedSeats(newest, 0)]
    for number, (place, seats) in enumerate(told, start=1):
        excess = rejected if number == len(told) else 0
        yield SeatRequest(
            lea_id=lea_id,
            component=component,
            request_number=number,
            seats_requested=seats + excess,
            placed_at=place.placed_at,
            place_key=place.place_key,
            seats_declined=excess,
        )


def fewer_after_confirmation(requested: int, now: int) -> Ruling | None:
    """Seats that a district no longer requests after they were decided stay as they are until it releases them.

    Nothing where it requests as many or more. Source: ruling on resubmission.
    """
    if now >= requested:
        return None
    reason = (
        f"{count(now, 'seat')} requested instead of {requested} after the confirmation: an operator releases the rest."
    )
    return Ruling(RuleId.REQUESTED_AFTER_CONFIRMATION, Outcome.OPERATOR, reason)


def requests_after_confirmation(
    component: Component, found: Sequence[SeatRequest], before: Sequence[SeatRequest]
) -> list[SeatRequest]:
    """What a district requests anew of a component after its requests ``before`` were decided, numbered on.

    What was decided stays decided. Source: ruling on resubmission.
    """
    known = {request.place_key for request in before if request.component is component}
    last = max((request.request_number for request in before if request.component is component), default=0)
    fresh = [request for request in found if request.component is component and request.place_key not in known]
    return [replace(request, request_number=number) for number, request in enumerate(fresh, start=last + 1)]


def is_corrected_in_time(rejected_at: datetime, corrected_at: datetime, grace_days: int) -> bool:
    """Whether the correction of a rejected response comes soon enough to keep its place. Source: ``survey.grace_days``."""
    return corrected_at <= rejected_at + timedelta(days=grace_days)


def needs_correction(sent_us: int | None, newest_us: int | None) -> bool:
    """Whether a rejected response is still to be corrected: not where its district has sent a valid one since.

    Both are moments (microseconds since 1970), none where it is unknown or there is none. Source: ruling on resubmission.
    """
    return newest_us is None or (sent_us is not None and sent_us > newest_us)


def place_of(own: PlaceInOrder, rejected: Sequence[PlaceInOrder], grace_days: int) -> PlaceInOrder:
    """The place of a valid submission: its own, or that of the district's first rejected one that it corrects in time.

    ``rejected`` are the rejected submissions since the last valid one. Source: policy ``survey.grace_days``.
    """
    earlier = [place for place in rejected if place.placed_at <= own.placed_at]
    in_time = [place for place in earlier if is_corrected_in_time(place.placed_at, own.placed_at, grace_days)]
    return min(in_time, default=own)
