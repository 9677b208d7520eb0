"""``cadre person``: the people on record."""

from typing import Annotated

from cyclopts import App, Parameter

from deployments.cli.output import AsJson, Season, say, say_error
from schemas.settings import settings

person_app = App(name="person", help="The people on record.")
DEFAULT_SEASON = settings().season
By = Annotated[str, Parameter(help="Who asks for it.")]
Why = Annotated[str, Parameter(help="Kept with the decision.")]


@person_app.command(name="address")
def person_address(
    email: str,
    new_email: str,
    *,
    by: By = "participant",
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


@person_app.command(name="merge")
def person_merge(
    kept: str,
    other: str,
    *,
    reason: Why,
    by: By = "program staff",
    confirmed: Annotated[bool, Parameter(name="--yes", negative=(), help="Do it; else it is only shown.")] = False,
    season: Season = DEFAULT_SEASON,
    as_json: AsJson = False,
) -> int:
    """Make two records of one human being one person, by their ids; shown first, and done with --yes."""
    from tasks.core.clock import now  # noqa: PLC0415 - see above
    from tasks.enrollment.merges import merge_in_words, merge_records  # noqa: PLC0415 - see above
    from tasks.ledger.unit_of_work import OperatorError  # noqa: PLC0415 - see above

    try:
        told = merge_in_words(kept, other)
        if confirmed:
            told = merge_records.fn(season, kept, other, reason=reason, requested_by=by, as_of=now())
    except OperatorError as error:
        return say_error(error, as_json=as_json)
    say({"merged": confirmed, "told": told}, as_json=as_json, text=told)
    return 0


@person_app.command(name="part")
def person_part(
    other: str, *, reason: Why, by: By = "program staff", season: Season = DEFAULT_SEASON, as_json: AsJson = False
) -> int:
    """Undo a merge: the records of a person are that person's own again."""
    from tasks.core.clock import now  # noqa: PLC0415 - see above
    from tasks.enrollment.merges import part_records  # noqa: PLC0415 - see above
    from tasks.ledger.unit_of_work import OperatorError  # noqa: PLC0415 - see above

    try:
        told = part_records.fn(season, other, reason=reason, requested_by=by, as_of=now())
    except OperatorError as error:
        return say_error(error, as_json=as_json)
    say({"parted": True, "told": told}, as_json=as_json, text=told)
    return 0
