"""What of a district's application may stand in line, and which place in line each seat has.

Source: packages (options, add-ons, minimums), FAQ I (recommendations), and the rulings on resubmission.
"""

from collections.abc import Iterable, Sequence

from schemas.policy import Policy
from schemas.records import ADD_ONS, COMPONENT_NAMES, OPTION_COMPONENTS, Claim, Component, Line, Ruling, SurveyAnswer


def admit(answer: SurveyAnswer, policy: Policy) -> tuple[Line, ...]:
    """The lines of an application, each with the seats that may stand in line and the rulings about it.

    A request for more information has no lines. Source: packages, options 1-3.
    """
    if answer.is_information_request or answer.option is None:
        return ()
    asked = {component: seats for component, seats in answer.seats.items() if seats > 0}
    return tuple(_line(component, seats, answer.option, policy) for component, seats in asked.items())


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
    return Ruling("line-belongs-to-option", "declined", reason)


def _add_on_line(component: Component, seats: int, option: int, policy: Policy) -> Line:
    if option not in policy.seats.addon_options:
        return Line(component, seats, 0, (_not_in_option(component, option),))
    admitted = min(seats, policy.seats.addon_maximum_seats)
    if admitted == seats:
        return Line(component, seats, seats)
    reason = (
        f"{COMPONENT_NAMES[component]} has at most {admitted} seats for each district: {admitted} of the {seats} asked "
        f"stand in line, {seats - admitted} cannot be given."
    )
    return Line(component, seats, admitted, (Ruling("add-on-maximum", "declined", reason),))


def _recommendation(component: Component, seats: int, policy: Policy) -> Iterable[Ruling]:
    least = min(policy.seats.academy_recommended_seats)
    if component is Component.ACADEMY and seats < least:
        reason = f"{seats} academy seats are fewer than the recommended {least}; this is no obstacle."
        yield Ruling("academy-recommendation", "warning", reason)
    private = policy.cohorts.private_minimum_participants
    if component is Component.CERTIFICATION and seats < private:
        reason = f"{seats} certification seats are fewer than {private}: your educators join a combined cohort."
        yield Ruling("private-cohort-minimum", "combined", reason)


def _over_maximum(component: Component, seats: int, admitted: int) -> Iterable[Ruling]:
    if admitted < seats:
        reason = f"At most {admitted} seats of {COMPONENT_NAMES[component]} can be given to one district this season."
        yield Ruling("district-maximum", "declined", reason)


def claims_of(history: Sequence[tuple[SurveyAnswer, Sequence[Line]]]) -> tuple[Claim, ...]:
    """The district's places in line after all its valid submissions, oldest first.

    What was already asked keeps its place; an increase stands where the newer submission stands; a decrease gives up the
    newest places first. Source: ruling on resubmission.
    """
    answers = sorted(history, key=lambda item: (item[0].submitted_at, item[0].response_id))
    if not answers:
        return ()
    return tuple(
        claim
        for component in Component
        for claim in _component_claims(component, [_pick(component, a) for a in answers])
    )


def _pick(component: Component, submission: tuple[SurveyAnswer, Sequence[Line]]) -> tuple[SurveyAnswer, Line]:
    answer, lines = submission
    found = next((line for line in lines if line.component is component), Line(component, 0, 0))
    return answer, found


def _component_claims(component: Component, steps: Sequence[tuple[SurveyAnswer, Line]]) -> Iterable[Claim]:
    stack: list[tuple[SurveyAnswer, int]] = []
    for answer, line in steps:
        held = sum(seats for _, seats in stack)
        if line.seats_admitted > held:
            stack.append((answer, line.seats_admitted - held))
        stack = _cut(stack, held - line.seats_admitted)
    answer, last = steps[-1]
    refused = last.seats_asked - last.seats_admitted
    if refused and not stack:
        stack.append((answer, 0))
    for number, (holder, seats) in enumerate(stack, start=1):
        excess = refused if number == len(stack) else 0
        yield Claim(
            lea_id=holder.lea_id,
            component=component,
            claim_number=number,
            seats_asked=seats + excess,
            placed_at=holder.submitted_at,
            place_key=holder.response_id,
            seats_declined=excess,
        )


def _cut(stack: list[tuple[SurveyAnswer, int]], surplus: int) -> list[tuple[SurveyAnswer, int]]:
    kept = list(stack)
    while surplus > 0:
        answer, seats = kept.pop()
        if seats > surplus:
            kept.append((answer, seats - surplus))
        surplus -= seats
    return kept
