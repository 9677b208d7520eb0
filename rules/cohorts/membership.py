"""Who may change cohorts, also all people of one together, and when a session may be moved.

Source: FAQ I (not more than 35 in a cohort), FAQ III (sessions about every two weeks) and rulings on moves: private
cohorts stay private, everybody meets when their district can, and an operator makes an exception only with a reason.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import date

from rules.meetings import Meeting, is_free, slot_of
from rules.rule_ids import RuleId
from rules.wording import count
from schemas.policy import Cohorts
from schemas.records import Ruling, Term
from schemas.statuses import CohortKind, Outcome

MOVE = RuleId.COHORT_MOVE
WITH_REASON = "An operator can make an exception with a reason."


@dataclass(frozen=True, slots=True)
class CohortFacts:
    """A cohort as it is today; ``lea_ids`` are the districts it is for, ``days`` the session days ahead.

    ``moved_to`` are the slots, other than its own, to which sessions ahead were moved.
    """

    cohort_id: str
    slot: str
    size: int
    sessions_held: int
    is_over: bool
    kind: CohortKind = CohortKind.COMBINED
    lea_ids: frozenset[str] = frozenset()
    days: tuple[date, ...] = ()
    moved_to: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Mover:
    """Somebody of a district, with the slots that it can meet in and the days on which only it is closed."""

    lea_id: str
    slots: Collection[str]
    closed: Collection[date] = ()


@dataclass(frozen=True, slots=True)
class CohortCalendar:
    """When a cohort meets (its slot, and the days by session number), when its schools are closed, and the 14 weeks.

    And its facilitator's other ``meetings``; ``movers`` has one for each district with somebody in it. A cohort that was merged
    says which one it has ``joined``.
    """

    slot: str
    days: Mapping[int, date]
    closed: Collection[date]
    term: Term
    meetings: Collection[Meeting] = ()
    movers: Collection[Mover] = ()
    joined: str = ""


def joined_another(cohort_id: str) -> str:
    """Why nothing is changed about a cohort that was merged; ``cohort_id`` is the one that it has joined."""
    return f"The cohort has joined {cohort_id} and does not meet any more; name {cohort_id} instead."


def exceptions_for(mover: Mover, target: CohortFacts) -> tuple[str, ...]:
    """What speaks against somebody in a cohort that has room, unless an operator makes an exception.

    Source: ruling on moves and merges.
    """
    is_private = target.kind == CohortKind.PRIVATE and not target.lea_ids <= {mover.lea_id}
    checks = (
        (is_private, f"{target.cohort_id} is a private cohort of another district."),
        *((slot not in mover.slots, _unmarked(mover, slot)) for slot in (target.slot, *target.moved_to)),
        (
            bool(set(target.days) & set(mover.closed)),
            f"District {mover.lea_id} is closed on a session day of {target.cohort_id}.",
        ),
    )
    return tuple(reason for applies, reason in checks if applies)


def session_exceptions(slot: str, calendar: CohortCalendar) -> tuple[Mover, ...]:
    """The districts of a cohort that cannot meet in a slot to which a session is moved, unless an operator makes an exception.

    Back in the cohort's own slot everybody can. Source: ruling on moves and merges.
    """
    if slot == calendar.slot:
        return ()
    return tuple(mover for mover in calendar.movers if slot not in mover.slots)


def _unmarked(mover: Mover, slot: str) -> str:
    return f"District {mover.lea_id} did not mark {slot} as a time that suits it."


def move_learner(
    source: CohortFacts | None, target: CohortFacts, mover: Mover, cohorts: Cohorts, exception_reason: str = ""
) -> Ruling:
    """Whether a participant may change cohorts, or join one: while there is room, and not too much has been missed."""
    found = exceptions_for(mover, target)
    rejection = _no_room(source, target, cohorts) or _not_excepted(found, exception_reason)
    if rejection:
        return Ruling(MOVE, Outcome.REJECTED, rejection)
    moved = f"Moved from cohort {source.cohort_id} to" if source else "Placed in cohort"
    told = f"{moved} {target.cohort_id}, {target.slot}."
    return Ruling(MOVE, Outcome.MOVED, _with_exception(told, found, exception_reason))


def _no_room(source: CohortFacts | None, target: CohortFacts, cohorts: Cohorts) -> str:
    """Why nobody at all could change to a cohort, or an empty text."""
    most = cohorts.moves_until_session
    held = max(source.sessions_held if source else 0, target.sessions_held)
    checks = (
        (
            source is not None and source.cohort_id == target.cohort_id,
            f"The participant is in {target.cohort_id} already.",
        ),
        (target.is_over, f"{target.cohort_id} has had its last session; choose another cohort."),
        (
            target.size >= cohorts.maximum_participants,
            f"{target.cohort_id} is full with {count(target.size, 'participant')}; the most is {cohorts.maximum_participants}.",
        ),
        (
            held > most,
            f"Participants can change cohorts until {count(most, 'session has', 'sessions have')} been held.",
        ),
    )
    return next((reason for applies, reason in checks if applies), "")


def _not_excepted(found: Collection[str], reason: str) -> str:
    return " ".join((*found, WITH_REASON)) if found and not reason.strip() else ""


def _with_exception(told: str, found: Collection[str], reason: str) -> str:
    return " ".join((told, *found, f"Exception: {reason.strip().rstrip('.')}.")) if found else told


def merge_cohorts(
    source: CohortFacts,
    target: CohortFacts,
    movers: Collection[Mover],
    people: int,
    cohorts: Cohorts,
    *,
    exception_reason: str = "",
) -> Ruling:
    """Whether a cohort's people may all move into another one, where the last of them must still find room.

    ``movers`` has one for each of their districts.
    """
    before_the_last = replace(target, size=target.size + people - 1)
    found = tuple(dict.fromkeys(reason for mover in movers for reason in exceptions_for(mover, target)))
    rejection = _no_room(source, before_the_last, cohorts) or _not_excepted(found, exception_reason)
    if rejection:
        return Ruling(RuleId.COHORT_MERGE, Outcome.REJECTED, rejection)
    moved = count(people, "participant moves", "participants move")
    told = f"Cohort {source.cohort_id} joins {target.cohort_id}, {target.slot}: {moved}."
    return Ruling(RuleId.COHORT_MERGE, Outcome.MERGED, _with_exception(told, found, exception_reason))


def reschedule(
    number: int, wanted: Meeting, calendar: CohortCalendar, today: date, cohorts: Cohorts, *, exception_reason: str = ""
) -> Ruling:
    """Whether a session may be held at another time (``wanted``, in local time): between its neighbors, within the 14 weeks, on
    a school day, while its facilitator is in no other meeting, and in a slot that each district of the cohort marked.
    """
    slot, day = slot_of(wanted.starts_at), wanted.starts_at.date()
    found = tuple(_unmarked(mover, slot) for mover in session_exceptions(slot, calendar))
    rejection = _no_day(number, day, calendar, today) or _no_facilitator(wanted, calendar, cohorts)
    rejection = rejection or _not_excepted(found, exception_reason)
    if rejection:
        return Ruling(RuleId.SESSION_MOVED, Outcome.REJECTED, rejection)
    told = f"Session {number} is held on {day} instead of {calendar.days[number]}."
    return Ruling(RuleId.SESSION_MOVED, Outcome.MOVED, _with_exception(told, found, exception_reason))


def _no_day(number: int, wanted: date, calendar: CohortCalendar, today: date) -> str:
    """Why a session cannot be held on a day, or an empty text."""
    days, term = calendar.days, calendar.term
    before, after = days.get(number - 1), days.get(number + 1)
    checks = (
        (calendar.joined != "", joined_another(calendar.joined)),
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
    return next((reason for applies, reason in checks if applies), "")


def _no_facilitator(wanted: Meeting, calendar: CohortCalendar, cohorts: Cohorts) -> str:
    if is_free(wanted, calendar.meetings, cohorts):
        return ""
    return "The facilitator has another meeting then, or too short a break; choose another time."
