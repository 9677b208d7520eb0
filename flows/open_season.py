"""Open a season: its policy and the agency's grant, the districts, the facilitators and the independent panel."""

from datetime import datetime
from pathlib import Path

from prefect import flow

from schemas.records import SeasonPart, Tally
from tasks.clock import moment_of_run
from tasks.conservation import check_conservation
from tasks.season_guard import acts_in
from tasks.seasons import load_districts, load_panel, open_season_books


@flow(name="open-season")
@acts_in(SeasonPart.OPENING)
def open_season(
    season: str, districts: Path, facilitators: Path, evaluators: Path, as_of: datetime | None = None
) -> list[Tally]:
    """Open a season: its policy and the agency's grant, the districts, the facilitators and the independent panel.

    Owner: program staff
    Impact: without it no other flow of the season can run.
    Rerun: safe; lists are added to, never overwritten, and the grant follows the policy file.
    First triage step: run `cadre policy check` on the season's file.
    """
    open_season_books(season, moment_of_run(as_of))
    load_districts(districts)
    load_panel(facilitators, evaluators)
    return check_conservation(season, "survey", "seats")
