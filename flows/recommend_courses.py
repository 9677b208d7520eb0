"""Tell the academy participants of a district which courses their lead recommends; it limits nobody."""

from datetime import datetime

from prefect import flow

from schemas.records import SeasonPart, Tally
from tasks.clock import moment_of_run
from tasks.conservation import check_conservation
from tasks.season_guard import acts_in
from tasks.webinars import recommend_courses_by_hand


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
    recommend_courses_by_hand(season, lea_id, courses, message, moment)
    return check_conservation(season, "letters")
