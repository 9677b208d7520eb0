"""Review a portfolio again, started by hand with a reason; the earlier result stays on record and the newer one stands."""

from datetime import datetime

from prefect import flow

from schemas.records import SeasonPart, Tally
from tasks.clock import moment_of_run
from tasks.conservation import check_conservation
from tasks.reviews import open_re_review
from tasks.season_guard import acts_in


@flow(name="review-again")
@acts_in(SeasonPart.REVIEWS)
def review_again(
    season: str, portfolio_id: str, reason: str, requested_by: str, as_of: datetime | None = None
) -> list[Tally]:
    """Review a portfolio again, started by hand with a reason; the earlier result stays on record and the newer one stands.

    Owner: program staff
    Impact: only this portfolio; its clock starts anew.
    Rerun: safe; the same request opens one round.
    First triage step: check the portfolio id, and that no round of it is open.
    """
    open_re_review(season, portfolio_id, reason, requested_by, moment_of_run(as_of))
    return check_conservation(season, "reviews")
