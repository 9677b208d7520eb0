"""Follow phase 1: take in attendance, tell who missed too much, check in with the leads, propose merges of small cohorts."""

from datetime import datetime
from pathlib import Path

from prefect import flow

from schemas.records import SeasonPart, Tally
from tasks.attendance import check_in_with_leads, propose_merges, settle_attendance
from tasks.clock import moment_of_run
from tasks.conservation import check_conservation
from tasks.intake import stage_files
from tasks.season_guard import acts_in
from tasks.validation_page import publish_validation


@flow(name="watch-cohorts")
@acts_in(SeasonPart.PHASE_ONE)
def watch_cohorts(season: str, as_of: datetime | None = None, files: list[Path] | None = None) -> list[Tally]:
    """Follow phase 1: take in attendance, tell who missed too much, check in with the leads, propose merges of small cohorts.

    Owner: program staff, with the provider
    Impact: who misses sessions is noticed too late.
    Rerun: safe at any time; what was done is found done, and nothing is sent twice.
    First triage step: look at the quarantined attendance; each row names the session or the person.
    """
    moment = moment_of_run(as_of)
    stage_files(season, "attendance", moment, files)
    settle_attendance(season, moment)
    check_in_with_leads(season, moment)
    propose_merges(season, moment)
    publish_validation(season, moment, "attendance")
    return check_conservation(season, "attendance", "cohorts")
