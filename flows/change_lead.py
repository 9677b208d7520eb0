"""Change the lead of a district, by hand: letters go to the new one from now on, and both are told."""

from datetime import datetime

from prefect import flow

from schemas.records import SeasonPart, Tally
from tasks.clock import moment_of_run
from tasks.conservation import check_conservation
from tasks.leads import replace_lead
from tasks.season_guard import acts_in


@flow(name="change-lead")
@acts_in(SeasonPart.WHOLE)
def change_lead(
    season: str, lea_id: str, lead_name: str, lead_email: str, requested_by: str, as_of: datetime | None = None
) -> list[Tally]:
    """Change the lead of a district, by hand: letters go to the new one from now on, and both are told.

    Owner: program staff
    Impact: letters about the district reach the wrong person.
    Rerun: safe; the same lead is named once.
    First triage step: check the 7-digit id and the address.
    """
    moment = moment_of_run(as_of)
    replace_lead(season, lea_id, (lead_name, lead_email), requested_by, moment)
    return check_conservation(season, "letters")
