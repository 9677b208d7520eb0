"""Whether a portfolio may be submitted, and whether it is complete. Source: FAQ III, phase 2 and portfolio."""

from collections.abc import Collection
from datetime import date, datetime, timedelta

from dateutil.relativedelta import relativedelta

from rules.cohorts.sessions import WEEKDAYS
from rules.rule_ids import RuleId
from schemas.policy import Policy, Portfolio
from schemas.records import Ruling, Term, Track

RULE = RuleId.PORTFOLIO_WINDOW


def portfolio_window(phase_one: Term, portfolio: Portfolio) -> Term:
    """Six months from the end of phase 1, and never beyond nine months from its start."""
    by_phase_two = phase_one.ends_on + relativedelta(months=portfolio.months)
    by_program = phase_one.starts_on + relativedelta(months=portfolio.program_months)
    return Term(phase_one.ends_on, min(by_phase_two, by_program))


def admit_submission(
    submitted_at: datetime,
    phase_one: Term | None,
    is_certified_librarian: bool,
    policy: Policy,
    extended_until: date | None = None,
) -> Ruling:
    """Whether a submission of that moment counts; a certified educator's librarian portfolio needs no cohort (FAQ IV).

    ``extended_until`` is the last day that an operator has given instead.
    """
    if is_certified_librarian:
        return Ruling(RULE, "accepted", "A certified educator submits the librarian portfolio without a cohort.")
    if phase_one is None:
        return Ruling(RULE, "rejected", "No cohort of phase 1 is on record for this person.")
    window = portfolio_window(phase_one, policy.portfolio)
    last = max(window.ends_on, extended_until or window.ends_on)
    return _in_window(policy.local_day(submitted_at), Term(window.starts_on, last))


def extend(window: Term, until: date, reason: str, today: date, portfolio: Portfolio) -> Ruling:
    """Whether an operator may give more time for one portfolio: with a reason, and not without end. Source: ruling."""
    rule, latest = RuleId.PORTFOLIO_EXTENSION, window.ends_on + timedelta(days=portfolio.extension_maximum_days)
    checks = (
        (not reason.strip(), "An extension needs a reason; it stays on record."),
        (until <= window.ends_on, f"The time ends on {window.ends_on} anyway; name a later day."),
        (until < today, "The new last day has passed."),
        (until > latest, f"The time can be extended to {latest} at most."),
    )
    rejection = next((why for applies, why in checks if applies), "")
    if rejection:
        return Ruling(rule, "rejected", rejection)
    return Ruling(rule, "extended", f"The portfolio may be submitted until {until}: {reason.strip()}.")


def reminder_due(window: Term, today: date, portfolio: Portfolio) -> int | None:
    """Which reminder is due for a portfolio that was not submitted: so many days before the end, or none. Source: ruling."""
    left = (window.ends_on - today).days
    due = [days for days in portfolio.reminder_days_before if 0 <= left <= days]
    return min(due, default=None)


def office_hours(window: Term, closed: Collection[date], portfolio: Portfolio) -> tuple[date, ...]:
    """The days of a district's private office hours: every four weeks on the policy's weekday, on school days; a closed day
    moves by a week.

    Source: FAQ III, private district office hours in phase 2.
    """
    weekday = WEEKDAYS.index(portfolio.office_hours_slot[:3])
    first = window.starts_on + timedelta(days=1)
    first += timedelta(days=(weekday - first.weekday()) % 7)
    weeks = (window.ends_on - first).days // 7
    days = (first + timedelta(weeks=week) for week in range(0, weeks + 1, portfolio.office_hours_every_weeks))
    moved = (day if day not in closed else day + timedelta(weeks=1) for day in days)
    return tuple(day for day in moved if day not in closed and day <= window.ends_on)


def _in_window(day: date, window: Term) -> Ruling:
    if day < window.starts_on:
        return Ruling(RULE, "rejected", f"Portfolios open on {window.starts_on}, when phase 1 ends.")
    if day > window.ends_on:
        return Ruling(RULE, "rejected", f"The time for portfolios ended on {window.ends_on}; ask program staff.")
    return Ruling(RULE, "accepted", f"Submitted within the window that ends on {window.ends_on}.")


def missing_artifacts(track: Track, artifacts: Collection[str], portfolio: Portfolio) -> tuple[str, ...]:
    """The artifacts that the track asks for and the submission lacks, in the order of the policy."""
    return tuple(name for name in portfolio.artifacts[track.value] if name not in artifacts)
