"""Give a participant more time for a portfolio, by hand, with a reason."""

from datetime import date, datetime

from prefect import flow

from schemas.records import SeasonPart, Tally, Track
from tasks.clock import moment_of_run
from tasks.conservation import check_conservation
from tasks.portfolio_care import extend_by_hand
from tasks.season_guard import acts_in


@flow(name="extend-portfolio")
@acts_in(SeasonPart.PORTFOLIOS)
def extend_portfolio(
    season: str, email: str, track: Track, until: date, reason: str, as_of: datetime | None = None
) -> list[Tally]:
    """Give a participant more time for a portfolio, by hand, with a reason.

    Owner: program staff
    Impact: only this participant.
    Rerun: safe; the same extension is given once.
    First triage step: the message says how far the time can be extended.
    """
    moment = moment_of_run(as_of)
    extend_by_hand(season, (email, track), until, reason, moment)
    return check_conservation(season, "portfolio")
