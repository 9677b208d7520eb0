"""Somebody else for a person who leaves: the seat passes on, and the place in the cohort with the signed form."""

from typing import Any

from rules.enrollment import LeaverFacts, RosterRequest, replace_leaver
from rules.rule_ids import RuleId
from schemas.records import COMPONENT_NAMES, Component, Ruling
from schemas.tables import Cohort, CohortMember, Educator, Enrollment
from tasks.cohorts.members import join_cohort, leave_cohort, sessions_held
from tasks.ledger.unit_of_work import Work
from tasks.letters.write import send_invitation

SEATED = frozenset({"awaiting_form", "enrolled"})


def leaver_ruling(work: Work, leaver: str, seat: Enrollment | None, request: RosterRequest) -> Ruling:
    """Whether the person of a roster row may take the seat of the one that the row names as leaving."""
    member = work.db.get(CohortMember, (work.season, leaver))
    is_learner = request.component is Component.CERTIFICATION
    held = sessions_held(work.db, work.season, member.cohort_id, work.as_of) if member and is_learner else 0
    has_seat = seat is not None and seat.status in SEATED and seat.lea_id == request.lea_id
    return replace_leaver(LeaverFacts(leaver, has_seat, held, _is_over(work, request)), request.component, work.policy)


def _is_over(work: Work, request: RosterRequest) -> bool:
    if request.component is Component.ACADEMY:
        return work.today > work.policy.academy.closes_on
    session = work.policy.exfrl.sessions.get(request.session)
    return request.component is Component.EXFRL and session is not None and work.today >= session.opens_on


def let_go(work: Work, leaver: Enrollment, ruling: Ruling) -> str:
    """End a leaver's seat, and clear their calendar; the cohort whose place becomes free, or an empty text."""
    leaver.status = "replaced"
    cohort_id, off = leave_cohort(work, leaver.email) if leaver.component == Component.CERTIFICATION else ("", [])
    person = work.db.get_one(Educator, (work.season, leaver.email))
    work.decide("enrollment", f"{leaver.email}/{leaver.component}", ruling)
    context: dict[str, Any] = {"person": person, "name": COMPONENT_NAMES[leaver.component]}
    letter = (f"replaced/{leaver.email}/{leaver.component}/{work.today}", "seat_passed_on", leaver.email)
    send_invitation(work, letter, (), off, **context)
    return cohort_id


def take_promised_place(work: Work, enrollment: Enrollment) -> None:
    """With the signed form, who came for a leaver takes the leaver's place in the cohort."""
    if not enrollment.promised_cohort:
        return
    cohort = work.db.get_one(Cohort, (work.season, enrollment.promised_cohort))
    enrollment.promised_cohort = ""
    person = work.db.get_one(Educator, (work.season, enrollment.email))
    reason = f"Takes the place of {enrollment.replaces} in cohort {cohort.cohort_id}."
    join_cohort(work, person, cohort, Ruling(RuleId.LEAVER_IS_REPLACED, "placed", reason))
