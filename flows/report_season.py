"""Report the season: every phase's rows with its conservation equation, as a page and as Prefect artifacts."""

from datetime import datetime

from prefect import flow

from schemas.records import SeasonPart, Tally
from tasks.clock import moment_of_run
from tasks.conservation import PHASES, check_conservation
from tasks.report import write_report
from tasks.season_guard import acts_in


@flow(name="report-season")
@acts_in(SeasonPart.WHOLE)
def report_season(season: str, as_of: datetime | None = None) -> list[Tally]:
    """Report the season: every phase's rows with its conservation equation, as a page and as Prefect artifacts.

    Owner: program staff
    Impact: none; it only reads.
    Rerun: safe; the page is written anew.
    First triage step: run `cadre status`; it shows the equation that does not hold.
    """
    write_report(season, moment_of_run(as_of))
    return check_conservation(season, *PHASES)
