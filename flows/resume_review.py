"""Let the review of a held portfolio go on, by hand: its days are later by as long as it was held."""

from datetime import datetime

from prefect import flow

from schemas.records import SeasonPart, Tally
from tasks.clock import moment_of_run
from tasks.conservation import check_conservation
from tasks.season_guard import acts_in
from tasks.sla import resume_round


@flow(name="resume-review")
@acts_in(SeasonPart.REVIEWS)
def resume_review(season: str, portfolio_id: str, as_of: datetime | None = None) -> list[Tally]:
    """Let the review of a held portfolio go on, by hand: its days are later by as long as it was held.

    Owner: program staff
    Impact: only this portfolio.
    Rerun: safe; a round that is not held goes on.
    First triage step: check the portfolio id.
    """
    moment = moment_of_run(as_of)
    resume_round(season, portfolio_id, moment)
    return check_conservation(season, "reviews")
