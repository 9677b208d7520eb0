"""Plan cohorts again, by hand: late sign-ups and leavers, or a facilitator who is gone; as few people as possible move."""

from datetime import datetime

from prefect import flow

from schemas.records import SeasonPart, Tally
from tasks.clock import moment_of_run
from tasks.cohort_replanning import plan_cohorts_again
from tasks.conservation import check_conservation
from tasks.season_guard import acts_in


@flow(name="replan-cohorts")
@acts_in(SeasonPart.PLANNING)
def replan_cohorts(
    season: str, reason: str, without: list[str] | None = None, as_of: datetime | None = None
) -> list[Tally]:
    """Plan cohorts again, by hand: late sign-ups and leavers, or a facilitator (``without``) who is gone.

    Cohorts that have met stay as they are; of the others as few people as possible move. ``cadre cohort replan`` shows
    beforehand who would.

    Owner: program staff
    Impact: who moves gets another place in the calendar.
    Rerun: safe; one moment is planned once.
    First triage step: look at the decisions of rule cohort-replan; "operator" names a cohort that nobody leads.
    """
    moment = moment_of_run(as_of)
    plan_cohorts_again(season, without or [], reason, moment)
    return check_conservation(season, "cohorts")
