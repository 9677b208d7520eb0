"""Cohorts: scheduled, followed through phase 1, and changed."""

from datetime import datetime

from prefect import flow

from schemas.kinds import InputKind
from schemas.records import PersonId, SeasonPart, Tally
from tasks.cohorts.attendance import check_in_with_leads, propose_merges, settle_attendance
from tasks.cohorts.changes import merge_two_cohorts, move_session, move_to_cohort
from tasks.cohorts.replan import plan_cohorts_again
from tasks.cohorts.schedule import schedule_cohorts_once
from tasks.cohorts.unplaced import tell_who_waits
from tasks.core.clock import moment_of_run
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
    """Schedule cohorts of 15 to 35, private and combined, with their sessions and facilitators; tell who waits the choices.

    Owner: program staff, with the provider
    Impact: without a cohort phase 1 does not begin.
    Rerun: safe; one plan for one moment, and existing cohorts are left as they are.
    First triage step: read why a district was not placed: its decision names the slot or facilitator that is missing.
    """
    moment = moment_of_run(as_of)
    schedule_cohorts_once(season, moment)
    tell_who_waits(season, moment)
    return check_control_totals(season, "cohorts")


@flow(name="watch-cohorts")
@acts_in(SeasonPart.PHASE_ONE)
def watch_cohorts(season: str, as_of: datetime | None = None, files: list[InboxPath] | None = None) -> list[Tally]:
    """Follow phase 1: import attendance, tell who missed sessions or has no cohort, check in with leads, propose merges.

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

    A private cohort of another district, and a time that the participant's district did not mark, need an ``exception_reason``;
    the letter tells it.

    Owner: program staff
    Impact: only this participant.
    Rerun: safe; who is in the cohort already stays there.
    First triage step: the message says whether the cohort is full, over or too far on, or needs an exception.
    """
    moment = moment_of_run(as_of)
    move_to_cohort(season, address_of(person), cohort_id, reason, moment, exception_reason=exception_reason)
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
    season: str, cohort_id: str, session_number: int, starts_at: datetime, reason: str, as_of: datetime | None = None
) -> list[Tally]:
    """Hold a session of a cohort on another day (manual action); calendars follow.

    Owner: program staff
    Impact: everybody of the cohort.
    Rerun: safe; a session that is held then already stays.
    First triage step: the message names the day that does not fit, or that the facilitator is in another meeting.
    """
    moment = moment_of_run(as_of)
    move_session(season, cohort_id, session_number, starts_at, reason=reason, as_of=moment)
    return check_control_totals(season, "cohorts")
