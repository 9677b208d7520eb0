"""Whether a portfolio may be handed in, and whether it is complete. Source: FAQ III, phase 2 and portfolio."""

from collections.abc import Collection
from datetime import date, datetime

from dateutil.relativedelta import relativedelta

from schemas.policy import Policy, Portfolio
from schemas.records import Ruling, Term, Track

RULE = "portfolio-window"


def portfolio_window(phase_one: Term, portfolio: Portfolio) -> Term:
    """Six months from the end of phase 1, and never beyond nine months from its start."""
    by_phase_two = phase_one.ends_on + relativedelta(months=portfolio.months)
    by_program = phase_one.starts_on + relativedelta(months=portfolio.program_months)
    return Term(phase_one.ends_on, min(by_phase_two, by_program))


def admit_submission(
    submitted_at: datetime, phase_one: Term | None, is_certified_librarian: bool, policy: Policy
) -> Ruling:
    """Whether a submission of that moment counts; a certified educator's librarian portfolio needs no cohort (FAQ IV)."""
    if is_certified_librarian:
        return Ruling(RULE, "accepted", "A certified educator hands in the librarian portfolio without a cohort.")
    if phase_one is None:
        return Ruling(RULE, "refused", "No cohort of phase 1 is on record for this person.")
    return _in_window(policy.local_day(submitted_at), portfolio_window(phase_one, policy.portfolio))


def _in_window(day: date, window: Term) -> Ruling:
    if day < window.starts_on:
        return Ruling(RULE, "refused", f"Portfolios open on {window.starts_on}, when phase 1 ends.")
    if day > window.ends_on:
        return Ruling(RULE, "refused", f"The time for portfolios ended on {window.ends_on}; ask program staff.")
    return Ruling(RULE, "accepted", f"Handed in within the window that ends on {window.ends_on}.")


def missing_artifacts(track: Track, artifacts: Collection[str], portfolio: Portfolio) -> tuple[str, ...]:
    """The artifacts that the track asks for and the submission lacks, in the order of the policy."""
    return tuple(name for name in portfolio.artifacts[track.value] if name not in artifacts)
