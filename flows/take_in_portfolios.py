"""Take in portfolios: open a review round for each complete one, and tell the others what is missing."""

from datetime import datetime
from pathlib import Path

from prefect import flow

from schemas.records import SeasonPart, Tally
from tasks.clock import moment_of_run
from tasks.conservation import check_conservation
from tasks.intake import stage_files
from tasks.portfolios import settle_portfolios
from tasks.season_guard import acts_in
from tasks.validation_page import publish_validation


@flow(name="take-in-portfolios")
@acts_in(SeasonPart.REVIEWS)
def take_in_portfolios(season: str, as_of: datetime | None = None, files: list[Path] | None = None) -> list[Tally]:
    """Take in portfolios: open a review round for each complete one, and tell the others what is missing.

    Owner: program staff
    Impact: the participant's six to eight weeks begin with the submission, taken in or not.
    Rerun: safe at any time; what was done is found done, and nothing is sent twice.
    First triage step: look at the quarantined rows; each names the window, seat or form that is missing.
    """
    moment = moment_of_run(as_of)
    stage_files(season, "portfolio", moment, files)
    settle_portfolios(season, moment)
    publish_validation(season, moment, "portfolio")
    return check_conservation(season, "portfolio", "reviews")
