"""Route waiting portfolios to the independent panel: never the own district, nor a declared conflict."""

from datetime import datetime

from prefect import flow

from schemas.records import SeasonPart, Tally
from tasks.clock import moment_of_run
from tasks.conservation import check_conservation
from tasks.reviews import route_waiting_rounds
from tasks.season_guard import acts_in


@flow(name="route-reviews")
@acts_in(SeasonPart.REVIEWS)
def route_reviews(season: str, as_of: datetime | None = None) -> list[Tally]:
    """Route waiting portfolios to the independent panel: never the own district, nor a declared conflict.

    Owner: program staff, with the provider
    Impact: a portfolio that is not routed breaks its six to eight weeks.
    Rerun: safe; one plan for one moment, and what is routed stays.
    First triage step: read why a portfolio waits: its decision says whether independence or capacity is missing.
    """
    moment = moment_of_run(as_of)
    route_waiting_rounds(season, moment)
    return check_conservation(season, "reviews")
