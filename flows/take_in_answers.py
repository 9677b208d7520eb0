"""Take in the districts' answers to their seats, and settle the offers that nobody answered in time."""

from datetime import datetime
from pathlib import Path

from prefect import flow

from schemas.records import SeasonPart, Tally
from tasks.clock import moment_of_run
from tasks.conservation import check_conservation
from tasks.intake import stage_files
from tasks.release import settle_offers
from tasks.season_guard import acts_in
from tasks.validation_page import publish_validation


@flow(name="take-in-answers")
@acts_in(SeasonPart.SEATS)
def take_in_answers(season: str, as_of: datetime | None = None, files: list[Path] | None = None) -> list[Tally]:
    """Take in the districts' answers to their seats, and settle the offers that nobody answered in time.

    Owner: program staff
    Impact: seats that a district does not want keep the next one in line waiting.
    Rerun: safe at any time; what was done is found done, and nothing is sent twice.
    First triage step: look at the quarantined answers; each names the seats or the day.
    """
    moment = moment_of_run(as_of)
    stage_files(season, "answer", moment, files)
    settle_offers(season, moment)
    publish_validation(season, moment, "answer")
    return check_conservation(season, "answer", "seats")
