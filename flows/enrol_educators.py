"""Enrol educators: seat the people on the rosters, take in signed commitment forms, and remind the leads."""

from datetime import datetime
from pathlib import Path

from prefect import flow

from schemas.records import SeasonPart, Tally
from tasks.clock import moment_of_run
from tasks.conservation import check_conservation
from tasks.enrolment import remind_leads, seat_rosters, sign_commitment_forms
from tasks.intake import stage_files
from tasks.season_guard import acts_in
from tasks.validation_page import publish_validation


@flow(name="enrol-educators")
@acts_in(SeasonPart.ENROLLMENT)
def enrol_educators(
    season: str, as_of: datetime | None = None, rosters: list[Path] | None = None, forms: list[Path] | None = None
) -> list[Tally]:
    """Enrol educators: seat the people on the rosters, take in signed commitment forms, and remind the leads.

    Owner: program staff
    Impact: an educator who is not enrolled misses the start.
    Rerun: safe at any time; what was done is found done, and nothing is sent twice.
    First triage step: look at the quarantined roster rows; each says why there is no seat.
    """
    moment = moment_of_run(as_of)
    stage_files(season, "roster", moment, rosters)
    stage_files(season, "commitment", moment, forms)
    seat_rosters(season, moment)
    sign_commitment_forms(season, moment)
    remind_leads(season, moment)
    publish_validation(season, moment, "roster", "commitment")
    return check_conservation(season, "roster", "commitment", "enrolment")
