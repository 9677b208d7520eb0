"""Cohorts: scheduled, their starts agreed, followed through phase 1, and changed."""

from datetime import date, datetime

from prefect import flow

from schemas.kinds import InputKind
from schemas.records import Component, PersonId, SeasonPart, Tally
from tasks.cohorts.attendance import check_in_with_leads, propose_merges, settle_attendance
from tasks.cohorts.changes import merge_two_cohorts, move_to_cohort
from tasks.cohorts.moved_sessions import move_session
from tasks.cohorts.replan import plan_cohorts_again
from tasks.cohorts.schedule import schedule_cohorts_once
from tasks.cohorts.start_answers import decide_on_start, record_start_answer, settle_start_answers
from tasks.cohorts.starts import confirm_silent_starts, propose_starts
from tasks.cohorts.unplaced import tell_who_waits
from tasks.core.clock import moment_of_run
from tasks.enrollment.without_cohort import end_seats_without_cohort
from tasks.intake.inbox import InboxPath
from tasks.intake.pipeline import stage_files
from tasks.intake.validation_report import publish_validation
from tasks.ledger.persons import address_of
from tasks.portfolios.host_changes import pass_office_hours
from tasks.season.control_totals import check_control_totals
from tasks.season.guard import acts_in


@flow(name="schedule-cohorts")
@acts_in(SeasonPart.PLANNING)
def schedule_cohorts(season: str, as_of: datetime | None = None) -> list[Tally]:
    """Schedule cohorts of 15 to 35, private and combined, with sessions and facilitators, and propose the starts to the leads.

    Who has no cohort is told the choices.

    Owner: program staff, with the provider
    Impact: without a cohort phase 1 does not begin.
    Rerun: safe; one plan for one moment, and existing cohorts are left as they are.
    First triage step: read why a district was not placed: its decision names the slot or facilitator that is missing.
    """
    moment = moment_of_run(as_of)
    schedule_cohorts_once(season, moment)
    propose_starts(season, moment)
    tell_who_waits(season, moment)
    return check_control_totals(season, "cohorts")


@flow(name="agree-starts")
@acts_in(SeasonPart.PLANNING)
def agree_starts(season: str, as_of: datetime | None = None, files: list[InboxPath] | None = None) -> list[Tally]:
    """Agree on the start of each cohort: import the leads' answers, propose what is new, and let silence confirm.

    Owner: program staff
    Impact: a lead who asked for another start is not heard before the cohort begins.
    Rerun: safe at any time; what was done is found done, and nothing is sent twice.
    First triage step: look at the quarantined answers; each names the cohort or the day.
    """
    moment = moment_of_run(as_of)
    stage_files(season, InputKind.START, moment, files)
    settle_start_answers(season, moment)
    propose_starts(season, moment)
    confirm_silent_starts(season, moment)
    publish_validation(season, moment, InputKind.START)
    return check_control_totals(season, "start", "cohorts")


@flow(name="watch-cohorts")
@acts_in(SeasonPart.PHASE_ONE)
def watch_cohorts(season: str, as_of: datetime | None = None, files: list[InboxPath] | None = None) -> list[Tally]:
    """Follow phase 1: import attendance, tell who missed sessions or has no cohort, check in with leads, propose merges.

    When no cohort can be joined any more, the seats of who has none end, with a letter.

    Owner: program staff, with the provider
    Impact: who misses sessions is noticed too late.
    Rerun: safe at any time; what was done is found done, and nothing is sent twice.
    First triage step: look at the quarantined attendance; each row names the session or the person.
    """
    moment = moment_of_run(as_of)
    stage_files(season, InputKind.ATTENDANCE, moment, files)
    settle_attendance(season, moment)
    check_in_with_leads(season, moment)
    propose_merges(season, moment)
    end_seats_without_cohort(season, moment)
    tell_who_waits(season, moment)
    publish_validation(season, moment, InputKind.ATTENDANCE)
    return check_control_totals(season, "attendance", "cohorts")


@flow(name="replan-cohorts")
@acts_in(SeasonPart.PLANNING)
def replan_cohorts(
    season: str, reason: str, without: list[str] | None = None, as_of: datetime | None = None
) -> list[Tally]:
    """Plan cohorts again (manual action): late sign-ups and leavers, or a facilitator (``without``) who is gone.

    Cohorts that have met stay as they are; of the others as few people as possible move. ``cadre cohort replan`` shows
    beforehand who would. Office hours of who is gone are hosted by others, or canceled where nobody can.

    Owner: program staff
    Impact: who moves gets another place in the calendar.
    Rerun: safe; one moment is planned once.
    First triage step: look at the decisions of rule cohort-replan; "operator" names a cohort that nobody leads.
    """
    moment = moment_of_run(as_of)
    plan_cohorts_again(season, without or [], reason, moment)
    pass_office_hours(season, reason, moment)
    tell_who_waits(season, moment)
    return check_control_totals(season, "cohorts")


@flow(name="answer-start")
@acts_in(SeasonPart.PLANNING)
def answer_start(
    season: str,
    district: str,
    cohort_id: str,
    requested_by: str,
    another_start: date | None = None,
    as_of: datetime | None = None,
) -> list[Tally]:
    """Record what a lead says to the start of a cohort (manual action): that it works, or that another start would.

    Without ``another_start`` the start is confirmed. A private cohort moves at once if the other start fits.

    Owner: program staff
    Impact: a private cohort may move; then everybody in it is told, and calendars follow.
    Rerun: safe; one answer is recorded once.
    First triage step: the message says why there is nothing to answer any more.
    """
    moment = moment_of_run(as_of)
    record_start_answer(season, district, cohort_id, another_start, requested_by=requested_by, as_of=moment)
    return check_control_totals(season, "cohorts")


@flow(name="change-start")
@acts_in(SeasonPart.PLANNING)
def change_start(
    season: str, cohort_id: str, starts_on: date, reason: str, as_of: datetime | None = None
) -> list[Tally]:
    """Move a cohort that has not begun to another start, or keep its own (manual action); the reason is told to the leads.

    To keep it, name the start that it has: leads who asked for another are told why.

    Owner: program staff
    Impact: where the cohort moves, everybody in it starts on another day; calendars follow.
    Rerun: safe; one moment is decided once.
    First triage step: the message names what speaks against the start, and the nearest ones that are possible.
    """
    moment = moment_of_run(as_of)
    decide_on_start(season, cohort_id, starts_on, reason, moment)
    return check_control_totals(season, "cohorts")


@flow(name="move-participant")
@acts_in(SeasonPart.PLANNING)
def move_participant(
    season: str,
    person: PersonId,
    cohort_id: str,
    reason: str,
    exception_reason: str = "",
    as_of: datetime | None = None,
) -> list[Tally]:
    """Move a participant to another cohort, or place one who waits (manual action); calendars follow.

    The participant is told the ``reason``; the lead is told the move. A private cohort of another district, and a time that the
    participant's district did not mark, need an ``exception_reason``: the letters tell it, also the lead of that cohort.

    Owner: program staff
    Impact: only this participant.
    Rerun: safe; who is in the cohort already stays there.
    First triage step: the message says whether the cohort is full, over or too far on, or needs an exception.
    """
    moment = moment_of_run(as_of)
    move_to_cohort(
        season,
        address_of(person, season, Component.CERTIFICATION),
        cohort_id,
        reason,
        moment,
        exception_reason=exception_reason,
    )
    return check_control_totals(season, "cohorts")


@flow(name="merge-cohorts")
@acts_in(SeasonPart.PLANNING)
def merge_cohorts(
    season: str,
    cohort_id: str,
    into_cohort_id: str,
    reason: str,
    exception_reason: str = "",
    as_of: datetime | None = None,
) -> list[Tally]:
    """Merge a cohort that has become small into another (manual action); calendars follow.

    Everybody who moves and the lead of each district in one of the cohorts is told, with the ``reason``.
    A private cohort of another district, and a time that a district did not mark, need an ``exception_reason``; the letters
    tell it.

    Owner: program staff
    Impact: everybody of the first cohort meets at another time.
    Rerun: safe; a merged cohort is left as it is.
    First triage step: the message says what speaks against it.
    """
    moment = moment_of_run(as_of)
    merge_two_cohorts(season, cohort_id, into_cohort_id, reason, moment, exception_reason=exception_reason)
    return check_control_totals(season, "cohorts")


@flow(name="reschedule-session")
@acts_in(SeasonPart.PLANNING)
def reschedule_session(
    season: str,
    cohort_id: str,
    session_number: int,
    starts_at: datetime,
    reason: str,
    exception_reason: str = "",
    as_of: datetime | None = None,
) -> list[Tally]:
    """Hold a session of a cohort at another time (manual action); calendars follow, and the leads are told.

    A time that a district of the cohort did not mark needs an ``exception_reason``; the letters tell it.

    Owner: program staff
    Impact: everybody of the cohort.
    Rerun: safe; a session that is held then already stays.
    First triage step: the message says what speaks against the day, or which districts did not mark the time.
    """
    moment, told = moment_of_run(as_of), {"reason": reason, "exception_reason": exception_reason}
    move_session(season, cohort_id, session_number, starts_at, **told, as_of=moment)
    return check_control_totals(season, "cohorts")
