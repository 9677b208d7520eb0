"""Care for those who make their portfolios: office hours of each district, and reminders before the time ends."""

from datetime import datetime

from prefect import flow

from schemas.records import SeasonPart, Tally
from tasks.clock import moment_of_run
from tasks.conservation import check_conservation
from tasks.portfolio_care import offer_office_hours, remind_participants
from tasks.season_guard import acts_in


@flow(name="watch-portfolios")
@acts_in(SeasonPart.PORTFOLIOS)
def watch_portfolios(season: str, as_of: datetime | None = None) -> list[Tally]:
    """Care for those who make their portfolios: office hours of each district, and reminders before the time ends.

    Owner: program staff
    Impact: who forgets the last day misses the certification.
    Rerun: safe at any time; what was done is found done, and nothing is sent twice.
    First triage step: see whether the participant is in a cohort.
    """
    moment = moment_of_run(as_of)
    offer_office_hours(season, moment)
    remind_participants(season, moment)
    return check_conservation(season, "letters")
