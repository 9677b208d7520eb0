"""Request transcripts for those who opted in to graduate credits, once each, and look up their state."""

from datetime import datetime
from pathlib import Path

from prefect import flow

from schemas.records import SeasonPart, Tally
from tasks.clock import moment_of_run
from tasks.conservation import check_conservation
from tasks.credits import look_up_requests, send_transcript_requests, settle_opt_ins
from tasks.intake import stage_files
from tasks.season_guard import acts_in
from tasks.validation_page import publish_validation


@flow(name="request-transcripts")
@acts_in(SeasonPart.CREDITS)
def request_transcripts(season: str, as_of: datetime | None = None, files: list[Path] | None = None) -> list[Tally]:
    """Request transcripts for those who opted in to graduate credits, once each, and look up their state.

    Owner: program staff, with the credit provider
    Impact: a participant who paid gets no transcript.
    Rerun: safe; each request carries its key and is made once.
    First triage step: see whether the provider answers; refused requests name the provider's reason.
    """
    moment = moment_of_run(as_of)
    stage_files(season, "credit", moment, files)
    settle_opt_ins(season, moment)
    send_transcript_requests(season, moment)
    look_up_requests(season, moment)
    publish_validation(season, moment, "credit")
    return check_conservation(season, "credit", "transcripts")
