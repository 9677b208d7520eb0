"""``cadre person``: the people on record."""

from typing import Annotated

from cyclopts import App, Parameter

from deployments.cli.output import AsJson, Season, say, say_error
from schemas.settings import settings

person_app = App(name="person", help="The people on record.")
DEFAULT_SEASON = settings().season


@person_app.command(name="address")
def person_address(
    email: str,
    new_email: str,
    *,
    by: Annotated[str, Parameter(help="Who asks for it.")] = "participant",
    season: Season = DEFAULT_SEASON,
    as_json: AsJson = False,
) -> int:
    """Give a participant another address; exit code 1 where nobody has the first one, or somebody else the new one."""
    from tasks.core.clock import now  # noqa: PLC0415 - keeps the other commands quick
    from tasks.enrollment.addresses import change_address_of  # noqa: PLC0415 - see above
    from tasks.ledger.unit_of_work import OperatorError  # noqa: PLC0415 - see above

    try:
        told = change_address_of.fn(season, email, new_email, requested_by=by, as_of=now())
    except OperatorError as error:
        return say_error(error, as_json=as_json)
    say({"changed": True, "told": told}, as_json=as_json, text=told)
    return 0
