"""The Summer Learning Academy: course selections, webinars, and recommendations."""

from datetime import datetime

from prefect import flow

from schemas.kinds import InputKind
from schemas.records import SeasonPart, Tally
from tasks.academy.selections import settle_selections
from tasks.academy.webinars import invite_to_webinars as invite
from tasks.academy.webinars import send_recommendation, update_webinar
from tasks.core.clock import moment_of_run
from tasks.intake.inbox import InboxPath
from tasks.intake.pipeline import stage_files
from tasks.intake.validation_report import publish_validation
from tasks.season.control_totals import check_control_totals
from tasks.season.guard import acts_in


@flow(name="import-selections")
@acts_in(SeasonPart.ACADEMY)
def import_selections(season: str, as_of: datetime | None = None, files: list[InboxPath] | None = None) -> list[Tally]:
    """Import Summer Learning Academy selections and completions.

    Owner: program staff
    Impact: a completion that is not imported makes no credit.
    Rerun: safe at any time; what was done is found done, and nothing is sent twice.
    First triage step: look at the quarantined rows; each names the course or the limit.
    """
    moment = moment_of_run(as_of)
    stage_files(season, InputKind.SELECTION, moment, files)
    settle_selections(season, moment)
    publish_validation(season, moment, InputKind.SELECTION)
    return check_control_totals(season, "selection")


@flow(name="invite-to-webinars")
@acts_in(SeasonPart.ACADEMY)
def invite_to_webinars(season: str, as_of: datetime | None = None) -> list[Tally]:
    """Invite academy participants to the webinars of the summer, with a calendar file.

    Owner: program staff
    Impact: participants miss the webinars; the recordings are there all the same.
    Rerun: safe; nobody is invited twice.
    First triage step: see whether the participant has signed the commitment form.
    """
    moment = moment_of_run(as_of)
    invite(season, moment)
    return check_control_totals(season, "letters")


@flow(name="change-webinar")
@acts_in(SeasonPart.ACADEMY)
def change_webinar(
    season: str,
    webinar_id: str,
    requested_by: str,
    starts_at: datetime | None = None,
    is_canceled: bool = False,
    recording_url: str = "",
    as_of: datetime | None = None,
) -> list[Tally]:
    """Change a webinar (manual action): another time, canceled, or its recording; calendars follow.

    Owner: program staff
    Impact: all academy participants get a letter.
    Rerun: safe; the same change is made once.
    First triage step: the message says which webinars there are.
    """
    moment = moment_of_run(as_of)
    named = {"starts_at": starts_at, "is_canceled": is_canceled, "recording_url": recording_url}
    update_webinar(season, webinar_id, named, requested_by, moment)
    return check_control_totals(season, "letters")


@flow(name="recommend-courses")
@acts_in(SeasonPart.ACADEMY)
def recommend_courses(
    season: str, lea_id: str, courses: list[str], message: str = "", as_of: datetime | None = None
) -> list[Tally]:
    """Tell the academy participants of a district which courses their lead recommends; it limits nobody.

    Owner: program staff
    Impact: only a message.
    Rerun: safe; nobody is told twice.
    First triage step: check the course codes.
    """
    moment = moment_of_run(as_of)
    send_recommendation(season, lea_id, courses, message, moment)
    return check_control_totals(season, "letters")
