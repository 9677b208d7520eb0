"""What somebody who has no cohort can choose: a time at which a cohort has room, the next start, or to withdraw.

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
    """The times at which there is room, and the day on which cohorts are planned next, if this season has one."""

    open_slots: tuple[OpenSlot, ...]
    next_plan_on: date | None


def choices_of(mover: Mover, found: Iterable[CohortFacts], cohorts: Cohorts, today: date) -> Choices:
    """What somebody of a district can choose today; the times that the district marked come first, then the earliest."""
    open_slots: dict[str, OpenSlot] = {}
    for facts in sorted(found, key=lambda facts: facts.days):
        anywhere = replace(mover, slots=(*cohorts.slots, *facts.moved_to))
        is_open = facts.days and move_learner(None, facts, anywhere, cohorts).outcome == Outcome.MOVED
        if is_open:
            is_marked = {facts.slot, *facts.moved_to} <= set(mover.slots)
            open_slots.setdefault(facts.slot, OpenSlot(facts.slot, facts.days[0], is_marked))
    ordered = sorted(open_slots.values(), key=lambda item: (not item.is_marked, item.next_session_on, item.slot))
    return Choices(tuple(ordered), min((day for day in cohorts.planned_on if day > today), default=None))


def offer_choices(found: Choices) -> Ruling:
    """What is told of somebody who has no cohort."""
    slots = [item.slot for item in found.open_slots]
    room = f"there is room on {listed(slots, 'or')}" if slots else "no cohort has room"
    start = (
        f"cohorts are planned again on {found.next_plan_on}" if found.next_plan_on else "the next start is next season"
    )
    return Ruling(
        RuleId.COHORT_CHOICES, Outcome.WRITTEN, f"No cohort yet: {room}; {start}; the participant can also withdraw."
    )
