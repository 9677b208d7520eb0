"""Record results: take in the panel's scores, decide each round with its last score, and certify at 80 percent."""

from datetime import datetime
from pathlib import Path

from prefect import flow

from schemas.records import SeasonPart, Tally
from tasks.clock import moment_of_run
from tasks.conservation import check_conservation
from tasks.intake import stage_files
from tasks.reviews import settle_scores
from tasks.season_guard import acts_in
from tasks.validation_page import publish_validation


@flow(name="record-results")
@acts_in(SeasonPart.REVIEWS)
def record_results(season: str, as_of: datetime | None = None, files: list[Path] | None = None) -> list[Tally]:
    """Record results: take in the panel's scores, decide each round with its last score, and certify at 80 percent.

    Owner: program staff
    Impact: a participant waits for the result and the certificate.
    Rerun: safe at any time; what was done is found done, and nothing is sent twice.
    First triage step: look at the quarantined scores; each names the id that does not match.
    """
    moment = moment_of_run(as_of)
    stage_files(season, "score", moment, files)
    settle_scores(season, moment)
    publish_validation(season, moment, "score")
    return check_conservation(season, "score", "reviews", "certificates")
