"""Hold the review of a portfolio while the participant is waited for, by hand: its clock stands still."""

from datetime import datetime

from prefect import flow

from schemas.records import SeasonPart, Tally
from tasks.clock import moment_of_run
from tasks.conservation import check_conservation
from tasks.season_guard import acts_in
from tasks.sla import hold_round


@flow(name="hold-review")
@acts_in(SeasonPart.REVIEWS)
def hold_review(season: str, portfolio_id: str, reason: str, as_of: datetime | None = None) -> list[Tally]:
    """Hold the review of a portfolio while the participant is waited for, by hand: its clock stands still.

    Owner: program staff
    Impact: only this portfolio.
    Rerun: safe; a round that is held stays so.
    First triage step: check the portfolio id, and that a round of it is open.
    """
    moment = moment_of_run(as_of)
    hold_round(season, portfolio_id, reason, moment)
    return check_conservation(season, "reviews")
