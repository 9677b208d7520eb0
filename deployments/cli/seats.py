"""``cadre seats``: the agency's answer to a round, more seats for a district, and proof for its librarians."""

import os
from pathlib import Path
from typing import Annotated, Literal

from cyclopts import App, Parameter

from deployments.cli.output import AsJson, Season, say, say_error
from schemas.settings import settings

seats_app = App(name="seats", help="Seats and their confirmation.")
DEFAULT_SEASON = settings().season
NO_SERVER = "No server is running on this data directory; start it with `make up`."


@seats_app.command(name="approve")
def seats_approve(
    *,
    by: Annotated[str, Parameter(help="Who answers for the agency.")],
    note: str = "",
    reject: Annotated[bool, Parameter(negative=(), help="Reject instead.")] = False,
    as_json: AsJson = False,
) -> int:
    """Answer the seat confirmations that wait for the agency; exit code 1 where none waits."""
    from deployments.conductor import answer, client, waiting_for_approval  # noqa: PLC0415 - see above

    if "PREFECT_API_URL" not in os.environ:
        say({"error": NO_SERVER}, as_json=as_json, text=NO_SERVER)
        return 1
    with client() as api:
        runs = waiting_for_approval(api)
    for run in runs:
        answer(run, "reject" if reject else "approve", by, note)
    names = [run.name for run in runs]
    say({"answered": names}, as_json=as_json, text=f"Answered: {', '.join(names) or 'no run waits for the agency'}")
    return 0 if runs else 1


@seats_app.command(name="request")
def seats_request(
    district: str,
    component: Literal["certification", "academy", "librarian", "exfrl"],
    seats: int,
    *,
    by: Annotated[str, Parameter(help="Who asks for them.")],
    season: Season = DEFAULT_SEASON,
    as_json: AsJson = False,
) -> int:
    """Put a district's (NCES id) request for more seats on the waitlist, at its end."""
    from tasks.core.clock import now  # noqa: PLC0415 - see above
    from tasks.ledger.unit_of_work import OperatorError  # noqa: PLC0415 - see above
    from tasks.seats.more_seats import request_seats  # noqa: PLC0415 - see above

    try:
        told = request_seats.fn(season, district, component, seats, requested_by=by, as_of=now())
    except OperatorError as error:
        return say_error(error, as_json=as_json)
    say({"district": district, "component": component, "told": told}, as_json=as_json, text=told)
    return 0


@seats_app.command(name="proof")
def seats_proof(
    file: Path,
    *,
    by: Annotated[str, Parameter(help="Who has seen the proof.")],
    season: Season = DEFAULT_SEASON,
    as_json: AsJson = False,
) -> int:
    """Record by a file (lea_id, email, proof, valid_until) that librarians are certified; exit code 1 for a rejected row."""
    from deployments.cli.survey_files import record_proofs_here  # noqa: PLC0415 - see above
    from deployments.cli.surveys import tell_reports  # noqa: PLC0415 - see above

    return tell_reports(record_proofs_here(season, file, by), as_json=as_json)
