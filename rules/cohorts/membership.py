"""Who may change cohorts, what becomes of a cohort that has shrunk, and when a session may be moved.

Source: FAQ I (15 to run a cohort, not more than 35), FAQ III (sessions about every two weeks) and rulings on moves.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date

from rules.rule_ids import RuleId
from rules.wording import count
from schemas.policy import Cohorts
from schemas.records import Ruling, Term
from schemas.statuses import Outcome

MOVE = RuleId.COHORT_MOVE


@dataclass(frozen=True, slots=True)
class CohortFacts:
    """A cohort as it is today."""

    cohort_id: str
    region: str
    slot: str
    size: int
    sessions_held: int
    is_over: bool


@dataclass(frozen=True, slots=True)
class CohortCalendar:
    """When a cohort meets (the days by session number), when its schools are closed, and the 14 weeks."""

    days: Mapping[int, date]
    closed: Collection[date]
    term: Term


def move_learner(source: CohortFacts, target: CohortFacts, cohorts: Cohorts) -> Ruling:
    """Whether a participant may change cohorts: while there is room, and not too much has been missed."""
    most = cohorts.moves_until_session
    checks = (
        (source.cohort_id == target.cohort_id, f"The participant is in {target.cohort_id} already."),
        (target.is_over, f"{target.cohort_id} has had its last session; choose another cohort."),
        (
            target.size >= cohorts.maximum_participants,
            f"{target.cohort_id} is full with {count(target.size, 'participant')}; the most is {cohorts.maximum_participants}.",
        ),
        (
            max(source.sessions_held, target.sessions_held) > most,
            f"Participants can change cohorts until {count(most, 'session has', 'sessions have')} been held.",
        ),
    )
    rejection = next((reason for applies, reason in checks if applies), "")
    if rejection:
        return Ruling(MOVE, Outcome.REJECTED, rejection)
    return Ruling(MOVE, Outcome.MOVED, f"Moved from cohort {source.cohort_id} to {target.cohort_id}, {target.slot}.")


def merge_cohorts(source: CohortFacts, target: CohortFacts, people: int, cohorts: Cohorts) -> Ruling:
    """Whether a cohort's people may all move into another one: the last of them must still find room there."""
    before_the_last = replace(target, size=target.size + people - 1)
    last = move_learner(source, before_the_last, cohorts)
    if last.outcome == Outcome.REJECTED:
        return Ruling(RuleId.COHORT_MERGE, Outcome.REJECTED, last.reason)
    moved = count(people, "participant moves", "participants move")
    told = f"Cohort {source.cohort_id} joins {target.cohort_id}, {target.slot}: {moved}."
    return Ruling(RuleId.COHORT_MERGE, Outcome.MERGED, told)


def merge_proposal(small: CohortFacts, others: Iterable[CohortFacts], cohorts: Cohorts) -> tuple[str, Ruling] | None:
    """Where a cohort with fewer than 15 could go: the cohort's id, or an empty text where none has room; none if it need not.

    Best is the same slot, then as many sessions held, then the fewest people there.
    """
    if small.is_over or small.size >= cohorts.minimum_participants:
        return None
    found = [other for other in others if _can_take(small, other, cohorts)]
    told = f"{small.cohort_id} has {count(small.size, 'participant')}, fewer than {cohorts.minimum_participants}"
    if not found:
        return "", Ruling(RuleId.COHORT_MERGE, Outcome.NONE, f"{told}; no cohort of {small.region} has room for them.")
    best = min(found, key=lambda other: _merge_order(small, other))
    reason = f"{told}; {best.cohort_id} ({best.slot}, {count(best.size, 'participant')}) has room for them."
    return best.cohort_id, Ruling(RuleId.COHORT_MERGE, Outcome.PROPOSED, reason)


def _can_take(small: CohortFacts, other: CohortFacts, cohorts: Cohorts) -> bool:
    is_other = other.cohort_id != small.cohort_id and other.region == small.region and not other.is_over
    has_room = other.size + small.size <= cohorts.maximum_participants
    return is_other and has_room and max(small.sessions_held, other.sessions_held) <= cohorts.moves_until_session


def _merge_order(small: CohortFacts, other: CohortFacts) -> tuple[bool, int, int, str]:
    apart = abs(other.sessions_held - small.sessions_held)
    return other.slot != small.slot, apart, other.size, other.cohort_id


def reschedule(number: int, wanted: date, calendar: CohortCalendar, today: date) -> Ruling:
    """Whether a session may be held on another day: between its neighbors, within the 14 weeks, on a school day."""
    days, term = calendar.days, calendar.term
    before, after = days.get(number - 1), days.get(number + 1)
    checks = (
        (number not in days, f"The cohort has no session {number}; check the number."),
        (number in days and days.get(number, today) < today, f"Session {number} has been held already."),
        (wanted <= today, "The new day must lie ahead; choose a later one."),
        (wanted in calendar.closed, f"{wanted} is not a school day for everyone in the cohort."),
        (
            not term.starts_on <= wanted <= term.ends_on,
            f"Phase 1 of this cohort runs from {term.starts_on} to {term.ends_on}.",
        ),
        (before is not None and wanted <= before, f"Session {number - 1} is on {before}; sessions keep their order."),
        (after is not None and wanted >= after, f"Session {number + 1} is on {after}; sessions keep their order."),
    )
    rejection = next((reason for applies, reason in checks if applies), "")
    if rejection:
        return Ruling(RuleId.SESSION_MOVED, Outcome.REJECTED, rejection)
    return Ruling(
        RuleId.SESSION_MOVED, Outcome.MOVED, f"Session {number} is held on {wanted} instead of {days[number]}."
    )
