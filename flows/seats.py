"""Seats: confirmed in mid June with the agency's approval, answered by districts, released when unfilled."""

from datetime import datetime

from prefect import flow

from schemas.kinds import InputKind
from schemas.records import Component, SeasonPart, Tally
from tasks.core.clock import moment_of_run
from tasks.intake.inbox import InboxPath
from tasks.intake.pipeline import stage_files
from tasks.intake.validation_report import publish_validation
from tasks.season.control_totals import check_control_totals
from tasks.season.guard import acts_in
from tasks.seats.answers import settle_offers
from tasks.seats.approval import ask_agency
from tasks.seats.closing import close_waitlist as end_waitlist
from tasks.seats.more_seats import request_seats as put_on_waitlist
from tasks.seats.more_seats import settle_seat_requests
from tasks.seats.release import release_unfilled_seats
from tasks.seats.rounds import apply_approved_rounds, propose_seats


@flow(name="confirm-seats")
@acts_in(SeasonPart.CONFIRMATION)
def confirm_seats(season: str, as_of: datetime | None = None) -> list[Tally]:
    """Confirm seats in mid June: first come, first served, after the agency's approval; then every district gets its letter.

    The run suspends until the agency has answered the form; on resume it starts from the top and finds its own proposal.

    Owner: program staff, with the agency
    Impact: until it is approved no district has a seat.
    Rerun: safe at any time; what was done is found done, and nothing is sent twice.
    First triage step: open the suspended run, press Resume and answer; or `cadre seats approve`. A run that failed names the
        requests for which there is no room any more: run it again, and the agency gets a new proposal.
    """
    moment = moment_of_run(as_of)
    ask_agency(season, propose_seats(season, moment), moment)
    apply_approved_rounds(season, moment)
    return check_control_totals(season, "seats")


@flow(name="import-answers")
@acts_in(SeasonPart.SEATS)
def import_answers(season: str, as_of: datetime | None = None, files: list[InboxPath] | None = None) -> list[Tally]:
    """Import the districts' answers to their seats, and settle the offers that nobody answered in time.

    Owner: program staff
    Impact: seats that a district does not want keep the districts on the waitlist waiting.
    Rerun: safe at any time; what was done is found done, and nothing is sent twice.
    First triage step: look at the quarantined answers; each names the seats or the day.
    """
    moment = moment_of_run(as_of)
    stage_files(season, InputKind.ANSWER, moment, files)
    settle_offers(season, moment)
    publish_validation(season, moment, InputKind.ANSWER)
    return check_control_totals(season, "answer", "seats")


@flow(name="release-seats")
@acts_in(SeasonPart.SEATS)
def release_seats(season: str, as_of: datetime | None = None) -> list[Tally]:
    """Release the seats that were not filled by their deadline to the districts on the waitlist.

    Owner: program staff
    Impact: districts on the waitlist wait for these seats.
    Rerun: safe at any time; what was done is found done, and nothing is sent twice.
    First triage step: compare the district's roster with its signed forms.
    """
    moment = moment_of_run(as_of)
    release_unfilled_seats(season, moment)
    return check_control_totals(season, "seats", "enrollment")


@flow(name="import-seat-requests")
@acts_in(SeasonPart.SURVEY)
def import_seat_requests(
    season: str, as_of: datetime | None = None, files: list[InboxPath] | None = None
) -> list[Tally]:
    """Import districts' requests for more seats after the survey has closed: each joins the end of the waitlist.

    Owner: program staff
    Impact: a request that is not imported has no place on the waitlist.
    Rerun: safe at any time; what was done is found done, and nothing is sent twice.
    First triage step: look at the quarantined requests; each says why no seats can be requested.
    """
    moment = moment_of_run(as_of)
    stage_files(season, InputKind.SEAT_REQUEST, moment, files)
    settle_seat_requests(season, moment)
    publish_validation(season, moment, InputKind.SEAT_REQUEST)
    return check_control_totals(season, "seat_request", "seats")


@flow(name="close-waitlist")
@acts_in(SeasonPart.SEATS)
def close_waitlist(season: str, as_of: datetime | None = None) -> list[Tally]:
    """End the waitlist on the last day of releases: every district that still waits gets its closing letter.

    Owner: program staff
    Impact: districts wait for seats that never come.
    Rerun: safe at any time, also late; what was closed stays closed, and nothing is sent twice.
    First triage step: none; a run before the last day of releases does nothing.
    """
    moment = moment_of_run(as_of)
    end_waitlist(season, moment)
    return check_control_totals(season, "seats")


@flow(name="request-seats")
@acts_in(SeasonPart.SURVEY)
def request_seats(
    season: str, district: str, component: Component, seats: int, requested_by: str, as_of: datetime | None = None
) -> list[Tally]:
    """Put a district's request for more seats on the waitlist, at its end (manual action).

    Owner: program staff
    Impact: only this district; it waits behind everybody who asked before.
    Rerun: safe; one request is one place.
    First triage step: the message says why no more seats can be requested.
    """
    moment = moment_of_run(as_of)
    put_on_waitlist(season, district, component, seats, requested_by=requested_by, as_of=moment)
    return check_control_totals(season, "seats")
