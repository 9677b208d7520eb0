"""Hold a session of a cohort on another day, by hand; calendars follow."""

from datetime import datetime

from prefect import flow

from schemas.records import SeasonPart, Tally
from tasks.clock import moment_of_run
from tasks.cohort_changes import move_session
from tasks.conservation import check_conservation
from tasks.season_guard import acts_in


@flow(name="reschedule-session")
@acts_in(SeasonPart.PLANNING)
def reschedule_session(
    season: str, cohort_id: str, session_number: int, starts_at: datetime, reason: str, as_of: datetime | None = None
) -> list[Tally]:
    """Hold a session of a cohort on another day, by hand; calendars follow.

    Owner: program staff
    Impact: everybody of the cohort.
    Rerun: safe; a session that is held then already stays.
    First triage step: the message names the day that does not fit.
    """
    moment = moment_of_run(as_of)
    move_session(season, (cohort_id, session_number), starts_at, reason, moment)
    return check_conservation(season, "cohorts")
