"""Reminders to those who may submit a portfolio again and have not."""

from datetime import datetime

from sqlalchemy import select

from rules.reviews.resubmission import remind_of_resubmission
from schemas.kinds import SubjectKind
from schemas.records import Track
from schemas.statuses import RoundStatus
from schemas.tables import Educator, Extension, Portfolio
from tasks.core.step import step
from tasks.ledger.unit_of_work import Work, unit_of_work
from tasks.letters.outbox import keys_written
from tasks.letters.write import write_letter
from tasks.portfolios.submissions import is_enrolled, newest_round


@step
def remind_of_resubmissions(season: str, as_of: datetime) -> int:
    """Remind those who may submit again, on the policy's days before the last one; the reminders written."""
    with unit_of_work(season, as_of) as work:
        query = select(Portfolio).where(Portfolio.season == season, Portfolio.resubmit_by.is_not(None))
        written = keys_written(work.db, season, "resubmission-reminder/")
        found = list(work.db.scalars(query.order_by(Portfolio.portfolio_id)))
        return sum(_remind(work, portfolio, written) for portfolio in found)


def _remind(work: Work, portfolio: Portfolio, written: frozenset[str]) -> bool:
    track, email = Track(portfolio.track), portfolio.email
    more = work.db.get(Extension, (work.season, email, track.value))
    until = max(day for day in (portfolio.resubmit_by, more.until if more else None) if day)
    reminder = remind_of_resubmission(track, until, work.today, work.policy.portfolio)
    key = f"resubmission-reminder/{portfolio.portfolio_id}/{until}/{reminder[0] if reminder else ''}"
    if reminder is None or key in written or not is_enrolled(work, email, track):
        return False
    newest = newest_round(work.db, portfolio.portfolio_id)
    if newest is None or newest.status != RoundStatus.NOT_YET:
        return False
    with work.because(key):  # one person may be reminded of two portfolios at once
        work.decide(SubjectKind.EDUCATOR, email, reminder[1], track=track)
    letter = {"person": work.db.get_one(Educator, (work.season, email)), "track": track.value, "last_day": until}
    write_letter(work, key, "resubmission_reminder", email, **letter)
    return True
