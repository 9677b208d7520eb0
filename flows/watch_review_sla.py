"""Watch the review SLA: warn early, at six weeks and at eight, remind evaluators, and pass on reviews after long silence."""

from datetime import datetime

from prefect import flow

from schemas.records import SeasonPart, Tally
from tasks.clock import moment_of_run
from tasks.conservation import check_conservation
from tasks.season_guard import acts_in
from tasks.sla import follow_evaluators, watch_rounds


@flow(name="watch-review-sla")
@acts_in(SeasonPart.REVIEWS)
def watch_review_sla(season: str, as_of: datetime | None = None) -> list[Tally]:
    """Watch the review SLA: warn early, at six weeks and at eight, remind evaluators, and pass on reviews after long silence.

    Owner: program staff
    Impact: a late result goes unnoticed.
    Rerun: safe at any time; what was done is found done, and nothing is sent twice.
    First triage step: open the SLA letter; ask the evaluators that it names.
    """
    moment = moment_of_run(as_of)
    watch_rounds(season, moment)
    follow_evaluators(season, moment)
    return check_conservation(season, "reviews")
