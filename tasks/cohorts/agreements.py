"""What is agreed with the leads on the starts of cohorts, as the rules take it."""

from collections.abc import Mapping, Sequence
from datetime import date

from sqlalchemy import select

from rules.cohorts.start_answers import Agreement, StartFacts
from rules.cohorts.start_parties import open_until
from schemas.kinds import ConfirmedBy
from schemas.statuses import CohortKind, StartStatus
from schemas.tables import Cohort, CohortMember, Educator, StartAgreement
from tasks.ledger.unit_of_work import Work


def agreements(work: Work, cohort_id: str | None = None) -> Sequence[StartAgreement]:
    """What is agreed on the starts of the season's cohorts, or of one, with the districts that have people there."""
    query = select(StartAgreement).where(StartAgreement.season == work.season)
    current = query.where(StartAgreement.status != StartStatus.WITHDRAWN)
    mine = current if cohort_id is None else current.where(StartAgreement.cohort_id == cohort_id)
    return list(work.db.scalars(mine.order_by(StartAgreement.cohort_id, StartAgreement.lea_id)))


def facts_of(cohort: Cohort) -> StartFacts:
    """A cohort as the rules about its start take it."""
    kind = CohortKind(cohort.kind)
    return StartFacts(cohort.cohort_id, kind, cohort.slot, cohort.starts_on, is_over=cohort.merged_into != "")


def kind_for(work: Work, cohort: Cohort, lea_id: str) -> CohortKind:
    """What kind of cohort it is for a district: a private one is a combined one to whom only exceptions have brought there."""
    mine = (Educator.season == CohortMember.season) & (Educator.email == CohortMember.email)
    query = select(CohortMember.email).join(Educator, mine).where(CohortMember.season == work.season)
    query = query.where(CohortMember.cohort_id == cohort.cohort_id, CohortMember.exception_reason == "")
    is_own = work.db.scalar(query.where(Educator.lea_id == lea_id).limit(1)) is not None
    return CohortKind(cohort.kind) if is_own else CohortKind.COMBINED


def told_so_far(work: Work, item: StartAgreement) -> Agreement:
    """What a lead was told and has said, as the rules take it."""
    proposed_on = work.policy.local_day(item.proposed_at)
    status, confirmed_by = StartStatus(item.status), ConfirmedBy(item.confirmed_by)
    return Agreement(status, proposed_on, item.confirm_by, confirmed_by, item.answered_on)


def may_move_until(work: Work, cohort: Cohort) -> date | None:
    """The last day on which a lead may ask for another start of a cohort."""
    found = [told_so_far(work, item) for item in agreements(work, cohort.cohort_id)]
    return open_until(facts_of(cohort), found, work.today)


def still_open(work: Work, cohort: Cohort, item: StartAgreement) -> Mapping[str, object]:
    """How a start may move, as a lead is told: until when others may ask, whether one has, and until when that lead may."""
    others = [told_so_far(work, other) for other in agreements(work, cohort.cohort_id) if other.lea_id != item.lea_id]
    facts = facts_of(cohort)
    return {
        "open_until": open_until(facts, others, work.today),
        "is_asked": any(other.status is StartStatus.ANOTHER_ASKED for other in others),
        "own_until": open_until(facts, [told_so_far(work, item)], work.today),
    }
