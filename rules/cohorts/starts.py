"""When a cohort starts: on the earliest day inside what most of its districts prefer, or on the nearest one to it.

The plan of who learns together in which slot is made before, and does not depend on it: a facilitator leads one cohort in a
slot, so that any week of the slot is as good for the plan as any other.
Source: FAQ III (a start date that works best for the district); ruling on the start agreed with the lead.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date

from rules.cohorts.sessions import first_start, possible_days
from rules.rule_ids import RuleId
from rules.wording import count
from schemas.policy import Cohorts
from schemas.records import Ruling, StartWindow
from schemas.statuses import Outcome

Windows = Mapping[str, StartWindow]


@dataclass(frozen=True, slots=True)
class ChosenStart:
    """The session days of a cohort; ``met`` are the districts that prefer a start and get it, ``missed`` those that do not."""

    days: tuple[date, ...]
    met: tuple[str, ...]
    missed: tuple[str, ...]


def suits(day: date, window: StartWindow) -> bool:
    """Whether a start lies inside what a district prefers; one that named nothing is content with any day.

    Source: ruling on the start agreed with the lead.
    """
    return (window.start_from or day) <= day <= (window.start_until or day)


def choose_start(
    slot: str, closed: Collection[date], windows: Windows, cohorts: Cohorts, today: date
) -> ChosenStart | None:
    """The start inside most of the districts' windows, of those the nearest to the other windows, of those the earliest.

    None only where there are no days at all. A start after the policy's last one is taken only where there is no earlier one.
    """
    wanted = _starts(slot, closed, cohorts, today)
    if not wanted:
        return None
    best = min(wanted, key=lambda days: (-len(_met(days[0], windows)), _apart(days[0], windows), days[0]))
    met = _met(best[0], windows)
    return ChosenStart(best, met, tuple(i for i, window in sorted(windows.items()) if window.is_named and i not in met))


def _starts(slot: str, closed: Collection[date], cohorts: Cohorts, today: date) -> list[tuple[date, ...]]:
    possible = list(possible_days(slot, closed, cohorts, today))
    return [days for days in possible if days[0] <= cohorts.latest_start_on] or possible[:1]


def _apart(day: date, windows: Windows) -> int:
    """How many days a start is away from what districts prefer, in all."""
    return sum(_days_outside(day, window) for window in windows.values())


def _days_outside(day: date, window: StartWindow) -> int:
    before, after = (window.start_from or day) - day, day - (window.start_until or day)
    return max(before.days, after.days, 0)


def _met(day: date, windows: Windows) -> tuple[str, ...]:
    return tuple(i for i, window in sorted(windows.items()) if window.is_named and suits(day, window))


def _never_inside(window: StartWindow, slot: str, closed: Collection[date], cohorts: Cohorts, today: date) -> str:
    """Why no start at all suits a district, or an empty text."""
    soonest = first_start(cohorts, today)
    checks = (
        (
            (window.start_from or date.min) > cohorts.latest_start_on,
            f"No cohort of this season starts after {cohorts.latest_start_on}.",
        ),
        (
            (window.start_until or date.max) < cohorts.earliest_start_on,
            f"No cohort of this season starts before {cohorts.earliest_start_on}.",
        ),
        ((window.start_until or date.max) < soonest, f"No cohort can start before {soonest} any more."),
        (
            not any(suits(days[0], window) for days in _starts(slot, closed, cohorts, today)),
            f"No start inside that time, on {slot}, has school days for all {count(cohorts.sessions, 'session')}.",
        ),
    )
    return next((reason for applies, reason in checks if applies), "")


def why_outside(
    lea_id: str,
    starts_on: date,
    slot: str,
    *,
    closed: Collection[date],
    windows: Windows,
    cohorts: Cohorts,
    today: date,
) -> str:
    """Why a start is not inside what a district prefers: where the season begins or ends, no school days, or other districts.

    Source: ruling on the start agreed with the lead.
    """
    reason = _never_inside(windows[lea_id], slot, closed, cohorts, today)
    if reason:
        alone = choose_start(slot, closed, {lea_id: windows[lea_id]}, cohorts, today)
        return (
            f"{reason} This is the nearest start that is possible." if alone and alone.days[0] == starts_on else reason
        )
    chosen = choose_start(slot, closed, windows, cohorts, today)
    if chosen is None or chosen.days[0] != starts_on:
        return "The start of this cohort was set before."
    of_all = len(chosen.met) + len(chosen.missed)
    return (
        f"No start suits all districts in the cohort that named a time; this one suits {len(chosen.met)} of {of_all}."
    )


def tell_start(chosen: ChosenStart, windows: Windows, why: Mapping[str, str]) -> Ruling:
    """What is told of the start that is proposed for a cohort: whose preferred time it is inside, and whose not and why."""
    told = [f"The proposed start is {chosen.days[0]}."]
    named = len(chosen.met) + len(chosen.missed)
    if named:
        of_all = count(named, "district that prefers", "districts that prefer")
        told.append(f"It suits {len(chosen.met)} of {of_all} a time.")
    told += [
        f"District {lea_id} prefers a start {window_in_words(windows[lea_id])}. {why[lea_id]}"
        for lea_id in chosen.missed
    ]
    return Ruling(RuleId.START_PROPOSED, Outcome.PROPOSED, " ".join(told))


def window_in_words(window: StartWindow) -> str:
    """``from 2022-09-19 through 2022-10-07``, ``on or after ...``, ``by ...``, or ``on any day``.

    Source: ruling on the start agreed with the lead.
    """
    first, last = window.start_from, window.start_until
    if first and last:
        return f"from {first} through {last}"
    return f"on or after {first}" if first else f"by {last}" if last else "on any day"
