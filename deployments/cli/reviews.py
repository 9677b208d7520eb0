"""``cadre review``: which weeks will break the SLA as things stand, and re-reviews."""

from dataclasses import asdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

from cyclopts import App, Parameter

from deployments.cli.output import AsJson, Season, only_what_we_say, say, say_error
from rules.wording import count
from schemas.settings import settings

if TYPE_CHECKING:
    from tasks.reviews.forecast import Forecast

review_app = App(name="review", help="Portfolio reviews.")
DEFAULT_SEASON = settings().season
SHOWN = 20


@review_app.command(name="forecast")
def review_forecast(
    *,
    as_of: Annotated[datetime | None, Parameter(help="The moment to look ahead from; now if left out.")] = None,
    season: str = settings().season,
    as_json: AsJson = False,
) -> int:
    """Look ahead over the panel's weeks; exit code 1 where a portfolio will be past its limit."""
    from tasks.core.policies import policy_of  # noqa: PLC0415 - see above
    from tasks.reviews.forecast import forecast  # noqa: PLC0415 - keeps the other commands quick

    with only_what_we_say():
        found = forecast(season, policy_of(season).at(as_of) if as_of else datetime.now(UTC))
    say(asdict(found), as_json=as_json, text=_text(found))
    return 1 if found.breached else 0


def _text(found: "Forecast") -> str:
    lines = [f"{found.reviews} reviews are to be written."]
    if found.weeks:
        lines.append("week of      due  capacity  planned  past target  breaches")
    lines += [
        f"{row['week_of']}{row['due']:>6}{row['capacity']:>10}{row['reviews']:>9}{row['past_target']:>13}{row['breaches']:>10}"
        for row in found.weeks
    ]
    lines.append(found.bottleneck)
    for name, portfolios in (("Past the limit", found.breached), ("Past the target", found.late)):
        if portfolios:
            more = f" and {len(portfolios) - SHOWN} more" if len(portfolios) > SHOWN else ""
            lines.append(f"{name}: {', '.join(portfolios[:SHOWN])}{more}.")
    if found.breached:
        lines.append(_help(found.evaluators_needed))
    if not found.is_proven:
        lines.append("The time was too short to prove that no plan is better.")
    return "\n".join(lines)


def _help(needed: int | None) -> str:
    if needed is None:
        return "No number of further evaluators would prevent it."
    if needed == 0:
        return "What is past its limit is past it already, or can be saved by giving reviews to others of the panel."
    return f"{count(needed, 'more evaluator')} would prevent every breach that can still be prevented."


@review_app.command(name="conflict")
def review_conflict_command(
    evaluator: str,
    district: str,
    *,
    reason: Annotated[str, Parameter(help="Why; it stays on record.")],
    season: Season = DEFAULT_SEASON,
    as_json: AsJson = False,
) -> int:
    """Declare an evaluator's conflict with a district (NCES id); open reviews of its participants wait for others."""
    from tasks.core.clock import now  # noqa: PLC0415 - see above
    from tasks.ledger.unit_of_work import OperatorError  # noqa: PLC0415 - see above
    from tasks.reviews.conflicts import put_conflict_on_record  # noqa: PLC0415 - see above

    try:
        withdrawn = put_conflict_on_record.fn(season, evaluator, district, reason, now())
    except OperatorError as error:
        return say_error(error, as_json=as_json)
    text = f"The conflict is on record; {count(len(withdrawn), 'review waits', 'reviews wait')} for somebody else."
    say({"withdrawn": withdrawn}, as_json=as_json, text=text)
    return 0


@review_app.command(name="again")
def review_again_command(
    portfolio: str,
    *,
    reason: Annotated[str, Parameter(help="Why; it stays on record.")],
    by: Annotated[str, Parameter(help="Who asks.")] = "operator",
    season: Season = DEFAULT_SEASON,
    as_json: AsJson = False,
) -> int:
    """Start a re-review of a portfolio; the earlier result stays on record."""
    from tasks.core.clock import now  # noqa: PLC0415 - see above
    from tasks.ledger.unit_of_work import OperatorError  # noqa: PLC0415 - see above
    from tasks.reviews.results import open_re_review  # noqa: PLC0415 - see above

    try:
        number = open_re_review.fn(season, portfolio, reason, by, now())
    except OperatorError as error:
        return say_error(error, as_json=as_json)
    say({"portfolio": portfolio, "round": number}, as_json=as_json, text=f"Round {number} of {portfolio} is open.")
    return 0
