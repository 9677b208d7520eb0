"""Move a participant to another cohort, by hand; calendars follow."""

from datetime import datetime

from prefect import flow

from schemas.records import SeasonPart, Tally
from tasks.clock import moment_of_run
from tasks.cohort_changes import move_to_cohort
from tasks.conservation import check_conservation
from tasks.season_guard import acts_in


@flow(name="move-participant")
@acts_in(SeasonPart.PLANNING)
def move_participant(
    season: str, email: str, cohort_id: str, reason: str, as_of: datetime | None = None
) -> list[Tally]:
    """Move a participant to another cohort, by hand; calendars follow.

    Owner: program staff
    Impact: only this participant.
    Rerun: safe; who is in the cohort already stays there.
    First triage step: the message says whether the cohort is full, over or too far on.
    """
    moment = moment_of_run(as_of)
    move_to_cohort(season, email, cohort_id, reason, moment)
    return check_conservation(season, "cohorts")
