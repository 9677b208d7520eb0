"""Sessions of the librarianship course: the next one is offered where one has begun, and people are told when one is over."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from itertools import chain
from typing import Any

from sqlalchemy import select

from rules.course_sessions import end_session, has_begun, next_session, offer_session
from rules.enrollment import holds_seat, session_seats_left
from schemas.kinds import SubjectKind
from schemas.policy import Policy
from schemas.records import Component
from schemas.statuses import EnrollmentStatus, Outcome
from schemas.tables import Educator, Enrollment
from tasks.core.step import step
from tasks.ledger.unit_of_work import Work, unit_of_work
from tasks.letters.outbox import keys_written
from tasks.letters.write import write_letter


def seats_taken(session: str, enrollments: Iterable[Enrollment]) -> int:
    """How many seats of a session are taken."""
    return sum(e.component == Component.EXFRL and e.session == session and holds_seat(e.status) for e in enrollments)


def seats_left(enrollments: Iterable[Enrollment], policy: Policy) -> Mapping[str, int]:
    """How many seats each session has left."""
    found = list(enrollments)
    return {name: session_seats_left(name, seats_taken(name, found), policy) for name in policy.exfrl.sessions}


def session_to_begin(work: Work, wanted: str, enrollments: Iterable[Enrollment]) -> str:
    """The session in which a seat can be held today: the one wanted, or the next where it has begun and the next has seats."""
    if not has_begun(wanted, work.today, work.policy):
        return wanted
    return next_session(wanted, work.today, seats_left(enrollments, work.policy), work.policy) or wanted


def told_of_session(work: Work, enrollment: Enrollment, wanted: str) -> dict[str, Any] | None:
    """What a letter says of the session of a seat; that another one was wanted and has begun is recorded."""
    session = work.policy.exfrl.sessions.get(enrollment.session)
    if enrollment.component != Component.EXFRL or session is None:
        return None
    if wanted != enrollment.session:
        ruling = offer_session(wanted, work.today, {enrollment.session: 1}, work.policy)
        work.decide(SubjectKind.ENROLLMENT, f"{enrollment.email}/{enrollment.component}", ruling)
    begun = wanted if wanted != enrollment.session else ""
    return {"name": enrollment.session, "opens_on": session.opens_on, "closes_on": session.closes_on, "begun": begun}


def may_begin(
    work: Work, enrollment: Enrollment, signed_at: datetime, enrollments: Mapping[str, Sequence[Enrollment]]
) -> bool:
    """Whether participation begins with a signature: who signs after a session has begun goes to the next, or is told why not.

    ``enrollments`` are everybody's, by address.
    """
    day = work.policy.local_day(signed_at)
    if enrollment.component != Component.EXFRL or not has_begun(enrollment.session, day, work.policy):
        return True
    wanted = enrollment.session
    today = max(day, work.today)  # a form may come in late: the session that is offered has not begun by then either
    left = seats_left(chain.from_iterable(enrollments.values()), work.policy)
    ruling = offer_session(wanted, today, left, work.policy)
    key = f"{enrollment.email}/{enrollment.component}"
    work.decide(SubjectKind.ENROLLMENT, key, ruling)
    person = work.db.get_one(Educator, (work.season, enrollment.email))
    letter: dict[str, Any] = {"person": person, "ruling": ruling}
    if ruling.outcome == Outcome.REJECTED:
        write_letter(work, f"session-missed/{key}/{work.cause}", "session_missed", enrollment.email, **letter)
        return False
    enrollment.session = next_session(wanted, today, left, work.policy)
    letter["session"] = enrollment.session
    write_letter(work, f"session-offered/{key}/{work.cause}", "session_changed", enrollment.email, **letter)
    return True


def welcome(work: Work, enrollment: Enrollment) -> None:
    """Welcome a person to the course, with the days of the session."""
    if enrollment.component != Component.EXFRL:
        return
    person = work.db.get_one(Educator, (work.season, enrollment.email))
    key = f"course-welcome/{enrollment.email}/{enrollment.session}"
    write_letter(work, key, "course_welcome", enrollment.email, person=person, session=enrollment.session)


@step
def end_sessions(season: str, as_of: datetime) -> int:
    """Tell everybody in a session of the course that is over, once; the people told."""
    with unit_of_work(season, as_of) as work:
        told = keys_written(work.db, season, "course-over/")
        query = select(Enrollment).where(Enrollment.season == season, Enrollment.component == Component.EXFRL)
        people = 0
        for seat in work.db.scalars(
            query.where(Enrollment.status == EnrollmentStatus.ENROLLED).order_by(Enrollment.email)
        ):
            ruling, key = end_session(seat.session, work.today, work.policy), f"course-over/{seat.email}"
            if ruling and key not in told:
                work.decide(SubjectKind.ENROLLMENT, f"{seat.email}/{seat.component}", ruling)
                letter: dict[str, Any] = {
                    "person": work.db.get_one(Educator, (season, seat.email)),
                    "session": seat.session,
                }
                write_letter(work, key, "course_over", seat.email, **letter)
                people += 1
    return people
