"""Take an evaluator off the panel, by hand: the open reviews go to others."""

from datetime import datetime

from prefect import flow

from schemas.records import SeasonPart, Tally
from tasks.clock import moment_of_run
from tasks.conservation import check_conservation
from tasks.panel_changes import publish_handovers, release_from_panel
from tasks.season_guard import acts_in


@flow(name="release-evaluator")
@acts_in(SeasonPart.REVIEWS)
def release_evaluator(season: str, evaluator_id: str, reason: str, as_of: datetime | None = None) -> list[Tally]:
    """Take an evaluator off the panel, by hand: the open reviews go to others, and as few of theirs as possible change hands.

    Owner: program staff
    Impact: the reviews that change hands; both evaluators get a letter.
    Rerun: safe; who has left has left.
    First triage step: look at the run's table of who gave up which review to whom; "nobody" is a portfolio that waits.
    """
    moment = moment_of_run(as_of)
    publish_handovers(season, evaluator_id, release_from_panel(season, evaluator_id, reason, moment))
    return check_conservation(season, "reviews")
