"""Participants who leave a component without somebody in their place."""

from datetime import datetime

from rules.enrollment import holds_seat, learns_in_cohort, withdraw
from rules.rule_ids import RuleId
from schemas.kinds import SubjectKind
from schemas.records import COMPONENT_NAMES, Component
from schemas.statuses import EnrollmentStatus
from schemas.tables import Educator, Enrollment, SeatBlock
from tasks.cohorts.members import leave_cohort
from tasks.cohorts.starts import follow_members
from tasks.core.step import step
from tasks.ledger.unit_of_work import Work, unit_of_work
from tasks.letters.write import send_invitation, write_letter
from tasks.seats.librarians import end_with_certification


@step
def withdraw_from(season: str, email: str, component: str, reason: str, as_of: datetime) -> str:
    """End a person's participation in a component without somebody in their place; the reason as it is recorded.

    Raises:
        OperatorError: they hold no seat in it.
    """
    with unit_of_work(season, as_of) as work:
        enrollment = work.db.get(Enrollment, (season, email, component))
        is_done = work.was_decided(SubjectKind.ENROLLMENT, f"{email}/{component}", RuleId.PARTICIPANT_LEAVES)
        if is_done or (enrollment is not None and enrollment.status == EnrollmentStatus.WITHDRAWN):  # a repeated run
            return "The participant has left."
        has_seat = enrollment is not None and holds_seat(enrollment.status)
        ruling = withdraw(email, has_seat, Component(component), reason)
        work.require_allowed(SubjectKind.ENROLLMENT, f"{email}/{component}", ruling)
        assert enrollment is not None, "the rule rejects who holds no seat"
        give_up_seat(work, enrollment)
        cohort_id, off = leave_cohort(work, email) if learns_in_cohort(Component(component)) else ("", [])
        follow_members(work, [cohort_id])
        person = work.db.get_one(Educator, (season, email))
        key, name = f"withdrawn/{email}/{component}/{work.cause}", COMPONENT_NAMES[component]
        send_invitation(work, key, "withdrawn", email, off=off, person=person, name=name)
        if component == Component.CERTIFICATION:
            end_librarian(work, email)
    return ruling.reason


def give_up_seat(work: Work, enrollment: Enrollment) -> None:
    """The seat is nobody's any more, and its district has one more to fill."""
    enrollment.status = EnrollmentStatus.WITHDRAWN
    mine = (work.season, enrollment.lea_id, enrollment.component)
    work.db.get_one(SeatBlock, mine).seats_filled -= 1


def end_librarian(work: Work, email: str) -> None:
    """End the librarian certification of somebody who has left the educator certification that it needs, with a letter."""
    ended = end_with_certification(work, email, EnrollmentStatus.WITHDRAWN)
    if ended is not None:
        person, name = work.db.get_one(Educator, (work.season, email)), COMPONENT_NAMES[Component.LIBRARIAN]
        key = f"withdrawn/{email}/{Component.LIBRARIAN}/{work.cause}"
        write_letter(work, key, "withdrawn", email, person=person, name=name)
