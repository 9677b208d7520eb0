"""Confirm seats in mid June: first come, first served, after the agency's approval; then every district gets its letter."""

from datetime import datetime

from prefect import flow

from schemas.records import SeasonPart, Tally
from tasks.approval import ask_agency
from tasks.clock import moment_of_run
from tasks.conservation import check_conservation
from tasks.season_guard import acts_in
from tasks.seats import apply_approved_rounds, propose_seats


@flow(name="confirm-seats")
@acts_in(SeasonPart.CONFIRMATION)
def confirm_seats(season: str, as_of: datetime | None = None) -> list[Tally]:
    """Confirm seats in mid June: first come, first served, after the agency's approval; then every district gets its letter.

    The run suspends until the agency has answered the form; on resume it starts from the top and finds its own proposal.

    Owner: program staff, with the agency
    Impact: until it is approved no district has a seat.
    Rerun: safe at any time; what was done is found done, and nothing is sent twice.
    First triage step: open the suspended run, press Resume and answer; or `cadre seats approve`.
    """
    moment = moment_of_run(as_of)
    ask_agency(season, propose_seats(season, moment))
    apply_approved_rounds(season, moment)
    return check_conservation(season, "seats")
