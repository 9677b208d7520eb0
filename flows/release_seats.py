"""Release the seats that were not filled by their deadline to the districts in line."""

from datetime import datetime

from prefect import flow

from schemas.records import SeasonPart, Tally
from tasks.clock import moment_of_run
from tasks.conservation import check_conservation
from tasks.release import release_unfilled_seats
from tasks.season_guard import acts_in


@flow(name="release-seats")
@acts_in(SeasonPart.SEATS)
def release_seats(season: str, as_of: datetime | None = None) -> list[Tally]:
    """Release the seats that were not filled by their deadline to the districts in line.

    Owner: program staff
    Impact: districts in line wait for these seats.
    Rerun: safe at any time; what was done is found done, and nothing is sent twice.
    First triage step: compare the district's roster with its signed forms.
    """
    moment = moment_of_run(as_of)
    release_unfilled_seats(season, moment)
    return check_conservation(season, "seats", "enrolment")
