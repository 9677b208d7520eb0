"""Form cohorts of 15 to 35, private and combined, and schedule their five sessions with a facilitator."""

from datetime import datetime

from prefect import flow

from schemas.records import SeasonPart, Tally
from tasks.clock import moment_of_run
from tasks.cohorts import form_cohorts_once
from tasks.conservation import check_conservation
from tasks.season_guard import acts_in


@flow(name="form-cohorts")
@acts_in(SeasonPart.PLANNING)
def form_cohorts(season: str, as_of: datetime | None = None) -> list[Tally]:
    """Form cohorts of 15 to 35, private and combined, and schedule their five sessions with a facilitator.

    Owner: program staff, with the provider
    Impact: without a cohort phase 1 does not begin.
    Rerun: safe; one plan for one moment, and existing cohorts are left as they are.
    First triage step: read why a district was not placed: its decision names the slot, region or facilitator that is missing.
    """
    moment = moment_of_run(as_of)
    form_cohorts_once(season, moment)
    return check_conservation(season, "cohorts")
