"""Take back a participant's request for graduate credits, by hand: void, or refunded by the provider."""

from datetime import datetime

from prefect import flow

from schemas.records import SeasonPart, Tally
from tasks.clock import moment_of_run
from tasks.conservation import check_conservation
from tasks.reconciliation import end_request_by_hand
from tasks.season_guard import acts_in


@flow(name="end-credit-request")
@acts_in(SeasonPart.CREDITS)
def end_credit_request(
    season: str, email: str, component: str, reason: str, requested_by: str, as_of: datetime | None = None
) -> list[Tally]:
    """Take back a participant's request for graduate credits, by hand: void, or refunded by the provider.

    Owner: program staff, with the credit provider
    Impact: only this request.
    Rerun: safe; the provider is asked with the same reference, and answers the same.
    First triage step: the message says whether the transcript has been sent.
    """
    moment = moment_of_run(as_of)
    end_request_by_hand(season, (email, component), reason, requested_by, moment)
    return check_conservation(season, "transcripts")
