"""What somebody who has no cohort can choose: a time with room, the next start, or to withdraw; and when it is over.

Source: ruling on combined cohorts (who cannot be placed, and the lead, get a letter with the choices).
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date

from rules.cohorts.membership import CohortFacts, Mover, move_learner
from rules.rule_ids import RuleId
from rules.wording import listed
from schemas.policy import Cohorts
from schemas.records import Ruling
from schemas.statuses import Outcome


@dataclass(frozen=True, slots=True)
class OpenSlot:
    """A time at which a cohort has room: its slot, its next session day, and whether the district has marked it already."""

    slot: str
    next_session_on: date
    is_marked: bool


@dataclass(frozen=True, slots=True)
class Choices:
    """The times at which there is room, and the day on which cohorts are planned next, if this season has one.

    Otherwise ``placed_until`` is the last day on which somebody can be placed, as things stand today.
    """

    open_slots: tuple[OpenSlot, ...]
    next_plan_on: date | None
    placed_until: date | None = None


def choices_of(mover: Mover, found: Iterable[CohortFacts], cohorts: Cohorts, today: date) -> Choices:
    """What somebody of a district can choose today; the times that the district marked come first, then the earliest."""
    known, open_slots = list(found), dict[str, OpenSlot]()
    for facts in sorted(known, key=lambda facts: facts.days):
        anywhere = replace(mover, slots=(*cohorts.slots, *facts.moved_to))
        is_open = facts.days and move_learner(None, facts, anywhere, cohorts).outcome == Outcome.MOVED
        if is_open:
            is_marked = {facts.slot, *facts.moved_to} <= set(mover.slots)
            open_slots.setdefault(facts.slot, OpenSlot(facts.slot, facts.days[0], is_marked))
    ordered = sorted(open_slots.values(), key=lambda item: (not item.is_marked, item.next_session_on, item.slot))
    next_plan_on = min((day for day in cohorts.planned_on if day > today), default=None)
    return Choices(tuple(ordered), next_plan_on, None if next_plan_on else last_day_to_join(known, cohorts))


def last_day_to_join(found: Iterable[CohortFacts], cohorts: Cohorts) -> date:
    """The last day on which somebody can be placed: a cohort can still begin, or has not held too many sessions to be joined.

    Source: ruling on combined cohorts; ruling on moves.
    """
    most = cohorts.moves_until_session
    joinable = (facts for facts in found if facts.days and facts.sessions_held <= most)
    closing = (facts.days[min(most - facts.sessions_held, len(facts.days) - 1)] for facts in joinable)
    return max((cohorts.latest_start_on, *closing))


def end_without_cohort(found: Choices, today: date) -> Ruling | None:
    """That the seat of who has no cohort ends, once none of the season can be joined any more; nothing before.

    A seat is one of its season: nothing of it is carried into the next one. Source: ruling on combined cohorts.
    """
    if found.placed_until is None or today <= found.placed_until:
        return None
    reason = f"No cohort of this season could be joined after {found.placed_until}: the seat has ended without one."
    return Ruling(RuleId.COHORT_TOO_LATE, Outcome.WITHDRAWN, reason)


def offer_choices(found: Choices) -> Ruling:
    """What is told of somebody who has no cohort."""
    slots = [item.slot for item in found.open_slots]
    room = f"there is room on {listed(slots, 'or')}" if slots else "no cohort has room"
    start = (
        f"cohorts are planned again on {found.next_plan_on}"
        if found.next_plan_on
        else f"a place can become free until {found.placed_until}, and the seat ends after that day"
    )
    return Ruling(
        RuleId.COHORT_CHOICES, Outcome.WRITTEN, f"No cohort yet: {room}; {start}; the participant can also withdraw."
    )
