"""Take in Summer Learning Academy selections and completions."""

from datetime import datetime
from pathlib import Path

from prefect import flow

from schemas.records import SeasonPart, Tally
from tasks.academy import settle_selections
from tasks.clock import moment_of_run
from tasks.conservation import check_conservation
from tasks.intake import stage_files
from tasks.season_guard import acts_in
from tasks.validation_page import publish_validation


@flow(name="take-in-selections")
@acts_in(SeasonPart.ACADEMY)
def take_in_selections(season: str, as_of: datetime | None = None, files: list[Path] | None = None) -> list[Tally]:
    """Take in Summer Learning Academy selections and completions.

    Owner: program staff
    Impact: a completion that is not taken in makes no credit.
    Rerun: safe at any time; what was done is found done, and nothing is sent twice.
    First triage step: look at the quarantined rows; each names the course or the limit.
    """
    moment = moment_of_run(as_of)
    stage_files(season, "selection", moment, files)
    settle_selections(season, moment)
    publish_validation(season, moment, "selection")
    return check_conservation(season, "selection")
