"""Portfolios: office hours, reminders, submissions, and more time."""

from datetime import date, datetime

from prefect import flow

from schemas.kinds import InputKind
from schemas.records import Component, PersonId, SeasonPart, Tally, Track
from tasks.core.clock import moment_of_run
from tasks.intake.inbox import InboxPath
from tasks.intake.pipeline import stage_files
from tasks.intake.validation_report import publish_validation
from tasks.ledger.persons import address_of
from tasks.portfolios.care import extend_time, remind_participants
from tasks.portfolios.guidance import guide_librarians
from tasks.portfolios.office_hours import offer_office_hours, update_office_hour
from tasks.portfolios.resubmissions import remind_of_resubmissions
from tasks.portfolios.submissions import settle_portfolios
from tasks.season.control_totals import check_control_totals
from tasks.season.guard import acts_in


@flow(name="watch-portfolios")
@acts_in(SeasonPart.REVIEWS)
def watch_portfolios(season: str, as_of: datetime | None = None) -> list[Tally]:
    """Care for those who make their portfolios: office hours of each district, guidance for librarians who need no cohort, and
    reminders before the time ends, the first or the one to submit again.

    Owner: program staff
    Impact: who forgets the last day misses the certification.
    Rerun: safe at any time; what was done is found done, and nothing is sent twice.
    First triage step: see whether the participant is in a cohort, or is a librarian who is certified already.
    """
    moment = moment_of_run(as_of)
    offer_office_hours(season, moment)
    guide_librarians(season, moment)
    remind_participants(season, moment)
    remind_of_resubmissions(season, moment)
    return check_control_totals(season, "letters")


@flow(name="import-portfolios")
@acts_in(SeasonPart.REVIEWS)
def import_portfolios(season: str, as_of: datetime | None = None, files: list[InboxPath] | None = None) -> list[Tally]:
    """Import portfolios: open a review round for each complete one, and tell the others what is missing.

    Owner: program staff
    Impact: the participant's six to eight weeks begin with the submission, imported or not.
    Rerun: safe at any time; what was done is found done, and nothing is sent twice.
    First triage step: look at the quarantined rows; each names the window, seat or form that is missing.
    """
    moment = moment_of_run(as_of)
    stage_files(season, InputKind.PORTFOLIO, moment, files)
    settle_portfolios(season, moment)
    publish_validation(season, moment, InputKind.PORTFOLIO)
    return check_control_totals(season, "portfolio", "reviews")


@flow(name="change-office-hour")
@acts_in(SeasonPart.PORTFOLIOS)
def change_office_hour(
    season: str,
    lea_id: str,
    planned_on: date,
    reason: str,
    starts_at: datetime | None = None,
    as_of: datetime | None = None,
) -> list[Tally]:
    """Move the office hours of a district (manual action), or cancel them where no new time is named; calendars follow.

    Owner: program staff
    Impact: the participants of the district get a letter.
    Rerun: safe; the same change is made once.
    First triage step: the message lists the office hours that there are.
    """
    moment = moment_of_run(as_of)
    update_office_hour(season, lea_id, planned_on, starts_at, reason=reason, as_of=moment)
    return check_control_totals(season, "letters")


@flow(name="extend-portfolio")
@acts_in(SeasonPart.REVIEWS)
def extend_portfolio(
    season: str, person: PersonId, track: Track, until: date, reason: str, as_of: datetime | None = None
) -> list[Tally]:
    """Give a participant more time for a portfolio (manual action), with a reason.

    Owner: program staff
    Impact: only this participant.
    Rerun: safe; the same extension is given once.
    First triage step: the message says how far the time can be extended.
    """
    moment = moment_of_run(as_of)
    extend_time(season, address_of(person, season, Component.CERTIFICATION), track, until, reason=reason, as_of=moment)
    return check_control_totals(season, "portfolio")
