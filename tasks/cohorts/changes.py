"""Manual actions on who is in a cohort: people move, or are placed, and cohorts are merged."""

from collections.abc import Sequence
from datetime import datetime

from rules.cohorts.membership import (
    MOVE,
    CohortFacts,
    exceptions_for,
    joined_another,
    merge_cohorts,
    move_learner,
)
from rules.rule_ids import RuleId
from rules.wording import as_told
from schemas.kinds import SubjectKind
from schemas.records import Ruling
from schemas.statuses import Outcome
from schemas.tables import Cohort, CohortMember, Educator
from tasks.cohorts.changed_letters import tell_leads_of_merge, tell_leads_of_move
from tasks.cohorts.members import (
    Left,
    cohort_facts,
    leave_cohort,
    members_of,
    movers_of,
    promised_places,
    seat_in_cohort,
    tell_joined,
)
from tasks.cohorts.planning import who_waits
from tasks.cohorts.starts import follow_members
from tasks.core.step import step
from tasks.ledger.unit_of_work import OperatorError, Work, unit_of_work
from tasks.letters.calendar_files import Meeting


def _facts(work: Work, cohort_id: str) -> CohortFacts:
    found = {item.cohort_id: item for item in cohort_facts(work.db, work.policy, work.as_of)}
    gone = work.db.get(Cohort, (work.season, cohort_id))
    if gone is not None and gone.merged_into:
        raise OperatorError(joined_another(gone.merged_into))
    if cohort_id not in found:
        raise OperatorError(
            f"There is no cohort {cohort_id}; choose one of {', '.join(sorted(found)) or 'none so far'}."
        )
    return found[cohort_id]


@step
def move_to_cohort(
    season: str, email: str, cohort_id: str, reason: str, as_of: datetime, *, exception_reason: str = ""
) -> str:
    """Move a participant to another cohort, or place who waits for one; the reason as it is recorded.

    Raises:
        OperatorError: they hold no signed seat; or the other one is full, over or too far on; or it is a private cohort of
            another district, or meets when their district cannot, and no ``exception_reason`` is given.
    """
    with unit_of_work(season, as_of) as work:
        member = work.db.get(CohortMember, (season, email))
        if work.was_decided(SubjectKind.EDUCATOR, email, MOVE):  # a repeated run
            return "The participant was moved."
        if member is None and not _waits(work, email):
            raise OperatorError("The participant is in no cohort and waits for none; check the id.")
        if member is not None and member.cohort_id == cohort_id:  # a repeated run
            return f"The participant is in {cohort_id}."
        person = work.db.get_one(Educator, (season, email))
        left_id = member.cohort_id if member else ""
        source = _facts(work, left_id) if left_id else None
        target, mover = _facts(work, cohort_id), movers_of(work.db, work.policy, {person.lea_id})[person.lea_id]
        ruling = move_learner(source, target, mover, work.policy.cohorts, exception_reason)
        facts = {"email": email, "asked_because": reason, "exception_reason": exception_reason}
        with work.because(f"{work.cause}/{email}"):  # two people may be moved out of one cohort at once
            work.require_allowed(SubjectKind.COHORT, left_id or cohort_id, ruling, **facts)
            off = _seat(work, person, cohort_id, ruling, exception_reason if exceptions_for(mover, target) else "")
            follow_members(work, (left_id, cohort_id))
            tell_leads_of_move(work, person, left_id, cohort_id)
        left = Left(left_id, as_told(reason)) if left_id else None
        tell_joined(work, person, work.db.get_one(Cohort, (season, cohort_id)), off, left=left)
    return ruling.reason


def _waits(work: Work, email: str) -> bool:
    return any(email in emails for emails in who_waits(work.db, work.season, work.as_of).values())


def _seat(work: Work, person: Educator, cohort_id: str, ruling: Ruling, exception_reason: str) -> Sequence[Meeting]:
    """Let a person change to a cohort; the meetings that are theirs no longer."""
    _, off = leave_cohort(work, person.email)
    target = work.db.get_one(Cohort, (work.season, cohort_id))
    seat_in_cohort(work, person, target, ruling, exception_reason=as_told(exception_reason))
    return off


@step
def merge_two_cohorts(
    season: str, cohort_id: str, into_cohort_id: str, reason: str, as_of: datetime, *, exception_reason: str = ""
) -> int:
    """Move everybody of one cohort into another; the people moved.

    Raises:
        OperatorError: one of them is not there, or somebody could not move: the other one is full, over or too far on; or it is
            private or meets when a district cannot, and no ``exception_reason`` is given.
    """
    with unit_of_work(season, as_of) as work:
        small = work.db.get(Cohort, (season, cohort_id))
        is_done = work.was_decided(SubjectKind.COHORT, cohort_id, RuleId.COHORT_MERGE, Outcome.MERGED)
        if is_done or (small is not None and small.merged_into == into_cohort_id):  # a repeated run
            return 0
        source, target = _facts(work, cohort_id), _facts(work, into_cohort_id)
        people = members_of(work.db, work.season, cohort_id)
        promised = [item for item in promised_places(work.db, season) if item.promised_cohort == cohort_id]
        districts = {person.lea_id for person in people} | {item.lea_id for item in promised}
        movers = movers_of(work.db, work.policy, districts)
        places = len(people) + len(promised)
        merged = merge_cohorts(
            source, target, movers.values(), places, work.policy.cohorts, exception_reason=exception_reason
        )
        facts = {"into": into_cohort_id, "moved": len(people), "asked_because": reason}
        work.require_allowed(SubjectKind.COHORT, cohort_id, merged, **facts, exception_reason=exception_reason)
        work.db.get_one(Cohort, (season, cohort_id)).merged_into = into_cohort_id
        for enrollment in promised:
            enrollment.promised_cohort = into_cohort_id
        off = {}
        for person in people:
            mover = movers[person.lea_id]
            move = move_learner(source, target, mover, work.policy.cohorts, exception_reason)
            why = exception_reason if exceptions_for(mover, target) else ""
            off[person.email] = _seat(work, person, into_cohort_id, move, why)
        follow_members(work, (cohort_id, into_cohort_id))
        tell_leads_of_merge(work, people, cohort_id, into_cohort_id, as_told(reason))
        left = Left(cohort_id, as_told(reason), is_merged=True)
        cohort = work.db.get_one(Cohort, (season, into_cohort_id))
        for person in people:
            tell_joined(work, person, cohort, off[person.email], left=left)
    return len(people)
