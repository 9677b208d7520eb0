"""Move a participant of the librarianship course to its other session, by hand."""

from datetime import datetime

from prefect import flow

from schemas.records import SeasonPart, Tally
from tasks.clock import moment_of_run
from tasks.conservation import check_conservation
from tasks.enrolment import move_to_session
from tasks.season_guard import acts_in


@flow(name="change-session")
@acts_in(SeasonPart.ENROLLMENT)
def change_session(
    season: str, email: str, session: str, requested_by: str, as_of: datetime | None = None
) -> list[Tally]:
    """Move a participant of the librarianship course to its other session, by hand.

    Owner: program staff
    Impact: only this participant.
    Rerun: safe; who is in the session already stays there.
    First triage step: the message says whether the session has begun or is full.
    """
    moment = moment_of_run(as_of)
    move_to_session(season, email, session, requested_by, moment)
    return check_conservation(season, "enrolment")
