"""Whether, and until which day, a portfolio that does not certify may be submitted again.

Source: FAQ III, resubmission; ruling on resubmission.
"""

from dataclasses import dataclass
from datetime import date, timedelta

from rules.rule_ids import RuleId
from rules.wording import count
from schemas.policy import Portfolio
from schemas.records import Ruling, Track
from schemas.statuses import Outcome

RULE = RuleId.RESUBMISSION


@dataclass(frozen=True, slots=True)
class Resubmission:
    """The last local day on which a portfolio may be submitted again; none where it may not, for the reason told."""

    until: date | None
    ruling: Ruling


def offer_resubmission(told_on: date, rounds: int, is_enrolled: bool, portfolio: Portfolio) -> Resubmission:
    """What is offered with a result that does not certify: so many days after its letter, also past the six months.

    ``rounds`` are those that the participant's submissions have had so far; re-reviews are not among them.
    """
    if not is_enrolled:
        reason = "The participation has ended, so the portfolio cannot be submitted again."
        return Resubmission(None, Ruling(RULE, Outcome.OVER, reason))
    if portfolio.maximum_rounds is not None and rounds >= portfolio.maximum_rounds:
        most = count(portfolio.maximum_rounds, "time")
        reason = f"A portfolio can be submitted {most} at most, so it cannot be submitted again."
        return Resubmission(None, Ruling(RULE, Outcome.OVER, reason))
    until = told_on + timedelta(days=portfolio.resubmission_days)
    reason = f"The portfolio may be improved with the panel's feedback and submitted again through {until}."
    return Resubmission(until, Ruling(RULE, Outcome.OPEN, reason))


def admit_resubmission(day: date, resubmit_by: date | None, extended_until: date | None) -> Ruling:
    """Whether a portfolio that did not certify may come again on a local day; an operator may have given more days."""
    if resubmit_by is None:
        return Ruling(RULE, Outcome.REJECTED, "This portfolio cannot be submitted again; its last result stands.")
    last = max(resubmit_by, extended_until or resubmit_by)
    if day > last:
        reason = (
            f"The last day to submit this portfolio again was {last}; ask program staff whether it can be extended."
        )
        return Ruling(RULE, Outcome.REJECTED, reason)
    return Ruling(RULE, Outcome.ACCEPTED, f"Submitted again in time; the last day is {last}.")


def remind_of_resubmission(track: Track, until: date, today: date, portfolio: Portfolio) -> tuple[int, Ruling] | None:
    """The reminder that is due before the last day to submit again, with its mark (days before it); none where none is."""
    left = (until - today).days
    due = [days for days in portfolio.resubmission_reminder_days_before if 0 <= left <= days]
    if not due:
        return None
    reason = f"The {track} portfolio has not been submitted again; the last day for it is {until}."
    return min(due), Ruling(RuleId.PORTFOLIO_REMINDER, Outcome.REMINDED, reason)
