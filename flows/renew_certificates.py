"""Renew certificates: count points, renew what was paid, remind before the last day and expire after it."""

from datetime import datetime
from pathlib import Path

from prefect import flow

from schemas.records import SeasonPart, Tally
from tasks.certificates import remind_and_expire, settle_activities, settle_renewals
from tasks.clock import moment_of_run
from tasks.conservation import check_conservation
from tasks.intake import stage_files
from tasks.season_guard import acts_in
from tasks.validation_page import publish_validation


@flow(name="renew-certificates")
@acts_in(SeasonPart.CERTIFICATES)
def renew_certificates(
    season: str, as_of: datetime | None = None, activities: list[Path] | None = None, payments: list[Path] | None = None
) -> list[Tally]:
    """Renew certificates: count points, renew what was paid, remind before the last day and expire after it.

    Owner: program staff
    Impact: a certificate lapses without a reminder.
    Rerun: safe at any time; what was done is found done, and nothing is sent twice.
    First triage step: look at the quarantined payments; each names the fee or the day.
    """
    moment = moment_of_run(as_of)
    stage_files(season, "activity", moment, activities)
    stage_files(season, "renewal", moment, payments)
    settle_activities(season, moment)
    settle_renewals(season, moment)
    remind_and_expire(season, moment)
    publish_validation(season, moment, "activity", "renewal")
    return check_conservation(season, "activity", "renewal", "certificates")
