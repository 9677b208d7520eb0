"""From rosters and commitment forms to people in seats, and the reminders on the way."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from rules.enrollment import RosterRequest, SeatFacts, change_session, fill_percent, seat_person, sign_form
from rules.rule_ids import RuleId
from schemas.policy import Policy
from schemas.records import COMPONENT_NAMES, Component, Ruling
from schemas.tables import Application, Educator, Enrollment, IntakeRow, SeatBlock
from tasks.core.districts import districts_by_id
from tasks.core.step import step
from tasks.enrollment.replacements import SEATED, leaver_ruling, let_go, take_promised_place
from tasks.intake.cell_values import moment, yes
from tasks.intake.pipeline import accept, quarantine, staged_rows, supersede
from tasks.ledger.unit_of_work import OperatorError, Work, unit_of_work
from tasks.letters.write import write_letter

PERSON_FIELDS = ("email", "first_name", "last_name", "lea_id", "role", "grade_band")


class _Seats:
    """The season's people, seats and seat blocks, read once for a whole batch of roster rows."""

    def __init__(self, db: Session, season: str) -> None:
        self.people = {p.email: p for p in db.scalars(select(Educator).where(Educator.season == season))}
        enrollments = db.scalars(select(Enrollment).where(Enrollment.season == season))
        self.enrollments = {(e.email, e.component): e for e in enrollments}
        blocks = db.scalars(select(SeatBlock).where(SeatBlock.season == season))
        self.blocks = {(b.lea_id, b.component): b for b in blocks}


@step
def seat_rosters(season: str, as_of: datetime) -> int:
    """Seat everybody on the staged rosters for whom the district holds a seat; the people seated."""
    with unit_of_work(season, as_of) as work:
        rows = staged_rows(work.db, season, "roster", as_of)
        seats = _Seats(work.db, season)
        return sum(_seat_row(work, seats, row) for row in rows)


def _seat_row(work: Work, seats: _Seats, row: IntakeRow) -> bool:
    request = _request(row)
    held = seats.enrollments.get((request.email, request.component.value))
    if held and held.status in SEATED and held.lea_id == request.lea_id:
        supersede(row, "This person holds the seat already.")
        return False
    block = seats.blocks.get((request.lea_id, request.component.value))
    leaver = seats.enrollments.get((row.content.get("replaces", ""), request.component.value))
    ruling = _rule(work, seats, row, request, block)
    work.decide("enrollment", f"{request.email}/{request.component}", ruling, lea_id=request.lea_id)
    if ruling.outcome == "rejected" or block is None:
        quarantine(work.db, row, ruling.rule, ruling.reason)
        return False
    promised = ""
    if leaver is not None:
        block.seats_filled -= 1
        passed_on = f"{request.email} takes the seat of {leaver.email} in {COMPONENT_NAMES[request.component]}."
        promised = let_go(work, leaver, Ruling(RuleId.LEAVER_IS_REPLACED, "replaced", passed_on))
    enrollment = _take_seat(work, seats, row, request, block)
    enrollment.replaces, enrollment.promised_cohort = row.content.get("replaces", ""), promised
    accept(row, ruling.reason)
    return True


def _rule(work: Work, seats: _Seats, row: IntakeRow, request: RosterRequest, block: SeatBlock | None) -> Ruling:
    """Whether the person takes a seat: one that is free, or that of the person whom the row names as leaving."""
    facts = _facts(seats, work, request, block)
    leaver = row.content.get("replaces", "")
    if not leaver:
        return seat_person(request, facts, work.today, work.policy)
    seat = seats.enrollments.get((leaver, request.component.value))
    ruling = leaver_ruling(work, leaver, seat, request)
    if ruling.outcome == "rejected":
        return ruling
    left = facts.session_seats_left + 1
    freed = replace(
        facts, seats_filled=facts.seats_filled - 1, is_closed=False, enroll_by=None, session_seats_left=left
    )
    return seat_person(request, freed, work.today, work.policy)


def _request(row: IntakeRow) -> RosterRequest:
    content = row.content
    return RosterRequest(
        email=content["email"],
        lea_id=content["lea_id"],
        component=Component(content["component"]),
        session=content.get("session", ""),
        is_librarian=content["role"] == "librarian",
    )


def _facts(seats: _Seats, work: Work, request: RosterRequest, block: SeatBlock | None) -> SeatFacts:
    known = seats.people.get(request.email)
    other = known.lea_id if known and known.lea_id != request.lea_id else None
    if block is None:
        return SeatFacts(0, 0, is_closed=False, enroll_by=None, other_district=other)
    is_course = request.component is Component.EXFRL
    left = session_seats_left(work.policy, request.session, seats.enrollments.values()) if is_course else 0
    return SeatFacts(block.seats_confirmed, block.seats_filled, block.is_closed, block.enroll_by, other, left)


def session_seats_left(policy: Policy, session: str, enrollments: Iterable[Enrollment]) -> int:
    """How many more can take part in a session of the librarianship course; none where there is no such session."""
    known = policy.exfrl.sessions.get(session)
    mine = (e for e in enrollments if e.component == Component.EXFRL and e.session == session and e.status in SEATED)
    return known.capacity_seats - sum(1 for _ in mine) if known else 0


def _take_seat(work: Work, seats: _Seats, row: IntakeRow, request: RosterRequest, block: SeatBlock) -> Enrollment:
    person = {name: row.content[name] for name in PERSON_FIELDS}
    if request.email not in seats.people:
        certified = yes(row.content.get("already_certified", ""))
        seats.people[request.email] = Educator(season=work.season, is_already_certified=certified, **person)
        work.db.add(seats.people[request.email])
    key = (request.email, request.component.value)
    if key not in seats.enrollments:
        seats.enrollments[key] = Enrollment(season=work.season, email=request.email, component=request.component.value)
        work.db.add(seats.enrollments[key])
    enrollment = seats.enrollments[key]
    enrollment.lea_id, enrollment.session = request.lea_id, request.session
    enrollment.status, enrollment.enrolled_at = "awaiting_form", work.as_of
    block.seats_filled += 1
    letter = {"person": person, "name": COMPONENT_NAMES[request.component], "enroll_by": block.enroll_by}
    write_letter(
        work, f"commitment/{request.email}/{request.component}/{work.today}", "commitment", request.email, **letter
    )
    work.db.flush()
    return enrollment


@step
def sign_commitment_forms(season: str, as_of: datetime) -> int:
    """Begin the participation of everybody whose signed form came in; the enrollments begun."""
    with unit_of_work(season, as_of) as work:
        rows = staged_rows(work.db, season, "commitment", as_of)
        mine: dict[str, list[Enrollment]] = defaultdict(list)
        for enrollment in work.db.scalars(select(Enrollment).where(Enrollment.season == season)):
            mine[enrollment.email].append(enrollment)
        return sum(_sign_row(work, row, mine[row.content["email"]]) for row in rows)


def _sign_row(work: Work, row: IntakeRow, mine: Sequence[Enrollment]) -> int:
    waiting = [enrollment for enrollment in mine if enrollment.status == "awaiting_form"]
    if not waiting and any(enrollment.status == "enrolled" for enrollment in mine):
        supersede(row, "This person's form was imported before.")
        return 0
    try:
        signed_at = moment(row.content["signed_at"], work.policy)
    except ValueError as error:
        quarantine(work.db, row, "CF-005", f"signed_at: {error}; correct the date")
        return 0
    ruling = sign_form(next((e.status for e in (*waiting, *mine)), None), signed_at)
    if ruling.outcome == "rejected":
        quarantine(work.db, row, ruling.rule, ruling.reason)
        return 0
    for enrollment in waiting:
        enrollment.status, enrollment.signed_at = "enrolled", signed_at
        work.decide("enrollment", f"{enrollment.email}/{enrollment.component}", ruling)
        take_promised_place(work, enrollment)
    accept(row, ruling.reason)
    return len(waiting)


@step
def move_to_session(season: str, email: str, session: str, requested_by: str, as_of: datetime) -> str:
    """Move a participant of the librarianship course to another session; the reason as it is recorded.

    Raises:
        OperatorError: they are not in the course, or the session has begun or is full.
    """
    with unit_of_work(season, as_of) as work:
        enrollment = work.db.get(Enrollment, (season, email, Component.EXFRL.value))
        if enrollment is None or enrollment.status not in SEATED:
            raise OperatorError(f"{email} holds no seat in {COMPONENT_NAMES[Component.EXFRL]}; check the address.")
        key = f"{email}/{Component.EXFRL}"
        if enrollment.session == session or work.was_decided(
            "enrollment", key, RuleId.SESSION_OF_THE_COURSE
        ):  # a repeated run
            return f"{email} is in the {session} session."
        everybody = work.db.scalars(select(Enrollment).where(Enrollment.season == season))
        left = session_seats_left(work.policy, session, everybody)
        ruling = change_session(enrollment.session, session, work.today, left, work.policy)
        work.require_allowed("enrollment", key, ruling, requested_by=requested_by)
        enrollment.session = session
        letter = {"person": work.db.get_one(Educator, (season, email)), "ruling": ruling, "session": session}
        write_letter(work, f"session/{email}/{session}/{work.today}", "session_changed", email, **letter)
    return ruling.reason


@step
def remind_leads(season: str, as_of: datetime) -> int:
    """Tell each lead, on the policy's days before the deadline, how many seats have no signed participant yet."""
    with unit_of_work(season, as_of) as work:
        open_blocks = work.db.scalars(
            select(SeatBlock)
            .where(SeatBlock.season == season, SeatBlock.is_closed.is_(False), SeatBlock.enroll_by >= work.today)
            .order_by(SeatBlock.lea_id, SeatBlock.component)
        )
        days = {timedelta(days=number) for number in work.policy.enrollment.reminder_days_before}
        due = [block for block in open_blocks if block.enroll_by - work.today in days]
        return _remind(work, due)


def _remind(work: Work, blocks: Sequence[SeatBlock]) -> int:
    signed = _signed(work.db, work.season)
    by_district: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for block in blocks:
        missing = block.seats_confirmed - signed[block.lea_id, block.component]
        if missing:
            percent = fill_percent(block.seats_confirmed, block.seats_confirmed - missing)
            item = {"name": COMPONENT_NAMES[block.component], "missing": missing, "enroll_by": block.enroll_by}
            item["percent"] = percent
            by_district[block.lea_id].append({**item, "seats": block.seats_confirmed})
    names = districts_by_id(work.db)
    for lea_id, items in by_district.items():
        lead = work.db.get_one(Application, (work.season, lea_id))
        letter = {"application": lead, "district": names[lea_id].name, "items": items}
        write_letter(work, f"reminder/{lea_id}/{work.today}", "reminder", lead.lead_email, **letter)
    return len(by_district)


def _signed(db: Session, season: str) -> Counter[tuple[str, str]]:
    query = (
        select(Enrollment.lea_id, Enrollment.component, func.count())
        .where(Enrollment.season == season, Enrollment.status == "enrolled")
        .group_by(Enrollment.lea_id, Enrollment.component)
    )
    return Counter({(lea_id, component): number for lea_id, component, number in db.execute(query)})
