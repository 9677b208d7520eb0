"""Change a webinar, by hand: another time, cancelled, or its recording; calendars follow."""

from datetime import datetime

from prefect import flow

from schemas.records import SeasonPart, Tally
from tasks.clock import moment_of_run
from tasks.conservation import check_conservation
from tasks.season_guard import acts_in
from tasks.webinars import change_webinar_by_hand


@flow(name="change-webinar")
@acts_in(SeasonPart.ACADEMY)
def change_webinar(
    season: str,
    webinar_id: str,
    requested_by: str,
    starts_at: datetime | None = None,
    is_cancelled: bool = False,
    recording_url: str = "",
    as_of: datetime | None = None,
) -> list[Tally]:
    """Change a webinar, by hand: another time, cancelled, or its recording; calendars follow.

    Owner: program staff
    Impact: all academy participants get a letter.
    Rerun: safe; the same change is made once.
    First triage step: the message says which webinars there are.
    """
    moment = moment_of_run(as_of)
    named = {"starts_at": starts_at, "is_cancelled": is_cancelled, "recording_url": recording_url}
    change_webinar_by_hand(season, webinar_id, named, requested_by, moment)
    return check_conservation(season, "letters")
