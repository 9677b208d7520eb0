"""From rosters and commitment forms to people in seats, and the reminders on the way."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from rules.enrollment import (
    RosterRequest,
    SeatFacts,
    change_session,
    holds_seat,
    pass_seat_on,
    seat_person,
    session_seats_left,
    sign_form,
    take_over_seat,
)
from rules.persons import is_another_name
from rules.rule_ids import RuleId
from schemas.kinds import InputKind, PersonRole, SubjectKind
from schemas.records import COMPONENT_NAMES, Component, Ruling
from schemas.statuses import Disposition, EnrollmentStatus, Outcome
from schemas.tables import Application, Educator, Enrollment, IntakeRow, SeatBlock
from tasks.core.districts import districts_by_id
from tasks.core.step import step
from tasks.enrollment.course_sessions import may_begin, seats_taken, session_to_begin, told_of_session, welcome
from tasks.enrollment.recognition import ask_about_unsure, recognize_rostered
from tasks.enrollment.replacements import leaver_facts, let_go, take_promised_place
from tasks.intake.cell_values import moment
from tasks.intake.settle import accept, quarantine, settle_rows, staged_rows, supersede
from tasks.ledger.persons import register_person, same_person
from tasks.ledger.unit_of_work import Work, unit_of_work
from tasks.letters.write import write_letter
from tasks.seats.librarians import certified_already

PERSON_FIELDS = ("email", "first_name", "last_name", "lea_id", "role", "grade_band")


class _Seats:
    """The season's people, seats and seat blocks, read once for a whole batch of roster rows."""

    def __init__(self, work: Work) -> None:
        db, season = work.db, work.season
        self.people = {p.email: p for p in db.scalars(select(Educator).where(Educator.season == season))}
        enrollments = db.scalars(select(Enrollment).where(Enrollment.season == season))
        self.enrollments = {(e.email, e.component): e for e in enrollments}
        blocks = db.scalars(select(SeatBlock).where(SeatBlock.season == season))
        self.blocks = {(b.lea_id, b.component): b for b in blocks}
        self.is_certified_already = certified_already(work)
        self._records_of = same_person(db)

    def held(self, email: str, component: str) -> Enrollment | None:
        """The seat in a component that the person holds, under whichever address it stands."""
        mine = (self.enrollments.get((record, component)) for record in self._records_of(email))
        return next((seat for seat in mine if seat is not None and holds_seat(seat.status)), None)

    def is_anothers(self, row: IntakeRow) -> bool:
        """Whether the season knows somebody else by the row's address."""
        known = self.people.get(row.content["email"])
        return known is not None and is_another_name(
            f"{known.first_name} {known.last_name}", f"{row.content['first_name']} {row.content['last_name']}"
        )

    def has_certification(self, email: str, lea_id: str) -> bool:
        """Whether the person is in the educator certification for the district, or has it already."""
        seat = self.held(email, Component.CERTIFICATION)
        return (seat is not None and seat.lea_id == lea_id) or self.is_certified_already(email)


@step
def seat_rosters(season: str, as_of: datetime) -> int:
    """Seat everybody on the staged rosters for whom the district holds a seat; the people seated.

    Librarians come last, for their certification may need the seat of another line.
    """
    with unit_of_work(season, as_of) as work:
        rows = staged_rows(work.db, season, InputKind.ROSTER, as_of)
        rows.sort(key=lambda row: row.content["component"] == Component.LIBRARIAN)
        unsure = recognize_rostered(work, rows)
        rows = [row for row in rows if row.disposition == Disposition.STAGED]
        seated = sum(settle_rows(work, rows, lambda: partial(_seat_row, work, _Seats(work))))
        ask_about_unsure(work, rows, unsure)
        _tell_leads_of_rejected(work, [row for row in rows if row.disposition == Disposition.QUARANTINED])
    return seated


def _tell_leads_of_rejected(work: Work, rows: Iterable[IntakeRow]) -> None:
    """Tell each lead who of a roster has no seat, and why; one letter for all of them."""
    by_district: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in rows:
        name = COMPONENT_NAMES[Component(row.content["component"])]
        who = {field: row.content[field] for field in ("first_name", "last_name")}
        by_district[row.content["lea_id"]].append({**who, "name": name, "reason": row.reason})
    names = districts_by_id(work.db) if by_district else {}
    for lea_id, rejected in by_district.items():
        lead = work.db.get(Application, (work.season, lea_id))
        if lead is None:  # nobody to write to: the rows are quarantined with their reasons
            continue
        letter = {"application": lead, "district": names[lea_id].name, "rows": rejected}
        write_letter(work, f"roster-rejected/{lea_id}/{work.cause}", "roster_rejected", lead.lead_email, **letter)


def _seat_row(work: Work, seats: _Seats, row: IntakeRow) -> bool:
    request = _request(work, seats, row)
    held = seats.held(request.email, request.component)
    if held and held.lea_id == request.lea_id and not seats.is_anothers(row):
        supersede(row, "This person holds the seat already.")
        return False
    block = seats.blocks.get((request.lea_id, request.component.value))
    leaver = seats.enrollments.get((row.content.get("replaces", ""), request.component.value))
    ruling = _rule(work, seats, row, request, block)
    work.decide(SubjectKind.ENROLLMENT, f"{request.email}/{request.component}", ruling, lea_id=request.lea_id)
    if ruling.outcome == Outcome.REJECTED or block is None:
        quarantine(work.db, row, ruling.rule, ruling.reason)
        return False
    promised = ""
    if leaver is not None:
        block.seats_filled -= 1
        promised = let_go(work, leaver, pass_seat_on(leaver.email, request.email, request.component))
    enrollment = _take_seat(work, seats, row, request, block)
    enrollment.replaces, enrollment.promised_cohort = row.content.get("replaces", ""), promised
    accept(row, ruling.reason)
    return True


def _rule(work: Work, seats: _Seats, row: IntakeRow, request: RosterRequest, block: SeatBlock | None) -> Ruling:
    """Whether the person takes a seat: one that is free, or that of the person whom the row names as leaving."""
    facts = replace(_facts(seats, work, request, block), is_address_of_another=seats.is_anothers(row))
    leaver = row.content.get("replaces", "")
    if not leaver:
        return seat_person(request, facts, work.today, work.policy)
    seat = seats.enrollments.get((leaver, request.component.value))
    return take_over_seat(request, leaver_facts(work, leaver, seat, request), facts, work.today, work.policy)


def _request(work: Work, seats: _Seats, row: IntakeRow) -> RosterRequest:
    content = row.content
    session = content.get("session", "")
    if content["component"] == Component.EXFRL and not content.get("replaces"):
        session = session_to_begin(work, session, seats.enrollments.values())
    return RosterRequest(
        email=content["email"],
        lea_id=content["lea_id"],
        component=Component(content["component"]),
        session=session,
        is_librarian=content["role"] == "librarian",
    )


def _facts(seats: _Seats, work: Work, request: RosterRequest, block: SeatBlock | None) -> SeatFacts:
    known = seats.people.get(request.email)
    other = known.lea_id if known and known.lea_id != request.lea_id else None
    if block is None:
        return SeatFacts(0, 0, is_closed=False, enroll_by=None, other_district=other)
    is_course = request.component is Component.EXFRL
    taken = seats_taken(request.session, seats.enrollments.values()) if is_course else 0
    left = session_seats_left(request.session, taken, work.policy)
    return SeatFacts(
        seats_confirmed=block.seats_confirmed,
        seats_filled=block.seats_filled,
        is_closed=block.is_closed,
        enroll_by=block.enroll_by,
        other_district=other,
        session_seats_left=left,
        has_certification=seats.has_certification(request.email, request.lea_id),
    )


def _take_seat(work: Work, seats: _Seats, row: IntakeRow, request: RosterRequest, block: SeatBlock) -> Enrollment:
    person = {name: row.content[name] for name in PERSON_FIELDS}
    if request.email not in seats.people:
        seats.people[request.email] = Educator(season=work.season, is_already_certified=False, **person)
        work.db.add(seats.people[request.email])
        name = f"{person['first_name']} {person['last_name']}"
        register_person(work, request.email, PersonRole.EDUCATOR, name, request.lea_id)
    if seats.is_certified_already(request.email):  # what a roster says of it is no proof
        seats.people[request.email].is_already_certified = True
    key = (request.email, request.component.value)
    if key not in seats.enrollments:
        seats.enrollments[key] = Enrollment(season=work.season, email=request.email, component=request.component.value)
        work.db.add(seats.enrollments[key])
    enrollment = seats.enrollments[key]
    enrollment.lea_id, enrollment.session = request.lea_id, request.session
    enrollment.status, enrollment.enrolled_at = EnrollmentStatus.AWAITING_FORM, work.as_of
    block.seats_filled += 1
    letter = {"person": person, "name": COMPONENT_NAMES[request.component], "enroll_by": block.enroll_by}
    letter["session"] = told_of_session(work, enrollment, row.content.get("session", ""))
    write_letter(
        work, f"commitment/{request.email}/{request.component}/{work.cause}", "commitment", request.email, **letter
    )
    work.db.flush()
    return enrollment


@step
def sign_commitment_forms(season: str, as_of: datetime) -> int:
    """Begin the participation of everybody whose signed form came in; the enrollments begun."""
    with unit_of_work(season, as_of) as work:
        rows = staged_rows(work.db, season, InputKind.COMMITMENT, as_of)
        return sum(settle_rows(work, rows, lambda: partial(_sign_row, work, _enrollments(work.db, season))))


def _enrollments(db: Session, season: str) -> dict[str, list[Enrollment]]:
    """What everybody is enrolled in, by address."""
    found: dict[str, list[Enrollment]] = defaultdict(list)
    for enrollment in db.scalars(select(Enrollment).where(Enrollment.season == season)):
        found[enrollment.email].append(enrollment)
    return found


def _sign_row(work: Work, enrollments: dict[str, list[Enrollment]], row: IntakeRow) -> int:
    mine = enrollments.get(row.content["email"], [])
    waiting = [enrollment for enrollment in mine if enrollment.status == EnrollmentStatus.AWAITING_FORM]
    if not waiting and any(enrollment.status == EnrollmentStatus.ENROLLED for enrollment in mine):
        supersede(row, "This person's form was imported before.")
        return 0
    try:
        signed_at = moment(row.content["signed_at"], work.policy)
    except ValueError as error:
        quarantine(work.db, row, "CF-005", f"signed_at: {error}; correct the date")
        return 0
    ruling = sign_form(next((e.status for e in (*waiting, *mine)), None), signed_at)
    if ruling.outcome == Outcome.REJECTED:
        quarantine(work.db, row, ruling.rule, ruling.reason)
        return 0
    beginning = [enrollment for enrollment in waiting if may_begin(work, enrollment, signed_at, enrollments)]
    for enrollment in beginning:
        enrollment.status, enrollment.signed_at = EnrollmentStatus.ENROLLED, signed_at
        work.decide(SubjectKind.ENROLLMENT, f"{enrollment.email}/{enrollment.component}", ruling)
        take_promised_place(work, enrollment)
        welcome(work, enrollment)
    accept(row, ruling.reason)
    return len(beginning)


@step
def move_to_session(season: str, email: str, session: str, requested_by: str, as_of: datetime) -> str:
    """Move a participant of the librarianship course to another session; the reason as it is recorded.

    Raises:
        OperatorError: they are not in the course, or the session has begun or is full.
    """
    with unit_of_work(season, as_of) as work:
        enrollment = work.db.get(Enrollment, (season, email, Component.EXFRL.value))
        current = enrollment.session if enrollment is not None and holds_seat(enrollment.status) else None
        key = f"{email}/{Component.EXFRL}"
        is_done = work.was_decided(SubjectKind.ENROLLMENT, key, RuleId.SESSION_OF_THE_COURSE, Outcome.MOVED)
        if current == session or is_done:  # a repeated run
            return f"The participant is in the {session} session."
        everybody = work.db.scalars(select(Enrollment).where(Enrollment.season == season))
        left = session_seats_left(session, seats_taken(session, everybody), work.policy)
        ruling = change_session(current, session, work.today, left, work.policy)
        work.require_allowed(SubjectKind.ENROLLMENT, key, ruling, requested_by=requested_by)
        assert enrollment is not None, "the rule rejects who holds no seat"
        enrollment.session = session
        letter = {"person": work.db.get_one(Educator, (season, email)), "ruling": ruling, "session": session}
        write_letter(work, f"session/{email}/{session}/{work.cause}", "session_changed", email, **letter)
    return ruling.reason
