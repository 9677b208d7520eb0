"""Merge a cohort that has become small into another, by hand; calendars follow."""

from datetime import datetime

from prefect import flow

from schemas.records import SeasonPart, Tally
from tasks.clock import moment_of_run
from tasks.cohort_changes import merge_two_cohorts
from tasks.conservation import check_conservation
from tasks.season_guard import acts_in


@flow(name="merge-cohorts")
@acts_in(SeasonPart.PLANNING)
def merge_cohorts(
    season: str, cohort_id: str, into_cohort_id: str, reason: str, as_of: datetime | None = None
) -> list[Tally]:
    """Merge a cohort that has become small into another, by hand; calendars follow.

    Owner: program staff
    Impact: everybody of the first cohort meets at another time.
    Rerun: safe; a merged cohort is left as it is.
    First triage step: the message says what speaks against it.
    """
    moment = moment_of_run(as_of)
    merge_two_cohorts(season, cohort_id, into_cohort_id, reason, moment)
    return check_conservation(season, "cohorts")
