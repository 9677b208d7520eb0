"""Take in district interest surveys: check each row, quarantine what is wrong, and place each district in line."""

from datetime import datetime
from pathlib import Path

from prefect import flow

from schemas.records import SeasonPart, Tally
from tasks.clock import moment_of_run
from tasks.conservation import check_conservation
from tasks.handed_in import keep_upload
from tasks.season_guard import acts_in
from tasks.survey_source import fetch_responses
from tasks.surveys import take_in_responses
from tasks.validation_page import publish_validation


@flow(name="take-in-surveys")
@acts_in(SeasonPart.SURVEY)
def take_in_surveys(
    season: str, as_of: datetime | None = None, files: list[Path] | None = None, upload: str = ""
) -> list[Tally]:
    """Take in district interest surveys: check each row, quarantine what is wrong, and place each district in line.

    Exports come from the watched folder, from the survey tool's own interface if the policy names one, as named files, or as
    the text of an export that is pasted into ``upload``.

    Owner: program staff
    Impact: a response that is not taken in is a district without seats.
    Rerun: safe at any time; what was done is found done, and nothing is sent twice.
    First triage step: look at the quarantined rows of the file; each names its field and remedy.
    """
    moment = moment_of_run(as_of)
    other_ways = [keep_upload("survey", upload), fetch_responses(season, moment)]
    take_in_responses(season, moment, files, other_ways)
    publish_validation(season, moment, "survey")
    return check_conservation(season, "survey", "seats")
