"""Invite academy participants to the webinars of the summer, with a calendar file."""

from datetime import datetime

from prefect import flow

from schemas.records import SeasonPart, Tally
from tasks.clock import moment_of_run
from tasks.conservation import check_conservation
from tasks.season_guard import acts_in
from tasks.webinars import invite_to_webinars as invite


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
    return check_conservation(season, "letters")
