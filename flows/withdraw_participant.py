"""End the participation of somebody who leaves and is not replaced, by hand."""

from datetime import datetime

from prefect import flow

from schemas.records import SeasonPart, Tally
from tasks.clock import moment_of_run
from tasks.cohort_changes import withdraw_from
from tasks.conservation import check_conservation
from tasks.season_guard import acts_in


@flow(name="withdraw-participant")
@acts_in(SeasonPart.PORTFOLIOS)
def withdraw_participant(
    season: str, email: str, component: str, reason: str, as_of: datetime | None = None
) -> list[Tally]:
    """End the participation of somebody who leaves and is not replaced, by hand.

    Owner: program staff
    Impact: the seat stays empty; a leaver is better replaced on the roster.
    Rerun: safe; who has left has left.
    First triage step: check the address and the component.
    """
    moment = moment_of_run(as_of)
    withdraw_from(season, email, component, reason, moment)
    return check_conservation(season, "enrolment", "cohorts")
