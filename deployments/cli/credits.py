"""``cadre credit``: requests for graduate credits."""

from datetime import UTC, datetime
from typing import Annotated, Literal

from cyclopts import App, Parameter

from deployments.cli.output import AsJson, Season, say, say_error
from schemas.settings import settings

credit_app = App(name="credit", help="Graduate credits.")
DEFAULT_SEASON = settings().season


@credit_app.command(name="again")
def credit_again_command(
    email: str,
    component: Literal["certification", "academy"],
    *,
    reason: Annotated[str, Parameter(help="Why; it stays on record.")],
    by: Annotated[str, Parameter(help="Who asks.")] = "operator",
    season: Season = DEFAULT_SEASON,
    as_json: AsJson = False,
) -> int:
    """Request credits again that were refused, refunded, or void; *Request transcripts* sends the new request."""
    from tasks.credits.requests import request_credits_again  # noqa: PLC0415 - keeps the other commands quick
    from tasks.ledger.unit_of_work import OperatorError  # noqa: PLC0415 - see above

    try:
        number = request_credits_again.fn(season, email, component, reason, requested_by=by, as_of=datetime.now(UTC))
    except OperatorError as error:
        return say_error(error, as_json=as_json)
    say({"component": component, "request": number}, as_json=as_json, text=f"Request {number} waits to be sent.")
    return 0
