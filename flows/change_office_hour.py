"""Move the office hours of a district, by hand, or cancel them where no new time is named; calendars follow."""

from datetime import date, datetime

from prefect import flow

from schemas.records import SeasonPart, Tally
from tasks.clock import moment_of_run
from tasks.conservation import check_conservation
from tasks.portfolio_care import change_office_hour_by_hand
from tasks.season_guard import acts_in


@flow(name="change-office-hour")
@acts_in(SeasonPart.PORTFOLIOS)
def change_office_hour(
    season: str,
    lea_id: str,
    planned_on: date,
    reason: str,
    starts_at: datetime | None = None,
    as_of: datetime | None = None,
) -> list[Tally]:
    """Move the office hours of a district, by hand, or cancel them where no new time is named; calendars follow.

    Owner: program staff
    Impact: the participants of the district get a letter.
    Rerun: safe; the same change is made once.
    First triage step: the message lists the office hours that there are.
    """
    moment = moment_of_run(as_of)
    change_office_hour_by_hand(season, (lea_id, planned_on), starts_at, reason, moment)
    return check_conservation(season, "letters")
