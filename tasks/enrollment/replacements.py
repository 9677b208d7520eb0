"""Somebody else for a person who leaves: the seat passes on, and the place in the cohort with the signed form."""

from typing import Any

from rules.enrollment import LeaverFacts, RosterRequest, holds_seat, is_too_late_to_join, learns_in_cohort
from rules.enrollment import take_promised_place as rule_on_place
from schemas.kinds import SubjectKind
from schemas.records import COMPONENT_NAMES, Component, Ruling
from schemas.statuses import EnrollmentStatus
from schemas.tables import Cohort, CohortMember, Educator, Enrollment
from tasks.cohorts.members import leave_cohort, seat_in_cohort, sessions_held, tell_joined
from tasks.cohorts.starts import follow_members
from tasks.enrollment.withdrawals import end_librarian
from tasks.ledger.unit_of_work import Work
from tasks.letters.write import send_invitation


def leaver_facts(work: Work, leaver: str, seat: Enrollment | None, request: RosterRequest) -> LeaverFacts:
    """What is known of the person whom a roster row names as leaving."""
    member = work.db.get(CohortMember, (work.season, leaver))
    is_learner = learns_in_cohort(request.component)
    held = sessions_held(work.db, work.season, member.cohort_id, work.as_of) if member and is_learner else 0
    has_seat = seat is not None and holds_seat(seat.status) and seat.lea_id == request.lea_id
    is_over = is_too_late_to_join(request.component, request.session, work.today, work.policy)
    return LeaverFacts(leaver, has_seat, held, is_over)


def let_go(work: Work, leaver: Enrollment, ruling: Ruling) -> str:
    """End a leaver's seat, and clear their calendar; the cohort whose place becomes free, or an empty text."""
    leaver.status = EnrollmentStatus.REPLACED
    cohort_id, off = leave_cohort(work, leaver.email) if learns_in_cohort(Component(leaver.component)) else ("", [])
    follow_members(work, [cohort_id])
    person = work.db.get_one(Educator, (work.season, leaver.email))
    work.decide(SubjectKind.ENROLLMENT, f"{leaver.email}/{leaver.component}", ruling)
    context: dict[str, Any] = {"person": person, "name": COMPONENT_NAMES[leaver.component]}
    key = f"replaced/{leaver.email}/{leaver.component}/{work.cause}"
    send_invitation(work, key, "seat_passed_on", leaver.email, off=off, **context)
    if leaver.component == Component.CERTIFICATION:
        end_librarian(work, leaver.email)
    return cohort_id


def take_promised_place(work: Work, enrollment: Enrollment) -> None:
    """With the signed form, who came for a leaver takes the leaver's place in the cohort."""
    if not enrollment.promised_cohort:
        return
    cohort = work.db.get_one(Cohort, (work.season, enrollment.promised_cohort))
    enrollment.promised_cohort = ""
    person = work.db.get_one(Educator, (work.season, enrollment.email))
    seat_in_cohort(work, person, cohort, rule_on_place(enrollment.replaces, cohort.cohort_id))
    follow_members(work, [cohort.cohort_id])
    tell_joined(work, person, cohort)
