"""Compare our requests for transcripts with the credit provider's list, and show and tell the differences."""

from datetime import datetime

from prefect import flow

from schemas.records import SeasonPart, Tally
from tasks.clock import moment_of_run
from tasks.conservation import check_conservation
from tasks.reconciliation import reconcile_requests
from tasks.season_guard import acts_in


@flow(name="reconcile-transcripts")
@acts_in(SeasonPart.CREDITS)
def reconcile_transcripts(season: str, as_of: datetime | None = None) -> list[Tally]:
    """Compare our requests for transcripts with the credit provider's list, and show and tell the differences.

    Owner: program staff, with the credit provider
    Impact: a credit that was paid for could be lost unnoticed.
    Rerun: safe; it only reads and tells.
    First triage step: open report/reconciliation in the data directory; ask the provider about what it lists.
    """
    moment = moment_of_run(as_of)
    reconcile_requests(season, moment)
    return check_conservation(season, "transcripts")
