"""Enrollment: rosters and commitment forms, and what changes for one participant."""

from datetime import datetime

from prefect import flow

from schemas.kinds import InputKind
from schemas.records import Component, PersonId, SeasonPart, Tally
from tasks.core.clock import moment_of_run
from tasks.enrollment.addresses import settle_addresses
from tasks.enrollment.course_sessions import end_sessions
from tasks.enrollment.merges import keep_apart, merge_records, part_records, show_merge
from tasks.enrollment.reminders import remind_leads
from tasks.enrollment.rosters import move_to_session, seat_rosters, sign_commitment_forms
from tasks.enrollment.withdrawals import withdraw_from
from tasks.intake.inbox import InboxPath
from tasks.intake.pipeline import stage_files
from tasks.intake.validation_report import publish_validation
from tasks.ledger.persons import address_of
from tasks.season.control_totals import check_control_totals
from tasks.season.guard import acts_in
from tasks.seats.librarians import settle_proofs


@flow(name="enroll-educators")
@acts_in(SeasonPart.ENROLLMENT)
def enroll_educators(
    season: str,
    as_of: datetime | None = None,
    rosters: list[InboxPath] | None = None,
    forms: list[InboxPath] | None = None,
) -> list[Tally]:
    """Enroll educators: seat the people on the rosters, import signed commitment forms, remind leads, and end sessions.

    Owner: program staff
    Impact: an educator who is not enrolled misses the start.
    Rerun: safe at any time; what was done is found done, and nothing is sent twice.
    First triage step: look at the quarantined roster rows; each says why there is no seat.
    """
    moment = moment_of_run(as_of)
    stage_files(season, InputKind.ROSTER, moment, rosters)
    stage_files(season, InputKind.COMMITMENT, moment, forms)
    seat_rosters(season, moment)
    sign_commitment_forms(season, moment)
    remind_leads(season, moment)
    end_sessions(season, moment)
    publish_validation(season, moment, InputKind.ROSTER, InputKind.COMMITMENT)
    return check_control_totals(season, "roster", "commitment", "enrollment")


@flow(name="change-addresses")
@acts_in(SeasonPart.WHOLE)
def change_addresses(
    season: str,
    requested_by: str = "the participant",
    as_of: datetime | None = None,
    files: list[InboxPath] | None = None,
) -> list[Tally]:
    """Change participants' addresses: letters go to the new one, what comes from it is theirs, and both are told.

    The new addresses come from a file (email, new_email, changed_on) in the inbox folder ``address``: addresses do not go into
    run forms.

    Owner: program staff
    Impact: letters reach nobody, and what a participant sends from the new address is rejected.
    Rerun: safe; the same address is given once.
    First triage step: look at the quarantined rows; check the address on record with `cadre explain educator`.
    """
    moment = moment_of_run(as_of)
    stage_files(season, InputKind.ADDRESS, moment, files)
    settle_addresses(season, requested_by, moment)
    publish_validation(season, moment, InputKind.ADDRESS)
    return check_control_totals(season, "address", "letters")


@flow(name="record-proof")
@acts_in(SeasonPart.ENROLLMENT)
def record_proof(
    season: str, recorded_by: str, as_of: datetime | None = None, files: list[InboxPath] | None = None
) -> list[Tally]:
    """Record proof that librarians are certified educators already, where our register does not say so (manual action).

    It comes from a file (lea_id, email, proof, valid_until) in the inbox folder ``proof``: addresses do not go into run forms.

    Owner: program staff
    Impact: without it the roster line of such a librarian is rejected.
    Rerun: safe; the same proof is recorded once.
    First triage step: look at the quarantined rows; then send the rejected roster lines again.
    """
    moment = moment_of_run(as_of)
    stage_files(season, InputKind.PROOF, moment, files)
    settle_proofs(season, recorded_by, moment)
    publish_validation(season, moment, InputKind.PROOF)
    return check_control_totals(season, "proof")


@flow(name="change-session")
@acts_in(SeasonPart.ENROLLMENT)
def change_session(
    season: str, person: PersonId, session: str, requested_by: str, as_of: datetime | None = None
) -> list[Tally]:
    """Move a participant of the librarianship course to its other session (manual action).

    Owner: program staff
    Impact: only this participant.
    Rerun: safe; who is in the session already stays there.
    First triage step: the message says whether the session has begun or is full.
    """
    moment = moment_of_run(as_of)
    move_to_session(season, address_of(person, season, Component.EXFRL), session, requested_by, moment)
    return check_control_totals(season, "enrollment")


@flow(name="withdraw-participant")
@acts_in(SeasonPart.PORTFOLIOS)
def withdraw_participant(
    season: str, person: PersonId, component: str, reason: str, as_of: datetime | None = None
) -> list[Tally]:
    """End the participation of somebody who leaves and is not replaced (manual action).

    Owner: program staff
    Impact: the seat stays empty; a leaver is better replaced on the roster.
    Rerun: safe; who has left has left.
    First triage step: check the id and the component.
    """
    moment = moment_of_run(as_of)
    withdraw_from(season, address_of(person, season, component), component, reason, moment)
    return check_control_totals(season, "enrollment", "cohorts")


@flow(name="merge-persons")
@acts_in(SeasonPart.WHOLE)
def merge_persons(
    season: str,
    kept: PersonId,
    other: PersonId,
    reason: str,
    requested_by: str,
    is_confirmed: bool = False,
    as_of: datetime | None = None,
) -> list[Tally]:
    """Make two records of one human being one person (manual action): first shown, and done when confirmed.

    Without ``is_confirmed`` the run shows what stands against it, and changes nothing. Letters go to the current address of
    ``kept``; certificates and seats of either are the person's.

    Owner: program staff
    Impact: letters of one go to the other; *Part persons* undoes it.
    Rerun: safe; who is one person stays one.
    First triage step: the message has everything that stands against it.
    """
    moment = moment_of_run(as_of)
    show_merge(kept, other)
    merge_records(
        season, kept, other, is_confirmed=is_confirmed, reason=reason, requested_by=requested_by, as_of=moment
    )
    return check_control_totals(season, "enrollment", "letters")


@flow(name="part-persons")
@acts_in(SeasonPart.WHOLE)
def part_persons(
    season: str, other: PersonId, reason: str, requested_by: str, as_of: datetime | None = None
) -> list[Tally]:
    """Undo *Merge persons* (manual action): the records of ``other`` are a person's own again.

    Owner: program staff
    Impact: letters about them go to their own address again.
    Rerun: safe; who has been parted stays so.
    First triage step: check the id; the page of the people shows who was merged into whom.
    """
    moment = moment_of_run(as_of)
    part_records(season, other, reason=reason, requested_by=requested_by, as_of=moment)
    return check_control_totals(season, "enrollment", "letters")


@flow(name="keep-persons-apart")
@acts_in(SeasonPart.WHOLE)
def keep_persons_apart(
    season: str, person: PersonId, other: PersonId, requested_by: str, as_of: datetime | None = None
) -> list[Tally]:
    """Settle that two people whose names are alike are two (manual action): nobody asks about them again.

    Owner: program staff
    Impact: none on either of them.
    Rerun: safe.
    First triage step: check the ids in the letter that asked.
    """
    moment_of_run(as_of)
    keep_apart(person, other, requested_by)
    return check_control_totals(season, "enrollment")
