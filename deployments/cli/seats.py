"""``cadre seats``: the agency's answer to a round of seats."""

import os
from typing import Annotated

from cyclopts import App, Parameter

from deployments.cli.output import AsJson, say

seats_app = App(name="seats", help="Seats and their confirmation.")
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
